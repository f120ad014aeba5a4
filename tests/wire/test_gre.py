"""GRE and Ethernet over it: optional words, keys, and the flags that nobody may set (RFC 2784, RFC 2890)."""

from __future__ import annotations

import itertools

import pytest
from captured_headers import GRE_ALL, GRETAP_KEY, GRETAP_PLAIN
from hypothesis import given
from hypothesis import strategies as st
from looked_at import read_octets
from scapy_reader import scapy_layer

from dovetool.errors import FrameError, MalformedError, TruncatedError
from dovetool.frame.view import FrameView
from dovetool.wire import ENCAPSULATIONS, GreHeader, OverlayFields, OverlayHeader, vnid

WORD, LONG = st.integers(0, 0xFFFF), st.integers(0, 0xFFFF_FFFF)
HEADERS = st.builds(
    GreHeader,
    protocol=WORD.filter(lambda number: number != 0x880B),  # scapy reads that one as PPTP's
    key=st.one_of(st.none(), LONG),
    checksum=st.one_of(st.none(), WORD),
    sequence=st.one_of(st.none(), LONG),
)
ALL_FLAGS = list(itertools.product([None, 1], [None, 0xFE_DCBA], [None, 3]))


def test_captured_header_with_everything_both_ways() -> None:
    header = GreHeader.parse(GRE_ALL)
    assert header == GreHeader(0x0800, key=0x0001D97C, checksum=0x6E7C, sequence=5)
    assert (header.flags, header.length, header.emit()) == (0xB000, 16, GRE_ALL)


@pytest.mark.parametrize(("octets", "key"), [(GRETAP_PLAIN, None), (GRETAP_KEY, 100)])
def test_captured_gretap_both_ways(octets: bytes, key: int | None) -> None:
    assert GreHeader.parse(octets) == GreHeader(0x6558, key)
    assert GreHeader(0x6558, key).emit() == octets
    identifier = None if key is None else vnid(key)
    assert read_octets("gretap", octets) == OverlayHeader("gretap", identifier, len(octets))


@given(header=HEADERS)
def test_scapy_reads_the_header(header: GreHeader) -> None:
    packet = scapy_layer("GRE", header.emit())
    assert (packet.proto, packet.key, packet.chksum, packet.sequence_number) == (
        *(header.protocol, header.key),
        *(header.checksum, header.sequence),
    )
    assert (packet.version, packet.routing_present, packet.recursion_control, packet.flags) == (0, 0, 0, 0)
    assert len(header.emit()) == header.length
    assert GreHeader.parse(header.emit()) == header


@pytest.mark.parametrize(("checksum", "key", "sequence"), ALL_FLAGS)
def test_optional_words_lengthen_the_header(checksum: int | None, key: int | None, sequence: int | None) -> None:
    octets = GreHeader(0x6558, key, checksum, sequence).emit()
    assert len(octets) == 16 - 4 * [checksum, key, sequence].count(None)
    extras = () if sequence is None else ("sequence-number",)
    identifier = None if key is None else vnid(key)
    assert read_octets("gretap", octets) == OverlayHeader("gretap", identifier, len(octets), extras=extras)
    for length in range(len(octets)):
        with pytest.raises(TruncatedError):
            GreHeader.parse(octets[:length])


@pytest.mark.parametrize(
    ("key", "identifier", "extras"),
    [
        (0, 0, ()),
        (0xFF_FFFF, 0xFF_FFFF, ()),
        (0x0100_0000, None, ("gre-key",)),
        (0xFFFF_FFFF, None, ("gre-key",)),
    ],
)
def test_key_above_24_bits_is_no_vnid(key: int, identifier: int | None, extras: tuple[str, ...]) -> None:
    """It is never cut to fit."""
    octets = GreHeader(0x6558, key).emit()
    expected = None if identifier is None else vnid(identifier)
    assert read_octets("gretap", octets) == OverlayHeader("gretap", expected, 8, extras=extras)


@pytest.mark.parametrize("bit", range(16))
def test_each_of_the_first_bits(bit: int) -> None:
    """Bits 0, 2 and 3 are C, K and S; 1, 4 and 5 are RFC 1701's; 6 to 12 are ignored; 13 to 15 are the version."""
    octets = (1 << 15 - bit).to_bytes(2, "big") + bytes.fromhex("6558") + bytes(12)
    if bit in {1, 4, 5}:
        with pytest.raises(MalformedError, match="routing"):
            GreHeader.parse(octets)
    elif bit >= 13:
        with pytest.raises(MalformedError, match="version"):
            GreHeader.parse(octets)
    else:
        assert GreHeader.parse(octets).length == (8 if bit in {0, 2, 3} else 4)


@pytest.mark.parametrize("protocol", [0, 0x0800, 0x88BE, 0x6559])
def test_gretap_of_another_protocol_type_is_refused(protocol: int) -> None:
    with pytest.raises(FrameError, match=f"{protocol:#06x}"):
        ENCAPSULATIONS["gretap"].read(FrameView(GreHeader(protocol, 7).emit()), 0)


def test_key_that_is_written_has_the_k_flag_alone() -> None:
    assert ENCAPSULATIONS["gretap"].emit(OverlayFields(vnid(100))) == GRETAP_KEY


@pytest.mark.parametrize("fields", [{"protocol": 1 << 16}, {"key": 1 << 32}, {"checksum": 1 << 16}, {"sequence": -1}])
def test_value_that_does_not_fit_is_refused(fields: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        GreHeader(**{"protocol": 0, **fields})
