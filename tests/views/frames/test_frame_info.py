"""The Info of a frame: what it says, and that frames which share an observation each say their own."""

from __future__ import annotations

import struct
from collections.abc import Sequence

import pytest
from both_ways import batch_of, view_of
from frames import VM1, VM2, eth, eth4, ipv4, udp, underlay
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import Captured, captures, overlay_frames, sample_map, tagged_frames, vm_frames

from dovetool.analysis.frame_selection import Finder, Picker, Window
from dovetool.analysis.frame_summary import Sight
from dovetool.engine.flow_table import Classifier
from dovetool.frame.view import FrameView
from dovetool.observe.names import Names
from dovetool.observe.observe import Observe
from dovetool.verdict.verdict import Frame
from dovetool.views.frames.frame_info import Info
from dovetool.views.frames.packet_list import PacketList
from dovetool.wire.fields import Vnid
from dovetool.wire.geneve import GeneveHeader
from dovetool.wire.geneve_option import GeneveOption
from dovetool.wire.ipv6 import Ipv6Header

NAMES = Names(sample_map())
SOME = settings(max_examples=30)

FE80_1, FE80_2 = (bytes.fromhex("fe80") + bytes(13) + bytes([last]) for last in (1, 2))
OVN, OTHER = GeneveOption(0x0102, 0x80, b"\0\3\0\5"), GeneveOption(0x0108, 1, bytes(8))


def packet(protocol: int, payload: bytes) -> bytes:
    octets = ipv4(payload)
    return octets[:9] + bytes([protocol]) + octets[10:]


def tcp(flags: int, data: bytes = b"", *, seq: int = 0, header_len: int = 20) -> bytes:
    header = struct.pack("!HHIIHHHH", 50_000, 80, seq, 0, header_len << 10 | flags, 1000, 0, 0)
    return header + bytes(max(header_len - 20, 0)) + data


def in_ipv4(protocol: int, payload: bytes) -> bytes:
    return eth(VM2, VM1, 0x0800, packet(protocol, payload))


def icmp(octets: str) -> bytes:
    return in_ipv4(1, bytes.fromhex(octets))


def icmpv6(octets: bytes) -> bytes:
    return eth(VM2, VM1, 0x86DD, Ipv6Header(FE80_1, FE80_2, 58, len(octets), 255).emit() + octets)


def gbp(inner: bytes, group: int) -> bytes:
    """In VXLAN with a group policy ID."""
    frame = underlay(inner)
    return frame[:42] + struct.pack("!BxH", 0x88, group) + frame[46:]


def geneve(inner: bytes, *options: GeneveOption) -> bytes:
    return eth4(udp(GeneveHeader(Vnid(7), options=options).emit() + inner, dst_port=6081))


def said(frame: bytes, orig_len: int | None = None) -> str:
    """The Info of one frame, looked at alone."""
    kept = Frame(frame, orig_len or len(frame))
    return Info.of(Observe().observe(FrameView(kept.octets, kept.orig_len))).text(kept)


@pytest.mark.parametrize(
    ("flags", "text"),
    [
        (0x002, "SYN"),
        (0x012, "SYN, ACK"),
        (0x018, "PSH, ACK"),
        (0x011, "FIN, ACK"),
        (0x014, "RST, ACK"),
        (0x030, "ACK, URG"),
        (0x1C2, "SYN, ECE, CWR, AE"),
        (0x000, "<None>"),
    ],
)
def test_tcp_flags(flags: int, text: str) -> None:
    assert said(underlay(in_ipv4(6, tcp(flags, b"12345")))) == f"50000 > 80 [{text}] Len=5"


def test_tcp_length_is_that_of_the_packet() -> None:
    """Options of TCP, padding of the frame and a snap length are no data."""
    assert said(in_ipv4(6, tcp(0x10, b"12345", header_len=32))).endswith("Len=5")
    assert said(underlay(in_ipv4(6, tcp(0x10)) + bytes(6)) + b"trailer").endswith("Len=0")
    whole = underlay(in_ipv4(6, tcp(0x10, bytes(1000))))
    assert said(whole[:120], len(whole)).endswith("[ACK] Len=1000")


def test_a_length_of_zero_stands_for_the_rest_of_the_frame() -> None:
    """As Linux hands big frames to a card that cuts them up."""
    big = in_ipv4(6, tcp(0x10, bytes(70)))
    assert said(big[:16] + b"\0\0" + big[18:]).endswith("Len=70")


def test_what_is_cut_is_left_out() -> None:
    frame, at = underlay(in_ipv4(6, tcp(0x12))), 50 + 34
    texts = {said(frame[: at + kept], len(frame)) for kept in (14, 19)}
    assert texts == {"50000 > 80 [SYN, ACK] Len=0"}
    assert {said(frame[: at + kept], len(frame)) for kept in (4, 13)} == {"50000 > 80"}
    assert said(frame[: at + 3], len(frame)) == ""
    echo, at = icmp("0800 0000 1234 0007"), 34
    assert [said(echo[: at + kept], len(echo)) for kept in (0, 1, 7)] == ["", *["Echo (ping) request"] * 2]


def test_no_octet_is_read_behind_the_end_of_a_packet() -> None:
    """What pads a frame, or follows a frame in a tunnel, is not its TCP header."""
    short = in_ipv4(6, tcp(0x12)[:12])
    assert said(short + tcp(0x12)[12:]) == "50000 > 80"
    assert said(underlay(short) + tcp(0x12)[12:]) == "50000 > 80"


def test_a_header_that_is_too_short_or_too_long_has_no_length() -> None:
    assert said(in_ipv4(6, tcp(0x10, header_len=16))) == "50000 > 80 [ACK]"
    frame = in_ipv4(6, tcp(0x10, b"1234"))
    assert said(frame[:46] + b"\xf0" + frame[47:]) == "50000 > 80 [ACK]"


def test_fragments() -> None:
    """A first one has the header, and not the length of what comes behind it; a later one has neither."""
    frame = in_ipv4(6, tcp(0x10, bytes(20)))
    assert said(frame[:20] + b"\x20\0" + frame[22:]) == "50000 > 80 [ACK], first fragment"
    assert said(frame[:20] + b"\0\5" + frame[22:]) == "later fragment"


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        ("0800 0000 1234 0007", "Echo (ping) request id=0x1234 seq=7"),
        ("0000 0000 1234 ffff", "Echo (ping) reply id=0x1234 seq=65535"),
        ("0303 0000 0000 0000", "Destination unreachable (Port unreachable)"),
        ("0304 0000 0000 05aa", "Destination unreachable (Fragmentation needed) MTU 1450"),
        ("0304 0000 0000 0000", "Destination unreachable (Fragmentation needed)"),
        ("0363 0000 0000 0000", "Destination unreachable (code 99)"),
        ("0b00 0000 0000 0000", "Time-to-live exceeded (in transit)"),
        ("0400 0000 0000 0000", "Source quench"),
        ("2a01 0000 0000 0000", "type 42 code 1"),
    ],
)
def test_icmp(octets: str, text: str) -> None:
    assert said(icmp(octets)) == text


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        (b"\x80\0\0\0\x12\x34\0\7", "Echo (ping) request id=0x1234 seq=7"),
        (b"\x81\0\0\0\x12\x34\0\7", "Echo (ping) reply id=0x1234 seq=7"),
        (b"\1\4\0\0" + bytes(4), "Destination Unreachable (Port unreachable)"),
        (b"\2\0\0\0\0\0\5\xaa", "Packet Too Big MTU 1450"),
        (b"\x87\0\0\0" + bytes(4) + FE80_1, "Neighbor Solicitation for fe80::1"),
        (b"\x88\0\0\0" + bytes(4) + FE80_1, "Neighbor Advertisement fe80::1"),
        (b"\x87\0\0\0" + bytes(4) + FE80_1[:8], "Neighbor Solicitation"),
        (b"\xfa\1\0\0", "type 250 code 1"),
    ],
)
def test_icmpv6(octets: bytes, text: str) -> None:
    assert said(icmpv6(octets)) == text


def test_what_tunnels_carry_besides() -> None:
    syn = in_ipv4(6, tcp(2))
    assert said(gbp(syn, 42)) == "50000 > 80 [SYN] Len=0, GBP 42"
    assert said(geneve(syn, OVN)) == "50000 > 80 [SYN] Len=0, OVN 3 > 5"
    service = bytes.fromhex("0a600064 1f90 0000")
    assert said(geneve(syn, GeneveOption(0x014B, 0x81, service))).endswith("DSR of 10.96.0.100:8080")
    service = bytes.fromhex("fd00" + 13 * "00" + "64 1f90 0000")
    assert said(geneve(syn, GeneveOption(0x014B, 0x81, service))).endswith("DSR of [fd00::64]:8080")
    assert said(geneve(syn, OTHER, OVN)) == "50000 > 80 [SYN] Len=0, OVN 3 > 5, geneve options"
    assert said(geneve(syn, OTHER)) == "50000 > 80 [SYN] Len=0, geneve options"
    assert said(geneve(syn, GeneveOption.priority(5, False))) == "50000 > 80 [SYN] Len=0"


@st.composite
def talk(draw: st.DrawFn) -> bytes:
    """A frame that has something to say for itself, in a tunnel or not."""
    flags, seq, data = draw(st.integers(0, 0x1FF)), draw(st.integers(0, 2**32 - 1)), draw(st.binary(max_size=9))
    message = draw(st.binary(min_size=1, max_size=30))
    kinds = (in_ipv4(6, tcp(flags, data, seq=seq)), in_ipv4(1, message), icmpv6(message))
    inner = draw(st.sampled_from(kinds))
    ports = GeneveOption(0x0102, 0x80, draw(st.binary(min_size=4, max_size=4)))
    options = draw(st.permutations([ports, OTHER]))
    tunnels = (inner, underlay(inner), gbp(inner, draw(st.integers(0, 0xFFFF))), geneve(inner, *options))
    return draw(st.sampled_from(tunnels))


FRAMES = st.one_of(talk(), talk(), overlay_frames(), tagged_frames(), vm_frames())


@SOME
@given(captures(FRAMES))
def test_each_frame_says_its_own(frames: list[Captured]) -> None:
    """Frames that share an observation say what they say when each is looked at alone; so do the lines of a list."""
    sight = Sight(Observe(), NAMES)
    found = Finder(sight, Picker(Window())).found(batch_of(frames))
    alone = [Info.of(Observe().observe(view_of(one))).text(one.frame) for one in frames]
    assert [Info.of(each.sighting.seen).text(each.known.frame) for each in found] == alone
    lines = PacketList(NAMES, 0, 1000).lines(found)[2:]
    assert [line.endswith(text) for line, text in zip(lines, alone, strict=True)] == [True] * len(frames)


def observed(frames: Sequence[bytes]) -> int:
    """How often frames have to be looked at for a list."""
    looks = 0

    def look(view: FrameView) -> object:
        nonlocal looks
        looks += 1
        return observe.observe(view)

    observe = Observe()
    batch = batch_of([Captured(Frame(frame, len(frame)), 0, 1) for frame in frames])
    Classifier(look).numbers(batch)
    return looks


@given(st.lists(st.tuples(st.integers(0, 0x1FF), st.integers(0, 2**32 - 1), st.integers(0, 0xFFFF)), min_size=1))
def test_what_differs_within_a_flow_does_not_split_it(drawn: list[tuple[int, int, int]]) -> None:
    """Flags and sequence numbers, kinds of ICMP, groups and OVN's ports: one look serves them all."""
    assert observed([gbp(in_ipv4(6, tcp(flags, b"data", seq=seq)), group) for flags, seq, group in drawn]) == 1
    assert (
        observed([underlay(in_ipv4(1, struct.pack("!HHHH", *numbers[:1], *numbers[2:], 0, 0))) for numbers in drawn])
        == 1
    )
    ports = [GeneveOption(0x0102, 0x80, struct.pack("!I", seq)) for _, seq, _ in drawn]
    assert observed([geneve(in_ipv4(6, tcp(2)), option) for option in ports]) == 1


def test_a_length_field_beyond_the_end_counts_up_to_there() -> None:
    frame = in_ipv4(6, tcp(0x10, bytes(30)))
    assert said(frame[:16] + b"\xff\xff" + frame[18:]).endswith("Len=30")


def test_a_narrow_list_cuts_the_end() -> None:
    """What matters most is at the beginning, and a line never gets longer than the terminal."""
    frames = [in_ipv4(6, tcp(0x12, bytes(70))), icmp("0304 0000 0000 05aa"), icmp("0000 0000 1234 ffff")]
    captured = [Captured(Frame(frame, len(frame)), 0, 1) for frame in frames]
    found = Finder(Sight(Observe(), NAMES), Picker(Window())).found(batch_of(captured))
    heads, _, *narrow = PacketList(NAMES, 0, 66).lines(found)
    assert heads.endswith("  Info")
    assert [line.rpartition("  ")[2] for line in narrow] == [
        *("50000 > 80 [S...", "Destination u...", "Echo (ping) r..."),
    ]
    assert max(map(len, narrow)) == 66
    wide = PacketList(NAMES, 0, 200).lines(found)[2:]
    assert [line.rpartition("  ")[2] for line in wide] == [
        "50000 > 80 [SYN, ACK] Len=70",
        "Destination unreachable (Fragmentation needed) MTU 1450",
        "Echo (ping) reply id=0x1234 seq=65535",
    ]
