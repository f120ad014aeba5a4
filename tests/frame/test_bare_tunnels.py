"""Tunnels that name no network: those of bare packets are looked through, those of Ethernet frames are taken off."""

from __future__ import annotations

from pathlib import Path

import pytest
from frames import BLUE, eth4, eth6, tagged, udp, underlay
from plain_capture import write_frames
from small_network import decided, network_map, outcome, through
from tshark_fields import decoded
from ways import CARRIED, LABELS, THROUGH, datagram, l2tpv3, over4, packet4

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
from dovetool.verdict.reasons import Reason
from dovetool.verdict.reassembly import Reassembler
from dovetool.verdict.verdict import Gather
from dovetool.wire.checksum import internet_checksum
from dovetool.wire.overlay import SELECTORS

FRAMES = {"IPv4": eth4(udp()), "IPv6": eth6(udp())}


def covers_all(octets: bytes) -> bool:
    """Every octet is of one layer of the dissection, in their order."""
    layers = dissect(FrameView(octets), Observe(), Names(None)).layers
    described = [(layer.offset, layer.length) for layer in layers if layer.length]
    return [at + length for at, length in described] == [*(at for at, _ in described[1:]), len(octets)]


@pytest.mark.parametrize("way", THROUGH)
@pytest.mark.parametrize("inner", FRAMES)
def test_an_overlay_in_a_tunnel_of_packets(way: str, inner: str) -> None:
    """It comes out; its tunnel end points are those of the innermost IP header around it."""
    frame = FRAMES[inner]
    came = THROUGH[way](underlay(frame))
    assert through(Strip(), came) == frame
    assert through(Decap(network_map()), came) == tagged(frame)
    seen, plain = Observe().observe(FrameView(came)), Observe().observe(FrameView(underlay(frame)))
    assert [(each.encap, each.vnid, each.src) for each in seen.overlays] == [
        (each.encap, each.vnid, each.src) for each in plain.overlays
    ]
    assert seen.inner.src_ip == plain.inner.src_ip
    assert FormAudit(0x88B5, SELECTORS).examine(FrameView(came)).findings == ()
    assert covers_all(came)


@pytest.mark.parametrize("way", THROUGH)
def test_translated_there_and_back(way: str) -> None:
    """Every length and checksum around follows suit."""
    came = THROUGH[way](underlay(FRAMES["IPv4"]))
    there = through(Translate("geneve"), came)
    assert through(Strip(), there) == FRAMES["IPv4"]
    assert through(Translate("vxlan"), there) == came


def test_udp_checksums_around_follow_suit(tmp_path: Path) -> None:
    """tshark finds them right."""
    came = bytearray(THROUGH["GTP-U"](underlay(FRAMES["IPv4"])))
    pseudo = came[26:34] + b"\0\x11" + came[38:40]
    came[40:42] = internet_checksum(bytes(pseudo + came[34:])).to_bytes(2, "big")
    capture = write_frames(tmp_path / "in.pcap", [bytes(came), through(Translate("geneve"), bytes(came))])
    for fields in decoded(capture, "udp.checksum.status", "ip.checksum.status"):
        assert fields["udp.checksum.status"][0] == "1"
        assert set(fields["ip.checksum.status"]) == {"1"}


@pytest.mark.parametrize("way", [name for name in THROUGH if "IP in IP" not in name])
def test_tshark_sees_the_overlay_too(way: str, tmp_path: Path) -> None:
    came = THROUGH[way](underlay(FRAMES["IPv4"]))
    capture = write_frames(tmp_path / "in.pcap", [came, through(Translate("geneve"), came)])
    first, second = decoded(capture, "vxlan.vni", "geneve.vni", "ip.checksum.status")
    assert first["vxlan.vni"] == [str(BLUE)]
    assert [int(vni, 0) for vni in second["geneve.vni"]] == [BLUE]
    assert {*first["ip.checksum.status"], *second["ip.checksum.status"]} == {"1"}


@pytest.mark.parametrize("way", THROUGH)
def test_without_an_overlay_it_stays(way: str) -> None:
    frame = THROUGH[way](eth4(udp()))
    assert through(Strip(), frame) == frame
    assert through(Translate("geneve"), frame) == frame
    assert outcome(Decap(network_map()), frame) is Reason.NOT_OVERLAY
    assert Observe().observe(FrameView(frame)).overlays == ()


@pytest.mark.parametrize("way", CARRIED)
@pytest.mark.parametrize("inner", FRAMES)
def test_a_tunnel_of_frames_comes_off(way: str, inner: str) -> None:
    encap, wrap = CARRIED[way]
    came = wrap(FRAMES[inner])
    assert through(Strip(), came) == FRAMES[inner]
    seen = Observe().observe(FrameView(came))
    assert (seen.overlays[-1].encap, seen.overlays[-1].vnid, seen.problem) == (encap, None, None)
    assert seen.hop == "underlay"
    assert FormAudit(0x88B5, SELECTORS).examine(FrameView(came)).findings == ()
    assert FormAudit(0x88B5, SELECTORS).examine(FrameView(came)).hop is Hop.UNDERLAY
    assert covers_all(came)


@pytest.mark.parametrize("way", [name for name in CARRIED if name != "NSH in VXLAN-GPE"])
def test_it_is_none_of_a_maps_business(way: str) -> None:
    """A tunnel end point of the map knows no network by it; what translates lets it pass."""
    came = CARRIED[way][1](FRAMES["IPv4"])
    assert outcome(Decap(network_map()), came) is Reason.NOT_OVERLAY
    assert through(Translate("geneve"), came) == came
    assert Audit(network_map(), SELECTORS).examine(FrameView(came)).findings == ()


def test_nsh_is_in_the_network_of_its_tunnel() -> None:
    came = CARRIED["NSH in VXLAN-GPE"][1](FRAMES["IPv4"])
    assert [(each.encap, each.vnid) for each in Observe().observe(FrameView(came)).overlays] == [
        ("vxlan-gpe", BLUE),
        ("nsh", None),
    ]
    assert getattr(decided(Strip(), came), "vnid", None) == BLUE


@pytest.mark.parametrize("way", CARRIED)
def test_an_overlay_in_a_tunnel_of_frames(way: str) -> None:
    came = CARRIED[way][1](underlay(FRAMES["IPv4"]))
    assert through(Strip(), came) == FRAMES["IPv4"]
    assert Observe().observe(FrameView(came)).vnid == BLUE


def test_tshark_sees_the_same_frame(tmp_path: Path) -> None:
    """What it calls by the same names, without being told."""
    ways = ["EtherIP", "EtherIP over IPv6", "TZSP", "TZSP with tags", "NSH", "NSH in VXLAN-GPE"]
    ways.append("pseudowire over UDP, word")
    capture = write_frames(tmp_path / "in.pcap", [CARRIED[way][1](FRAMES["IPv4"]) for way in ways])
    found = decoded(capture, "eth.src", "ip.src", decode_as="mpls.label==299,pwethcw")
    inner = {way: (fields["eth.src"][-1], fields["ip.src"][-1]) for way, fields in zip(ways, found, strict=True)}
    assert inner == dict.fromkeys(ways, (FRAMES["IPv4"][6:12].hex(":"), "10.0.0.1"))


def test_other_uses_of_the_same_numbers() -> None:
    """Control messages, L2TP for PPP, a sniffer's other frames, another use of a port: nothing is wrong with them."""
    others = [
        over4(bytes(4) + b"\xc8\3\0\x14" + bytes(40), 115),  # a control message over IP
        over4(datagram(b"\xc8\3\0\x14" + bytes(40), 1701), 17),  # over UDP
        over4(datagram(b"\0\2\0\x2a\0\7\xff\3\0\x21" + packet4(b"", 1), 1701), 17),  # version 2 carries PPP
        over4(datagram(b"\1\0\0\x12\1" + bytes(40), 37008), 17),  # an 802.11 frame
        over4(datagram(b"\1\4\0\0\1", 37008), 17),  # keepalive
        over4(datagram(b"a reply to a port that a host picked", 37008), 17),
        over4(datagram(LABELS + b"\x10\0\0\x21" + bytes(40), 6635), 17),  # an associated channel
        over4(datagram(b"\x32\1\0\4\0\0\0\0\0\1\0\0", 2152), 17),  # an echo request of GTP
        bytes.fromhex("02aa00000002 02aa00000001 894f 2fc20100 000064fe") + bytes(40),  # NSH of OAM
    ]
    for octets in others:
        assert through(Strip(), octets) == octets
        assert outcome(Decap(network_map()), octets) is Reason.NOT_OVERLAY
        assert FormAudit(0x88B5, SELECTORS).examine(FrameView(octets)).findings == ()
        seen = Observe().observe(FrameView(octets))
        assert (seen.overlays, seen.problem) == ((), None)


def test_what_cannot_be_read() -> None:
    """EtherIP of another version, and L2TPv3 without a frame, are bad headers; strip lets them be."""
    for octets in (over4(b"\x40\0" + FRAMES["IPv4"], 97), over4(b"\0\0\0\x2a" + b"\xff" * 60, 115)):
        assert through(Strip(), octets) == octets
        assert Observe().observe(FrameView(octets)).problem is Reason.BAD_OVERLAY_HEADER


def test_a_cookie_that_looks_like_little() -> None:
    """The first place where a frame may begin is taken; a group does not send."""
    assert through(Strip(), l2tpv3(FRAMES["IPv4"], skipped=b"\1\1\1\1")) == FRAMES["IPv4"]


@pytest.mark.parametrize("way", ["GRE", "GTP-U", "4in6", "GRE behind MPLS"])
def test_fragments_of_the_tunnel_and_in_it(way: str) -> None:
    """Of the packet in the tunnel, and of the one that carries the tunnel."""
    whole = underlay(eth4(udp(bytes(800))))
    packet = whole[14:]
    pieces = [
        THROUGH[way](whole[:14] + _fragment(packet[20:420], packet, 0x2000)),
        THROUGH[way](whole[:14] + _fragment(packet[420:], packet, 50)),
    ]
    assert _put_together(pieces) == THROUGH[way](whole[:14] + _fragment(packet[20:], packet, 0))
    if way in ("GRE", "GTP-U"):
        outer = THROUGH[way](whole)
        packet = outer[14:]
        cut = [outer[:14] + _fragment(packet[20:420], packet, 0x2000), outer[:14] + _fragment(packet[420:], packet, 50)]
        assert _put_together(cut) == outer[:14] + _fragment(packet[20:], packet, 0)


def _fragment(part: bytes, packet: bytes, flags: int) -> bytes:
    header = bytearray(packet[:20])
    header[2:4], header[6:8], header[10:12] = (20 + len(part)).to_bytes(2, "big"), flags.to_bytes(2, "big"), b"\0\0"
    header[10:12] = internet_checksum(bytes(header)).to_bytes(2, "big")
    return bytes(header) + part


def _put_together(pieces: list[bytes]) -> bytes:
    reassembler, fed = Reassembler(), Fed()
    for number, octets in enumerate(pieces):
        verdict = decided(Strip(), octets)
        assert isinstance(verdict, Gather)
        fed = reassembler.feed(Fragment(octets, len(octets), number, 0, number, verdict.piece))
    assert fed.whole is not None
    return fed.whole.octets


@pytest.mark.parametrize("way", [*THROUGH, *CARRIED])
def test_frames_that_end_early(way: str) -> None:
    """Nothing raises, however short they are."""
    came = THROUGH[way](underlay(eth4())) if way in THROUGH else CARRIED[way][1](eth4())
    stages = (Strip(), Decap(network_map()), Translate("geneve"))
    for end in range(len(came)):
        for orig_len in (end, len(came)):
            for stage in stages:
                stage.decide(FrameView(came[:end], orig_len))
            Observe().observe(FrameView(came[:end], orig_len))
            FormAudit(0x88B5, SELECTORS).examine(FrameView(came[:end], orig_len))
            dissect(FrameView(came[:end], orig_len), Observe(), Names(None))
