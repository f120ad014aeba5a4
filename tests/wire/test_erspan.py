"""ERSPAN: its three types, told apart by GRE's protocol type and sequence number (draft-foschiano-erspan-03)."""

from __future__ import annotations

import pytest
from captured_headers import ERSPAN_II, ERSPAN_III, ERSPAN_III_FUZZED
from hypothesis import given
from hypothesis import strategies as st
from looked_at import read_octets
from scapy_reader import scapy_layer

from dovetool.errors import FrameError, MalformedError
from dovetool.wire import Erspan2Header, Erspan3Header, ErspanMirror, OverlayHeader, vnid

GRE_III = ERSPAN_III[:8]
MIRRORS = st.builds(
    ErspanMirror,
    session_id=st.integers(0, 0x3FF),
    vid=st.integers(0, 0xFFF),
    cos=st.integers(0, 7),
    state=st.integers(0, 3),
    truncated=st.booleans(),
)
WORD, LONG = st.integers(0, 0xFFFF), st.integers(0, 0xFFFF_FFFF)
THIRDS = st.builds(
    Erspan3Header,
    MIRRORS,
    timestamp=LONG,
    sgt=WORD,
    frame_type=st.integers(0, 0x1F),
    flags=WORD.map(lambda word: word & Erspan3Header.FLAGS),
    subheader=st.one_of(st.just(b""), st.binary(min_size=8, max_size=8)),
)


def test_captured_type_ii_both_ways() -> None:
    header = Erspan2Header.parse(ERSPAN_II, 8)
    assert header == Erspan2Header(ErspanMirror(session_id=101, vid=1, state=2), index=43973)
    assert header.emit() == ERSPAN_II[8:]
    assert read_octets("erspan", ERSPAN_II) == OverlayHeader("erspan", vnid(101), 16, extras=("erspan",))


def test_type_iii_both_ways() -> None:
    header = Erspan3Header.parse(ERSPAN_III, 8)
    mirror = ErspanMirror(session_id=99, vid=7, cos=1, state=1)
    assert header == Erspan3Header(mirror, timestamp=123456, sgt=42, flags=0x800A)
    assert header.emit() == ERSPAN_III[8:]
    assert read_octets("erspan", ERSPAN_III) == OverlayHeader("erspan", vnid(99), 20, extras=("erspan",))


@pytest.mark.parametrize(("octets", "length"), [("000088be", 4), ("200088be 00000007", 8), ("800088be 00000000", 8)])
def test_type_i_has_no_session(octets: str, length: int) -> None:
    """Without a sequence number the Ethernet frame follows GRE at once."""
    assert read_octets("erspan", bytes.fromhex(octets), b"\x10" * 14) == OverlayHeader("erspan", None, length)


@given(header=st.builds(Erspan2Header, MIRRORS, st.integers(0, 0xF_FFFF)))
def test_scapy_reads_type_ii(header: Erspan2Header) -> None:
    packet, mirror = scapy_layer("ERSPAN_II", header.emit()), header.mirror
    assert (packet.ver, packet.session_id, packet.vlan, packet.cos, packet.en, packet.t) == (
        *(1, mirror.session_id, mirror.vid),
        *(mirror.cos, mirror.state, mirror.truncated),
    )
    assert (packet.index, packet.reserved) == (header.index, 0)
    assert Erspan2Header.parse(header.emit()) == header


@given(header=THIRDS)
def test_scapy_reads_type_iii(header: Erspan3Header) -> None:
    packet, mirror = scapy_layer("ERSPAN_III", header.emit()), header.mirror
    assert (packet.ver, packet.session_id, packet.vlan, packet.cos, packet.bso, packet.t) == (
        *(2, mirror.session_id, mirror.vid),
        *(mirror.cos, mirror.state, mirror.truncated),
    )
    assert (packet.timestamp, packet.sgt_other, packet.ft) == (header.timestamp, header.sgt, header.frame_type)
    assert packet.p << 15 | packet.hw << 4 | packet.d << 3 | packet.gra << 1 == header.flags
    assert packet.o == bool(header.subheader)
    assert Erspan3Header.parse(header.emit()) == header
    assert header.length == len(header.emit())


def test_subheader_lengthens_the_header() -> None:
    octets = GRE_III + Erspan3Header(ErspanMirror(99), subheader=bytes.fromhex("0c000000 00000001")).emit()
    assert read_octets("erspan", octets) == OverlayHeader("erspan", vnid(99), 28, extras=("erspan",))
    for length in range(20, 28):
        with pytest.raises(FrameError):
            read_octets("erspan", octets[:length])


@pytest.mark.parametrize(("first", "payload"), [(0x45, 0x0800), (0x4F, 0x0800), (0x60, 0x86DD), (0x6F, 0x86DD)])
@pytest.mark.parametrize("subheader", [b"", bytes(8)])
def test_mirrored_ip_packet_is_told_by_its_version(first: int, payload: int, subheader: bytes) -> None:
    octets = GRE_III + Erspan3Header(ErspanMirror(99), frame_type=2, subheader=subheader).emit()
    read = read_octets("erspan", octets, bytes((first,)))
    assert read == OverlayHeader("erspan", vnid(99), 20 + len(subheader), payload, extras=("erspan",))


@pytest.mark.parametrize("behind", [b"", b"\x05", b"\x55", b"\xff"])
def test_mirrored_packet_that_is_not_ip_is_refused(behind: bytes) -> None:
    octets = GRE_III + Erspan3Header(ErspanMirror(99), frame_type=2).emit()
    with pytest.raises(FrameError, match="ERSPAN at octet 23"):
        read_octets("erspan", octets, behind)


@pytest.mark.parametrize("frame_type", [1, *range(3, 32)])
def test_reserved_frame_type_is_refused(frame_type: int) -> None:
    octets = GRE_III + Erspan3Header(ErspanMirror(99), frame_type=frame_type).emit()
    with pytest.raises(MalformedError, match=f"frame type {frame_type} "):
        read_octets("erspan", octets, b"\x45")


@pytest.mark.parametrize("version", range(16))
@pytest.mark.parametrize(("octets", "right"), [(ERSPAN_II, 1), (ERSPAN_III, 2)], ids=["II", "III"])
def test_each_type_has_its_version(octets: bytes, right: int, version: int) -> None:
    spoiled = octets[:8] + bytes((version << 4 | octets[8] & 0xF,)) + octets[9:]
    if version == right:
        assert read_octets("erspan", spoiled) == read_octets("erspan", octets)
    else:
        with pytest.raises(MalformedError, match=f"version is {version}, not {right}"):
            read_octets("erspan", spoiled)


def test_captured_fuzzed_header_is_refused() -> None:
    with pytest.raises(MalformedError, match="routing bits"):
        read_octets("erspan", ERSPAN_III_FUZZED)


@pytest.mark.parametrize("protocol", ["0800", "6558", "88bf", "22ec"])
def test_other_protocol_type_is_refused(protocol: str) -> None:
    with pytest.raises(MalformedError, match=f"0x{protocol}"):
        read_octets("erspan", bytes.fromhex("1000" + protocol) + ERSPAN_II[4:])


@pytest.mark.parametrize(
    "fields", [{"session_id": 0x400}, {"vid": 0x1000}, {"cos": 8}, {"state": 4}, {"session_id": -1}], ids=str
)
def test_value_that_does_not_fit_is_refused(fields: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        ErspanMirror(**{"session_id": 1, **fields})  # type: ignore[arg-type]


def test_header_value_that_does_not_fit_is_refused() -> None:
    mirror = ErspanMirror(1)
    with pytest.raises(ValueError, match="index"):
        Erspan2Header(mirror, 1 << 20)
    for fields in ({"timestamp": 1 << 32}, {"sgt": 1 << 16}, {"frame_type": 32}, {"flags": 1}, {"flags": 0x400}):
        with pytest.raises(ValueError, match="ERSPAN"):
            Erspan3Header(mirror, **fields)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="4 octets"):
        Erspan3Header(mirror, subheader=bytes(4))
