"""Every link type that is read gives the frame in the tunnel; any other is named, and never taken for other traffic.

tshark is asked about the same frames.
"""

from __future__ import annotations

import json
import struct
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import pytest
from cli_process import dovetool as process
from frames import eth4, tagged
from in_process import dovetool
from link_frames import FRAME, INNER, LINKS, UNREADABLE, Linked, pktap, wlan
from plain_capture import ETHERNET, Captured, read_capture, write_capture
from second_opinion import tshark
from small_network import network_map, network_map_file, outcome, through

from dovetool import cli
from dovetool.audit.audit import Audit
from dovetool.audit.form_audit import FormAudit
from dovetool.frame.view import FrameView
from dovetool.observe.dissection import dissect
from dovetool.observe.names import Names
from dovetool.observe.observe import Observe
from dovetool.stages.decap import Decap
from dovetool.stages.relay import Relay
from dovetool.stages.strip import Strip
from dovetool.stages.translate import Translate
from dovetool.verdict.reasons import Reason
from dovetool.wire.links import is_read, link_name
from dovetool.wire.overlay import SELECTORS

UNREAD = {
    143: "DOCSIS (143)",
    147: "USER0 (147)",
    271: "VSOCK (271)",
    280: "VPP_DISPATCH (280)",
    999: "unassigned (999)",
}
TSHARK_DOES_NOT_READ = {"C_HDLC with direction", "PKTAP of version 2", "NFLOG big endian"}  # nor could it tell the last
CANNOT_BE_RESIZED = {105, 119, 127, 163, 192, 197, 239, 274}


def written(path: Path, *frames: Linked) -> Path:
    found = [Captured(10**18, len(each.octets), each.octets) for each in frames]
    return write_capture(path, found, frames[0].link_type)


@pytest.mark.parametrize("name", LINKS)
class TestReadable:
    def test_strip(self, name: str) -> None:
        one = LINKS[name]
        assert through(Strip(), one.octets, link_type=one.link_type) == INNER

    def test_decap(self, name: str) -> None:
        one = LINKS[name]
        if FRAME[14:] in one.octets:  # the map has no IPv6 underlay
            assert through(Decap(network_map()), one.octets, link_type=one.link_type) == tagged(INNER)

    def test_what_varies_is_not_looked_at(self, name: str) -> None:
        """Times, signals, sequence numbers and lengths of the frame do not split flows."""
        one = LINKS[name]
        view, other = (FrameView(octets, link_type=one.link_type) for octets in (one.octets, changed(one)))
        verdict = Strip().decide(view)
        assert Strip().decide(other) == verdict
        seen = {8 * word + bit // 8 for word, mask in places(view) for bit in range(64) if mask >> bit & 1}
        assert not seen & set(one.varying)

    def test_observers_agree(self, name: str) -> None:
        one = LINKS[name]
        view = FrameView(one.octets, link_type=one.link_type)
        seen = Observe().observe(view)
        assert (seen.problem, [(each.encap, each.vnid) for each in seen.overlays]) == (None, [("vxlan", 5001)])
        assert (seen.inner.dst_mac, seen.inner.src_mac) == (INNER[:6], INNER[6:12])
        layers = [layer.name for layer in dissect(view, Observe(), Names()).layers if layer.name != "trailer"]
        assert layers[-6:] == ["vxlan", "eth", "ip", "udp", "data", "overlay"]

    def test_cut_anywhere(self, name: str) -> None:
        """Whatever is missing, nothing is raised, and all that look say what it is."""
        one = LINKS[name]
        for length in range(len(one.octets)):
            view = FrameView(one.octets[:length], len(one.octets), link_type=one.link_type)
            Strip().decide(view)
            Observe().observe(view)
            FormAudit(0x88B5, SELECTORS).examine(view)
            dissect(view, Observe(), Names())

    def test_translate_where_the_link_layer_counts_nothing(self, name: str) -> None:
        one = LINKS[name]
        if one.link_type in CANNOT_BE_RESIZED:
            assert outcome(Translate("geneve"), one.octets, link_type=one.link_type) is Reason.NOT_ETHERNET
            assert through(Translate("vxlan"), one.octets, link_type=one.link_type) == one.octets
            return
        made = translated(one)
        assert through(Strip(), made, link_type=one.link_type) == INNER
        assert through(Translate("vxlan"), made, link_type=one.link_type) == one.octets


def test_tshark_sees_the_same(tmp_path: Path) -> None:
    """Of the frames, and of what translate makes of them."""
    names = [name for name in LINKS if name not in TSHARK_DOES_NOT_READ]
    source = mixed(tmp_path / "in.pcapng", [LINKS[name] for name in names])
    assert dict(zip(names, tshark(source, "vxlan.vni", "_ws.malformed"), strict=True)) == dict.fromkeys(
        names, ("5001", "")
    )
    names = [name for name in names if LINKS[name].link_type not in CANNOT_BE_RESIZED]
    made = [Linked(one.link_type, translated(one)) for one in map(LINKS.__getitem__, names)]
    source = mixed(tmp_path / "made.pcapng", made)
    seen = tshark(source, "geneve.vni", "_ws.malformed")
    assert dict(zip(names, seen, strict=True)) == dict.fromkeys(names, ("0x001389", ""))


def translated(one: Linked) -> bytes:
    return through(Translate("geneve"), one.octets, link_type=one.link_type)


def changed(one: Linked) -> bytes:
    octets = bytearray(one.octets)
    for place in one.varying:
        octets[place] ^= 0xFF
    return bytes(octets)


def places(view: FrameView) -> list[tuple[int, int]]:
    return [(offset // 8, mask) for offset, mask in view.shape().words]


@pytest.mark.parametrize("name", UNREADABLE)
def test_nothing_to_read_in_a_link_type_that_is_read(name: str) -> None:
    """It is no overlay to strip, and nothing is wrong with it."""
    one = UNREADABLE[name]
    assert outcome(Strip(), one.octets, link_type=one.link_type) is Reason.NOT_OVERLAY
    assert through(Strip(ethernet_only=False), one.octets, link_type=one.link_type) == one.octets
    assert outcome(Decap(network_map()), one.octets, link_type=one.link_type) is Reason.NOT_OVERLAY
    assert not FormAudit(0x88B5, SELECTORS).examine(FrameView(one.octets, link_type=one.link_type)).findings
    assert not Observe().observe(FrameView(one.octets, link_type=one.link_type)).overlays


def test_the_addresses_of_a_wrapped_frame_are_shown() -> None:
    """What capturing put before it is no overhead of a tunnel."""
    frame = eth4()
    seen = Observe().observe(FrameView(pktap(1, frame), link_type=258))
    plain = Observe().observe(FrameView(frame))
    assert (seen.inner.dst_mac, seen.inner.src_mac) == (plain.inner.dst_mac, plain.inner.src_mac)
    assert (seen.overhead, plain.overhead) == (0, 0)


def test_layers_of_a_wireless_frame() -> None:
    layers = dissect(FrameView(LINKS["PPI of 802.11"].octets, link_type=192), Observe(), Names()).layers
    assert [layer.name for layer in layers[:4]] == ["ppi", "wlan", "llc", "ip"]
    assert layers[0].title == "PPI"
    assert next(each.shown for each in layers[0].fields if each.name == "ppi.dlt") == "802.11 (105)"


@pytest.mark.parametrize("link_type", UNREAD)
class TestUnread:
    def test_by_stages(self, link_type: int) -> None:
        vnid_map = network_map()
        for stage in (Strip(), Strip(ethernet_only=False), Translate("geneve"), Decap(vnid_map)):
            assert outcome(stage, FRAME, link_type=link_type) is Reason.NOT_ETHERNET
        assert through(Relay(vnid_map), FRAME, link_type=link_type) == FRAME
        for audit in (FormAudit(0x88B5, SELECTORS), Audit(vnid_map, SELECTORS)):
            (finding,) = audit.examine(FrameView(FRAME, link_type=link_type)).findings
            assert (finding.kind.reason, finding.text) == ("not-ethernet", f"link type {UNREAD[link_type]}")
        assert Observe().observe(FrameView(FRAME, link_type=link_type)).problem is Reason.NOT_ETHERNET
        (layer,) = dissect(FrameView(FRAME, link_type=link_type), Observe(), Names()).layers
        assert layer.title == f"{UNREAD[link_type]}, {len(FRAME)} octets"

    def test_trace_names_it(self, link_type: int, tmp_path: Path) -> None:
        source = written(tmp_path / "in.pcap", Linked(link_type, FRAME))
        with redirect_stdout(StringIO()) as shown:
            cli.run(["trace", str(source), "--frame", "1", "-m", str(network_map_file(tmp_path / "map.json"))])
        assert f"rejected by decap as not-ethernet: it is of link type {UNREAD[link_type]}" in shown.getvalue()

    def test_one_line_names_it(self, link_type: int, tmp_path: Path) -> None:
        source, out = written(tmp_path / "in.pcap", *[Linked(link_type, FRAME)] * 3), tmp_path / "out.pcap"
        line = f"dovetool: frames of link type {UNREAD[link_type]} are not read (not-ethernet)\n"
        ended = process("strip", source, out, "--summary", "json")
        assert ended.stderr.startswith(line)
        assert json.loads(ended.stderr[len(line) :])["rejected"] == {"not-ethernet": 3}
        if link_type == 143:
            for words in (("inspect", source), ("stats", source), ("split", source, tmp_path / "by", "--by", "vnid")):
                assert process(*words).stderr.count(line) == 1
            ended = process("validate", source, "--json")
            assert (ended.code, ended.stderr) == (0, line)
            (finding,) = json.loads(ended.stdout)["findings"]
            assert (finding["severity"], finding["reason"], finding["count"]) == ("warning", "not-ethernet", 3)
            assert process("validate", source, "-m", network_map_file(tmp_path / "map.json")).stderr == line


def mixed(path: Path, frames: list[Linked], repeat: int = 1) -> Path:
    """A pcapng file with an interface for each link type."""
    links = sorted({each.link_type for each in frames})
    raw = struct.pack("<IIIHHqI", 0x0A0D0D0A, 28, 0x1A2B3C4D, 1, 0, -1, 28)
    raw += b"".join(struct.pack("<IIHHII", 1, 20, link, 0, 0, 20) for link in links)
    records = []
    for each in frames:
        room = len(each.octets) + -len(each.octets) % 4 + 32
        head = struct.pack("<IIIIIII", 6, room, links.index(each.link_type), 0, 7, len(each.octets), len(each.octets))
        records.append(head + each.octets + bytes(-len(each.octets) % 4) + struct.pack("<I", room))
    path.write_bytes(raw + b"".join(records * repeat))
    return path


def test_each_interface_of_a_file_by_itself(tmp_path: Path) -> None:
    frames = [LINKS["PKTAP"], Linked(1, FRAME), Linked(105, wlan(flags=0x41)), LINKS["PPP"], Linked(143, FRAME)]
    out = tmp_path / "out.pcapng"
    summary = dovetool("strip", mixed(tmp_path / "in.pcapng", frames), out)
    assert (summary["forwarded"], summary["unchanged"], summary["rejected"]) == (4, 1, {"not-ethernet": 1})
    made = [(frame.octets, frame.link_type) for frame in read_capture(out)]
    assert made == [(INNER, ETHERNET), (INNER, ETHERNET), (frames[2].octets, 105), (INNER, ETHERNET)]


def test_names() -> None:
    assert (link_name(1), link_name(113), link_name(9)) == ("Ethernet (1)", "Linux cooked capture (113)", "PPP (9)")
    assert all("unassigned" not in link_name(number) for number in range(300) if is_read(number))
