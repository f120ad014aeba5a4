"""Geneve: options and what their lengths may say, critical ones, and our own for the priority (RFC 8926)."""

from __future__ import annotations

import pytest
from captured_headers import GENEVE, GENEVE_AMAZON, GENEVE_CRITICAL, GENEVE_GOOGLE, GENEVE_IPV6
from hypothesis import given
from hypothesis import strategies as st
from looked_at import read_octets
from scapy_reader import scapy_layer

from dovetool.errors import MalformedError, TruncatedError
from dovetool.wire import ENCAPSULATIONS, GeneveHeader, GeneveOption, OverlayFields, OverlayHeader, vnid

DATA = st.integers(0, 31).flatmap(lambda words: st.binary(min_size=words * 4, max_size=words * 4))
OPTIONS = st.builds(GeneveOption, st.integers(0, 0xFFFF), st.integers(0, 0xFF), DATA)
HEADERS = st.builds(
    GeneveHeader,
    st.integers(0, 0xFF_FFFF).map(vnid),
    st.integers(0, 0xFFFF),
    st.lists(OPTIONS, max_size=6).map(tuple).filter(lambda options: sum(option.length for option in options) <= 252),
    st.booleans(),
)
OVN = GeneveOption(0x0102, 0x80, bytes.fromhex("00010002"))


def header_with(*options: GeneveOption) -> bytes:
    return GeneveHeader(vnid(5001), options=options).emit()


@pytest.mark.parametrize(
    ("octets", "header"),
    [
        (GENEVE, GeneveHeader(vnid(100))),
        (GENEVE_IPV6, GeneveHeader(vnid(0x123456), 0x86DD)),
        (
            GENEVE_GOOGLE,
            GeneveHeader(
                vnid(0),
                0x0800,
                (
                    GeneveOption(0x0132, 1, bytes.fromhex("800000d1")),
                    GeneveOption(0x0132, 2, bytes.fromhex("0800000d c0a86402 00000000 00000000")),
                    GeneveOption(0x0132, 3, bytes.fromhex("00000000 00001234")),
                ),
            ),
        ),
        (
            GENEVE_AMAZON,
            GeneveHeader(
                vnid(0),
                0x0800,
                (
                    GeneveOption(0x0108, 1, bytes.fromhex("31e129cd c0cd8633")),
                    GeneveOption(0x0108, 2, bytes(8)),
                    GeneveOption(0x0108, 3, bytes.fromhex("3dc956ac")),
                ),
            ),
        ),
        (GENEVE_CRITICAL, GeneveHeader(vnid(10), options=(GeneveOption(0, 0x80, bytes.fromhex("0000000c")),))),
    ],
    ids=["Open vSwitch", "IPv6", "Google", "Amazon", "critical"],
)
def test_captured_header_both_ways(octets: bytes, header: GeneveHeader) -> None:
    assert GeneveHeader.parse(octets) == header
    assert header.emit() == octets
    assert header.length == len(octets)


@given(header=HEADERS)
def test_scapy_reads_the_header(header: GeneveHeader) -> None:
    packet = scapy_layer("GENEVE", header.emit())
    assert (packet.version, packet.vni, packet.proto, packet.oam) == (0, header.vnid, header.payload, header.oam)
    assert packet.critical == any(option.number >= 0x80 for option in header.options)
    assert (packet.reserved, packet.reserved2) == (0, 0)
    read = [(option.classid, option.type, option.reserved, option.data) for option in packet.options]
    assert read == [(option.option_class, option.number, 0, option.data) for option in header.options]
    assert GeneveHeader.parse(header.emit()) == header


@pytest.mark.parametrize(
    ("octets", "expected"),
    [
        (GENEVE, OverlayHeader("geneve", vnid(100), 8)),
        (GENEVE_IPV6, OverlayHeader("geneve", vnid(0x123456), 8, 0x86DD)),
        (GENEVE_GOOGLE, OverlayHeader("geneve", vnid(0), 48, 0x0800, extras=("geneve-options",))),
        (GENEVE_AMAZON, OverlayHeader("geneve", vnid(0), 40, 0x0800, extras=("geneve-options",))),
        (header_with(OVN), OverlayHeader("geneve", vnid(5001), 16, extras=("geneve-options",))),
        (bytes((0, 0x80)) + GENEVE[2:], OverlayHeader("geneve", vnid(100), 8, extras=("oam",))),
        (bytes((0, 0x7F)) + GENEVE[2:7] + b"\xff", OverlayHeader("geneve", vnid(100), 8)),
    ],
    ids=["Open vSwitch", "IPv6", "Google", "Amazon", "OVN", "control", "C flag, reserved bits"],
)
def test_encapsulation(octets: bytes, expected: OverlayHeader) -> None:
    """A C flag without a critical option is ignored: the options decide."""
    assert read_octets("geneve", octets, bytes(4)) == expected


@pytest.mark.parametrize(
    "option",
    [
        GeneveOption(0x0000, 0x80, bytes(4)),
        GeneveOption(0x0102, 0x81, bytes(4)),
        GeneveOption(0x0102, 0x80, bytes(8)),
        GeneveOption(0x0102, 0x80),
        GeneveOption(0x0108, 0x81, bytes(8)),
        GeneveOption(0xFFF0, 0x81, bytes(4)),
    ],
    ids=str,
)
@pytest.mark.parametrize("flags", [0x00, 0x40])
def test_unknown_critical_option_is_told(option: GeneveOption, flags: int) -> None:
    """Whatever the C flag says, and wherever the option stands."""
    for octets in (header_with(option), header_with(OVN, option), header_with(option, OVN)):
        spoiled = octets[:1] + bytes((flags,)) + octets[2:]
        assert read_octets("geneve", spoiled).critical == ((option.option_class, option.number),)
        assert option in GeneveHeader.parse(spoiled).options


def test_captured_critical_option_of_nobody_is_told() -> None:
    assert read_octets("geneve", GENEVE_CRITICAL).critical == ((0, 0x80),)


@pytest.mark.parametrize("option", [OVN, GeneveOption(0x014B, 0x81, bytes(8)), GeneveOption(0x014B, 0x81, bytes(20))])
def test_known_critical_options_need_nothing(option: GeneveOption) -> None:
    """Those of OVN, and of Cilium for IPv4 and IPv6."""
    assert read_octets("geneve", header_with(option)).critical == ()


@pytest.mark.parametrize("pcp", range(8))
@pytest.mark.parametrize("dei", [False, True])
def test_priority_has_its_bits(pcp: int, dei: bool) -> None:
    octets = ENCAPSULATIONS["geneve"].emit(OverlayFields(vnid(5001), pcp, dei, with_priority=True))
    assert octets.hex(" ", 4) == f"02006558 00138900 fff00101 {pcp << 5 | dei << 4:02x}000000"
    assert read_octets("geneve", octets) == OverlayHeader("geneve", vnid(5001), 16, 0x6558, pcp, dei)


@pytest.mark.parametrize(
    "option",
    [GeneveOption(0xFFF0, 1, bytes(8)), GeneveOption(0xFFF0, 1), GeneveOption(0xFFF0, 2, b"\xff" * 4)],
    ids=str,
)
def test_option_that_is_not_quite_ours(option: GeneveOption) -> None:
    read = read_octets("geneve", header_with(option))
    assert (read.pcp, read.dei, read.extras) == (None, False, ("geneve-options",))


def test_reserved_bits_of_the_priority_are_ignored() -> None:
    option = GeneveOption(0xFFF0, 1, b"\xcf\xff\xff\xff")
    assert (option.pcp, option.dei) == (6, False)
    assert read_octets("geneve", header_with(option)) == OverlayHeader("geneve", vnid(5001), 16, 0x6558, 6, False)


def test_priority_among_others() -> None:
    """The first of two counts; its reserved bits do not."""
    first = GeneveOption(0xFFF0, 1, b"\xbf\xff\xff\xff")
    octets = header_with(GeneveOption(0x0132, 1, bytes(4)), first, GeneveOption.priority(2, False))
    assert read_octets("geneve", octets) == OverlayHeader(
        "geneve", vnid(5001), 32, 0x6558, 5, True, ("geneve-options",)
    )


@pytest.mark.parametrize("payload", [0x0800, 0x86DD, 0x8847, 0, 0xFFFF])
def test_payload_is_written_as_it_is(payload: int) -> None:
    octets = ENCAPSULATIONS["geneve"].emit(OverlayFields(vnid(5001), payload=payload))
    assert read_octets("geneve", octets) == OverlayHeader("geneve", vnid(5001), 8, payload)


@pytest.mark.parametrize("version", [1, 2, 3])
def test_other_versions_are_refused(version: int) -> None:
    with pytest.raises(MalformedError, match=f"version is {version}, not 0"):
        GeneveHeader.parse(bytes((version << 6,)) + GENEVE[1:])


@pytest.mark.parametrize("words", range(64))
def test_opt_len_that_lies(words: int) -> None:
    """The true one is 8, of two options: too short cuts an option, too long asks for more octets than there are."""
    true = header_with(GeneveOption(0x0132, 1, bytes(12)), GeneveOption(0x0132, 2, bytes(12)))
    spoiled = bytes((words,)) + true[1:]
    if words in {0, 4, 8}:
        assert GeneveHeader.parse(spoiled).length == 8 + words * 4
    else:
        with pytest.raises(MalformedError if words < 8 else TruncatedError):
            GeneveHeader.parse(spoiled)


@pytest.mark.parametrize("words", range(32))
def test_option_length_that_lies(words: int) -> None:
    """The true one is 3, of a lone option; what is left over is read as options without data."""
    true = header_with(GeneveOption(0x0132, 1, bytes(12)))
    spoiled = true[:11] + bytes((0xE0 | words,)) + true[12:]
    if words <= 3:
        assert [option.length for option in GeneveHeader.parse(spoiled).options] == [4 + words * 4] + [4] * (3 - words)
    else:
        with pytest.raises(MalformedError, match=f"option of {words * 4} octets, and Opt Len leaves 12"):
            GeneveHeader.parse(spoiled + bytes(200))


def test_most_and_longest_options() -> None:
    """Opt Len has 6 bits and an option's length 5."""
    many = header_with(*[GeneveOption(0x0132, 1)] * 63)
    long = header_with(GeneveOption(0x0132, 1, bytes(124)), GeneveOption(0x0132, 1, bytes(120)))
    for octets in (many, long):
        assert len(octets) == 260
        assert read_octets("geneve", octets).length == 260
    with pytest.raises(ValueError, match="256 octets"):
        header_with(*[GeneveOption(0x0132, 1)] * 64)


@pytest.mark.parametrize("size", [1, 2, 3, 5, 125, 128])
def test_data_of_another_size_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match=f"{size} octets"):
        GeneveOption(0x0132, 1, bytes(size))


@pytest.mark.parametrize(("option_class", "number"), [(-1, 0), (0x1_0000, 0), (0, -1), (0, 0x100)])
def test_class_or_type_that_does_not_fit_is_refused(option_class: int, number: int) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        GeneveOption(option_class, number)


@pytest.mark.parametrize("pcp", [-1, 8])
def test_priority_that_does_not_fit_is_refused(pcp: int) -> None:
    with pytest.raises(ValueError, match=str(pcp)):
        GeneveOption.priority(pcp, False)
