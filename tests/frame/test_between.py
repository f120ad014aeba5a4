"""What stands between Ethernet and IP is looked through, by every stage and by all that look."""

from __future__ import annotations

from pathlib import Path

import pytest
from frames import A1, A2, BLUE, TEP_IPS, TEP_MACS, eth, eth4, eth6, ipv4, tagged, udp, underlay, vxlan
from plain_capture import write_frames
from small_network import decided, network_map, through
from tshark_fields import decoded
from ways import BETWEEN, LABELS, pppoe, snap

from dovetool.audit.audit import Audit
from dovetool.audit.examined import Hop
from dovetool.audit.form_audit import FormAudit
from dovetool.frame.view import FrameView
from dovetool.observe.dissection import dissect
from dovetool.observe.names import Names
from dovetool.observe.observe import Observe
from dovetool.stages.decap import Decap
from dovetool.stages.strip import Strip
from dovetool.stages.translate import Translate
from dovetool.verdict.partial_packet import Fed, Fragment
from dovetool.verdict.reassembly import Reassembler
from dovetool.verdict.verdict import Gather
from dovetool.wire.between import beyond
from dovetool.wire.checksum import internet_checksum
from dovetool.wire.fields import Octets
from dovetool.wire.overlay import SELECTORS

FRAMES = {
    "IPv4": eth4(udp()),
    "IPv6": eth6(udp()),
    "ARP": eth(A2, A1, 0x0806, bytes.fromhex("0001080006040001") + bytes(20)),
}
TSHARK = BETWEEN.keys() - {"0x9200"}  # tshark 4.0 does not know that TPID
PSEUDOWIRES = {
    "pseudowire": "mpls.label==299,pwethcw",
    "pseudowire without control word": "mpls.label==299,pwethnocw",
}
"""What tshark has to be told, as it does not look whether an Ethernet frame follows the labels."""


@pytest.mark.parametrize("way", BETWEEN)
@pytest.mark.parametrize("inner", FRAMES)
def test_every_stage_looks_through(way: str, inner: str) -> None:
    frame = FRAMES[inner]
    came = BETWEEN[way](underlay(frame))
    assert through(Strip(), came) == frame
    assert through(Decap(network_map()), came) == tagged(frame)
    assert through(Strip(), through(Translate("geneve"), came)) == frame


@pytest.mark.parametrize("way", BETWEEN)
def test_there_and_back(way: str) -> None:
    """Lengths in what stands between follow suit."""
    came = BETWEEN[way](underlay(FRAMES["IPv4"]))
    assert through(Translate("vxlan"), through(Translate("geneve"), came)) == came


@pytest.mark.parametrize("way", BETWEEN)
def test_all_that_look_see_the_same(way: str) -> None:
    plain, came = underlay(FRAMES["IPv4"]), BETWEEN[way](underlay(FRAMES["IPv4"]))
    seen, reference = Observe().observe(FrameView(came)), Observe().observe(FrameView(plain))
    assert [(each.encap, each.vnid, each.src, each.dst) for each in seen.overlays] == [
        (each.encap, each.vnid, each.src, each.dst) for each in reference.overlays
    ]
    assert seen.problem is None
    assert (seen.inner.src_ip, seen.inner.dst_port) == (reference.inner.src_ip, reference.inner.dst_port)
    for audit in (Audit(network_map(), SELECTORS), FormAudit(0x88B5, SELECTORS)):
        examined = audit.examine(FrameView(came))
        assert examined.hop is Hop.UNDERLAY
        if way not in ("pseudowire", "pseudowire without control word"):  # those have MAC addresses of their own
            assert examined.findings == audit.examine(FrameView(plain)).findings
    layers = dissect(FrameView(came), Observe(), Names(None)).layers
    described = [(layer.offset, layer.length) for layer in layers if layer.length]
    assert described[0][0] == 0
    assert [at + length for at, length in described] == [*(at for at, _ in described[1:]), len(came)]


@pytest.mark.parametrize("told", [None, *PSEUDOWIRES.values()])
def test_tshark_sees_the_same(told: str | None, tmp_path: Path) -> None:
    """The overlay as it came, and in another encapsulation."""
    ways = [way for way in sorted(TSHARK) if PSEUDOWIRES.get(way) == told]
    came = [BETWEEN[way](underlay(FRAMES["IPv4"])) for way in ways]
    translated = [through(Translate("geneve"), octets) for octets in came]
    capture = write_frames(tmp_path / "in.pcap", came + translated)
    found = decoded(capture, "vxlan.vni", "geneve.vni", "ip.checksum.status", decode_as=told)
    vnis = [(frame["vxlan.vni"], [int(vni, 0) for vni in frame["geneve.vni"]]) for frame in found]
    assert dict(zip(ways, vnis[: len(ways)], strict=True)) == dict.fromkeys(ways, ([str(BLUE)], []))
    assert dict(zip(ways, vnis[len(ways) :], strict=True)) == dict.fromkeys(ways, ([], [BLUE]))
    assert {status for frame in found for status in frame["ip.checksum.status"]} == {"1"}


def fragment(part: bytes, flags: int) -> bytes:
    """A frame with a fragment between two tunnel end points."""
    packet = bytearray(ipv4(part, src_ip=TEP_IPS[0], dst_ip=TEP_IPS[1]))
    packet[6:8], packet[10:12] = flags.to_bytes(2, "big"), b"\0\0"
    packet[10:12] = internet_checksum(bytes(packet[:20])).to_bytes(2, "big")
    return eth(TEP_MACS[1], TEP_MACS[0], 0x0800, bytes(packet))


@pytest.mark.parametrize("way", ["MPLS", "PPPoE", "SNAP", "VN-Tag and 802.1Q"])
def test_fragments_are_put_together(way: str) -> None:
    """The length fields of the whole frame count all of it."""
    datagram = udp(vxlan(eth4(udp(bytes(800)))), src_port=50000, dst_port=4789)
    pieces = [BETWEEN[way](fragment(datagram[:400], 0x2000)), BETWEEN[way](fragment(datagram[400:], 50))]
    reassembler, fed = Reassembler(), Fed()
    for number, octets in enumerate(pieces):
        verdict = decided(Strip(), octets)
        assert isinstance(verdict, Gather)
        fed = reassembler.feed(Fragment(octets, len(octets), number, 0, number, verdict.piece))
    assert fed.whole is not None
    assert fed.whole.octets == BETWEEN[way](fragment(datagram, 0))


def test_what_is_no_overlay_passes() -> None:
    for way in BETWEEN.values():
        frame = way(eth4(udp()))
        assert through(Strip(), frame) == frame
        assert through(Translate("geneve"), frame) == frame


@pytest.mark.parametrize("way", BETWEEN)
def test_frames_that_end_early(way: str) -> None:
    """Nothing raises, however short they are."""
    came = BETWEEN[way](underlay(FRAMES["IPv4"]))
    for end in range(len(came)):
        for orig_len in (end, len(came)):
            Strip().decide(FrameView(came[:end], orig_len))
            Observe().observe(FrameView(came[:end], orig_len))
            dissect(FrameView(came[:end], orig_len), Observe(), Names(None))


def test_other_uses() -> None:
    """Discovery of PPPoE, other PPP protocols, other organisations, and LLC without SNAP are not looked into."""
    frame = eth4(udp())
    assert beyond(Octets(pppoe(frame, b"\xc0\x21")), 0x8864, 14) is None
    assert beyond(Octets(snap(frame, b"\0\0\x0c")), 100, 14) is None
    assert beyond(Octets(bytes.fromhex("424203") + bytes(40)), 38, 0) is None
    assert beyond(Octets(LABELS + b"\x10\0\0\x21" + frame), 0x8847, 0) is None  # an associated channel
    assert beyond(Octets(LABELS * 20), 0x8847, 0) is None
