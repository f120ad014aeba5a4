"""STT: the segment that looks like TCP, and the frame header behind the first (draft-davie-stt-08 section 3)."""

from __future__ import annotations

import pytest
from captured_headers import STT
from hypothesis import given
from hypothesis import strategies as st
from looked_at import read_octets

from dovetool.errors import MalformedError, TruncatedError
from dovetool.wire import OverlayHeader, SttHeader, SttSegment, vnid

SEGMENT, FRAME = STT[:20], STT[20:]
TAGS = st.one_of(st.just((None, 0)), st.tuples(st.integers(0, 0xFFF), st.integers(0, 7)))
OCTET = st.integers(0, 0xFF)


@st.composite
def frame_headers(draw: st.DrawFn) -> SttHeader:
    vid, pcp = draw(TAGS)
    context, segment_size = draw(st.integers(0, (1 << 64) - 1)), draw(st.integers(0, 0xFFFF))
    return SttHeader(context, vid, pcp, draw(OCTET), draw(OCTET), segment_size)


def with_bits(at: int, octets: str, source: bytes = STT) -> bytes:
    """The example with some octets overwritten."""
    new = bytes.fromhex(octets)
    return source[:at] + new + source[at + len(new) :]


def test_example_by_hand() -> None:
    """Each field at its place in the draft's figures."""
    assert SttSegment.parse(SEGMENT) == SttSegment(132, 0, 7, 20)
    header = SttHeader(5001, vid=5, pcp=5, flags=0x09, l4_offset=34, segment_size=1460)
    assert SttHeader.parse(FRAME) == header
    assert header.emit() == FRAME
    assert read_octets("stt", STT) == OverlayHeader("stt", vnid(5001), 38, 0x6558, 5, extras=("vlan",))


@given(header=frame_headers())
def test_parse_undoes_emit(header: SttHeader) -> None:
    assert SttHeader.parse(header.emit()) == header
    assert len(header.emit()) == SttHeader.LEN == 18


@pytest.mark.parametrize(
    ("context", "identifier"),
    [
        ("0000000000000000", 0),
        ("0000000000ffffff", 0xFF_FFFF),
        ("0000000001000000", None),
        ("8000000000001389", None),
        ("ffffffffffffffff", None),
    ],
)
def test_context_above_24_bits_is_no_vnid(context: str, identifier: int | None) -> None:
    read = read_octets("stt", with_bits(28, context))
    assert read.vnid == identifier
    assert read.extras == (("vlan",) if identifier is not None else ("context-id", "vlan"))


@pytest.mark.parametrize(
    ("tci", "pcp", "extras"),
    [("0000", None, ()), ("e005", None, ()), ("1000", 0, ("vlan",)), ("f005", 7, ("vlan",)), ("7fff", 3, ("vlan",))],
)
def test_tag_is_carried_when_v_is_set(tci: str, pcp: int | None, extras: tuple[str, ...]) -> None:
    read = read_octets("stt", with_bits(26, tci))
    assert (read.pcp, read.dei, read.extras) == (pcp, False, extras)


@pytest.mark.parametrize("version", [1, 0x80, 0xFF])
def test_other_versions_are_refused(version: int) -> None:
    with pytest.raises(MalformedError, match=f"version is {version}, not 0"):
        read_octets("stt", with_bits(20, f"{version:02x}"))


@pytest.mark.parametrize("words", range(16))
def test_data_offset_that_lies(words: int) -> None:
    """An STT segment has no TCP options; the reassembler is told where they would end."""
    octets = with_bits(12, f"{words << 4:02x}")
    if words == 5:
        assert read_octets("stt", octets) == read_octets("stt", STT)
    else:
        with pytest.raises(MalformedError, match=f"data offset is {words}, not 5"):
            read_octets("stt", octets)
    if words >= 5:
        assert SttSegment.parse(octets).header_len == words * 4
    else:
        with pytest.raises(MalformedError, match=f"data offset is {words}, below 5"):
            SttSegment.parse(octets)


@pytest.mark.parametrize("length", ["0000", "0011", "0012", "0084", "ffff"])
def test_frame_length_is_left_to_the_reassembler(length: str) -> None:
    """A first segment is read whatever it says, and no octet is cut or added by it."""
    assert read_octets("stt", with_bits(4, length)) == read_octets("stt", STT)


@pytest.mark.parametrize("offset", ["0001", "0012", "0084", "ffff"])
def test_later_segment_has_no_frame_header(offset: str) -> None:
    with pytest.raises(MalformedError, match=f"segment at {int(offset, 16)} "):
        read_octets("stt", with_bits(6, offset))


@pytest.mark.parametrize(
    ("length", "offset", "good"),
    [
        (18, 0, True),
        (18, 17, True),
        (0xFFFF, 0xFFFE, True),
        (17, 0, False),
        (0, 0, False),
        (18, 18, False),
        (132, 0xFFFF, False),
        (0xFFFF, 0xFFFF, False),
    ],
)
def test_segment_lies_within_its_frame(length: int, offset: int, good: bool) -> None:
    octets = with_bits(4, f"{length:04x}{offset:04x}")
    if good:
        assert SttSegment.parse(octets) == SttSegment(length, offset, 7)
    else:
        with pytest.raises(MalformedError, match=f"segment at {offset} of a frame of {length} octets"):
            SttSegment.parse(octets)


def test_segment_is_read_where_it_stands_or_cut() -> None:
    assert SttSegment.parse(b"\xff" * 5 + STT, 5) == SttSegment.parse(STT)
    for length in range(SttSegment.LEN):
        with pytest.raises(TruncatedError) as caught:
            SttSegment.parse(bytes(5) + STT[:length], 5)
        assert (caught.value.need, caught.value.have, caught.value.offset) == (20, length, 5)


@pytest.mark.parametrize(
    "fields",
    [
        {"context_id": 1 << 64},
        {"vid": 0x1000},
        {"vid": 1, "pcp": 8},
        {"flags": 256},
        {"l4_offset": 256},
        {"segment_size": 1 << 16},
        {"pcp": 1},
    ],
    ids=str,
)
def test_value_that_does_not_fit_is_refused(fields: dict[str, int]) -> None:
    """Nor a priority without the tag that it belongs to."""
    with pytest.raises(ValueError, match="STT"):
        SttHeader(**{"context_id": 1, **fields})
