"""What all encapsulations promise: their own headers both ways, and a clear error for all that is none."""

from __future__ import annotations

from contextlib import suppress

import captured_headers as captured
import pytest
from hypothesis import given
from hypothesis import strategies as st
from looked_at import looked_at, read_octets

from dovetool.errors import FrameError, MalformedError
from dovetool.frame.view import FrameView
from dovetool.wire import (
    CODECS,
    ENCAPSULATIONS,
    SELECTORS,
    Carrier,
    GreHeader,
    OverlayFields,
    OverlayHeader,
    Vnid,
    vnid,
)

HEADERS = {
    "vxlan": [captured.VXLAN, captured.VXLAN_GBP],
    "vxlan-gpe": [captured.VXLAN_GPE],
    "geneve": [captured.GENEVE, captured.GENEVE_GOOGLE, captured.GENEVE_AMAZON, captured.GENEVE_IPV6],
    "nvgre": [captured.NVGRE, captured.NVGRE_OVS, captured.GRETAP_KEY, captured.GRETAP_PLAIN],
    "gretap": [captured.GRETAP_PLAIN, captured.GRETAP_KEY, GreHeader(0x6558, 7, checksum=1, sequence=2).emit()],
    "erspan": [captured.ERSPAN_II, captured.ERSPAN_III, bytes.fromhex("000088be")],
    "pbb": [captured.PBB],
    "stt": [captured.STT],
    "etherip": [bytes.fromhex("3000")],
}
ELSEWHERE = {"l2tpv3", "mpls", "nsh", "tzsp"}  # in test_bare_tunnels.py: they look at what follows, or may carry else
"""Good headers of each, from where its `read` begins."""

EACH = [pytest.param(name, octets, id=f"{name}-{octets.hex()[:16]}") for name in HEADERS for octets in HEADERS[name]]
BY_HEADER = pytest.mark.parametrize(("name", "octets"), EACH)
BY_NAME = pytest.mark.parametrize("name", HEADERS)
WRITTEN = [name for name, encapsulation in ENCAPSULATIONS.items() if encapsulation.is_written]
VNIDS = st.one_of(
    st.sampled_from([0, 1, 0xFF, 0x100, 0xFFF, 0x1000, 5001, 0xFF_FFFE, 0xFF_FFFF]), st.integers(0, 0xFF_FFFF)
).map(vnid)


def test_all_are_tested() -> None:
    assert ENCAPSULATIONS.keys() == HEADERS.keys() | ELSEWHERE
    assert all(ENCAPSULATIONS[name].name == name for name in ENCAPSULATIONS)
    assert ENCAPSULATIONS.keys() - set(WRITTEN) == {"erspan", "stt", "etherip"} | ELSEWHERE


def test_selectors() -> None:
    """The ports of IANA and of old Linux, the GRE protocol types, the EtherType; NVGRE goes before gretap."""
    assert SELECTORS == {
        (Carrier.UDP, 4789): "vxlan",
        (Carrier.UDP, 8472): "vxlan",
        (Carrier.UDP, 4790): "vxlan-gpe",
        (Carrier.UDP, 6081): "geneve",
        (Carrier.GRE, 0x6558): "nvgre",
        (Carrier.GRE, 0x88BE): "erspan",
        (Carrier.GRE, 0x22EB): "erspan",
        (Carrier.LINK, 0x88E7): "pbb",
        (Carrier.TCP, 7471): "stt",
        (Carrier.IP, 97): "etherip",
        (Carrier.IP, 115): "l2tpv3",
        (Carrier.UDP, 1701): "l2tpv3",
        (Carrier.UDP, 6635): "mpls",
        (Carrier.GRE, 0x8847): "mpls",
        (Carrier.GRE, 0x8848): "mpls",
        (Carrier.LINK, 0x894F): "nsh",
        (Carrier.UDP, 37008): "tzsp",
    }
    for (carrier, number), name in SELECTORS.items():
        assert number in CODECS[name, carrier].numbers


@pytest.mark.parametrize("name", WRITTEN)
@given(
    identifier=VNIDS,
    pcp=st.integers(0, 7),
    dei=st.booleans(),
    with_priority=st.booleans(),
    behind=st.binary(max_size=8),
)
def test_reads_what_it_emits(
    name: str, identifier: Vnid, pcp: int, dei: bool, with_priority: bool, behind: bytes
) -> None:
    """An I-TAG always has a place for the priority, Geneve on request, and the others never."""
    fields = OverlayFields(identifier, pcp, dei, with_priority=with_priority)
    if not ENCAPSULATIONS[name].allows(identifier):
        with pytest.raises(ValueError, match=str(identifier)):
            ENCAPSULATIONS[name].emit(fields)
        return
    octets = ENCAPSULATIONS[name].emit(fields)
    carries = name == "pbb" or (name == "geneve" and with_priority)
    priority = (pcp, dei) if carries else (None, False)
    assert read_octets(name, octets, behind) == OverlayHeader(name, identifier, len(octets), 0x6558, *priority)


EDGES = [0, 1, 0xFF, 0x100, 0x3FF, 0x400, 0xFFF, 0x1000, 5001, 0xFF_FFFE, 0xFF_FFFF]


@pytest.mark.parametrize(
    ("name", "allowed"),
    [
        ("vxlan", EDGES),
        ("vxlan-gpe", EDGES),
        ("geneve", EDGES),
        ("nvgre", [0x1000, 5001, 0xFF_FFFE]),
        ("gretap", EDGES),
        ("erspan", [0, 1, 0xFF, 0x100, 0x3FF]),
        ("pbb", [0x100, 0x3FF, 0x400, 0xFFF, 0x1000, 5001, 0xFF_FFFE]),
        ("stt", EDGES),
    ],
)
def test_identifiers_that_are_allowed(name: str, allowed: list[int]) -> None:
    """RFC 7637 section 3.2 and IEEE 802.1Q reserve some; a session of ERSPAN has 10 bits."""
    assert [identifier for identifier in EDGES if ENCAPSULATIONS[name].allows(vnid(identifier))] == allowed


@pytest.mark.parametrize("name", ["vxlan", "nvgre", "gretap", "pbb"])
def test_other_payload_than_ethernet_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} .*0x0800"):
        ENCAPSULATIONS[name].emit(OverlayFields(vnid(5001), payload=0x0800))


@pytest.mark.parametrize("name", ["erspan", "stt"])
def test_what_is_only_read_is_not_written(name: str) -> None:
    with pytest.raises(ValueError, match="only read"):
        ENCAPSULATIONS[name].emit(OverlayFields(vnid(1)))


@BY_HEADER
def test_good_header_lies_within_its_octets(name: str, octets: bytes) -> None:
    assert read_octets(name, octets).length == len(octets)


@BY_HEADER
def test_every_shorter_length_is_a_frame_error(name: str, octets: bytes) -> None:
    """`truncated` where capturing cut the frame, `malformed` where the frame was that short."""
    for length in range(len(octets)):
        for orig_len, reason in ((len(octets) + 60, "truncated"), (length, "malformed")):
            with pytest.raises(FrameError) as caught:
                ENCAPSULATIONS[name].read(FrameView(octets[:length], orig_len), 0)
            assert caught.value.reason == reason
            assert caught.value.offset <= length


@BY_HEADER
def test_each_octet_may_lie(name: str, octets: bytes) -> None:
    """Versions, flags, lengths: each octet with each value gives a header within the frame, or a FrameError."""
    for at in range(len(octets)):
        for value in range(256):
            spoiled = octets[:at] + bytes((value,)) + octets[at + 1 :]
            for behind in (b"", b"\x45" * 8):
                with suppress(FrameError):
                    read = read_octets(name, spoiled, behind)
                    assert 0 < read.length <= len(spoiled + behind)
                    assert read.vnid is None or 0 <= read.vnid <= 0xFF_FFFF


@BY_NAME
@given(octets=st.binary(max_size=96), offset=st.integers(0, 100), cut=st.integers(0, 8))
def test_junk_is_a_header_within_the_frame_or_a_frame_error(name: str, octets: bytes, offset: int, cut: int) -> None:
    with suppress(FrameError):
        read = ENCAPSULATIONS[name].read(FrameView(octets, len(octets) + cut), offset)
        if read is None:
            return
        assert 0 < read.length <= len(octets) - offset
        assert read.vnid is None or 0 <= read.vnid <= 0xFF_FFFF
        assert read.encap in {name, "gretap"} if name == "nvgre" else read.encap == name
        assert 0 <= read.payload <= 0xFFFF
        assert read.pcp is None or 0 <= read.pcp <= 7


@BY_NAME
@given(data=st.data())
def test_options_and_flags_at_random(name: str, data: st.DataObject) -> None:
    """Good headers with some octets overwritten get further into a codec than junk does."""
    spoiled = bytearray(data.draw(st.sampled_from(HEADERS[name])) + data.draw(st.binary(max_size=24)))
    for at, value in data.draw(st.lists(st.tuples(st.integers(0, len(spoiled) - 1), st.integers(0, 255)), max_size=4)):
        spoiled[at] = value
    with suppress(FrameError):
        assert 0 < read_octets(name, bytes(spoiled)).length <= len(spoiled)


@pytest.mark.parametrize(
    ("name", "octets", "mask"),
    [
        ("vxlan", captured.VXLAN_GBP, "88000000 ffffff00"),
        ("vxlan-gpe", captured.VXLAN_GPE, "3d0000ff ffffff00"),
        (
            "geneve",
            captured.GENEVE_AMAZON,
            "ff80ffff ffffff00 ffffff1f 00000000 00000000ffffff1f 00000000 00000000 ffffff1f 00000000",
        ),
        ("geneve", bytes.fromhex("02006558 00138900 fff00101 a0000000"), "ff80ffff ffffff00 ffffff1f f0000000"),
        ("nvgre", captured.NVGRE, "ffffffff ffffff00"),
        ("nvgre", captured.GRETAP_KEY, "ffffffff ffffffff"),
        ("gretap", GreHeader(0x6558, 7, checksum=1, sequence=2).emit(), "fc07ffff 00000000 ffffffff 00000000"),
        ("erspan", captured.ERSPAN_II, "fc07ffff 00000000 f00003ff 00000000"),
        ("erspan", captured.ERSPAN_III, "fc07ffff 00000000 f00003ff 00000000 00007c01"),
        ("pbb", captured.PBB, "f3ffffff"),
        ("stt", captured.STT, "00000000 0000ffff 00000000 f0000000 00000000 ff000000 0000f000 ffffffff ffffffff 0000"),
    ],
    ids=[
        "vxlan",
        "vxlan-gpe",
        "geneve",
        "geneve-priority",
        "nvgre",
        "nvgre-gretap",
        "gretap",
        "erspan-2",
        "erspan-3",
        "pbb",
        "stt",
    ],
)
def test_only_bits_that_decide_are_looked_at(name: str, octets: bytes, mask: str) -> None:
    """Frames that differ in any other bit are one flow, such as by their number, time or checksum."""
    assert looked_at(name, octets) == mask.replace(" ", "")


@pytest.mark.parametrize(
    ("name", "octets"),
    [
        ("vxlan", "00000000 00006400"),
        ("vxlan-gpe", "1c000003 00006400"),
        ("geneve", "40006558 00006400"),
        ("nvgre", "20016558 00138900"),
        ("gretap", "20000800 00001389"),
        ("erspan", "000088bf"),
        ("pbb", "011ebb30"),
        ("stt", "00000000 00840000 00000000 60000000" + "00" * 26),
    ],
)
def test_error_says_where_the_header_stands(name: str, octets: str) -> None:
    with pytest.raises(MalformedError, match="octet 3: ") as caught:
        read_octets(name, bytes.fromhex(octets))
    assert caught.value.offset == 3
