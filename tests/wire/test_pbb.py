"""The I-TAG: each bit in its place, and the bits that must be 0 (IEEE 802.1Q-2018 clause 9.7)."""

from __future__ import annotations

import pytest
from captured_headers import PBB
from hypothesis import given
from hypothesis import strategies as st
from looked_at import read_octets
from scapy_reader import scapy_layer

from dovetool.errors import MalformedError
from dovetool.wire import OverlayHeader, PbbHeader, vnid

TAGS = st.builds(
    PbbHeader, st.integers(0, 0xFF_FFFF).map(vnid), st.integers(0, 7), dei=st.booleans(), uca=st.booleans()
)


def test_captured_tag_both_ways() -> None:
    assert PbbHeader.parse(PBB) == PbbHeader(vnid(2_014_000))
    assert PbbHeader(vnid(2_014_000)).emit() == PBB
    assert read_octets("pbb", PBB) == OverlayHeader("pbb", vnid(2_014_000), 4, 0x6558, 0, False)


@pytest.mark.parametrize(
    ("tag", "octets"),
    [
        (PbbHeader(vnid(0xFF_FFFF)), "00ffffff"),
        (PbbHeader(vnid(0), pcp=7), "e0000000"),
        (PbbHeader(vnid(0), dei=True), "10000000"),
        (PbbHeader(vnid(0), uca=True), "08000000"),
    ],
    ids=["I-SID", "I-PCP", "I-DEI", "UCA"],
)
def test_each_field_has_its_bits(tag: PbbHeader, octets: str) -> None:
    assert tag.emit().hex() == octets
    assert PbbHeader.parse(bytes.fromhex(octets)) == tag


@given(tag=TAGS)
def test_scapy_reads_the_tag(tag: PbbHeader) -> None:
    packet = scapy_layer("802.1ah", tag.emit())
    assert (packet.isid, packet.prio, packet.dei, packet.nca) == (tag.vnid, tag.pcp, tag.dei, tag.uca)
    assert (packet.res1, packet.res2) == (0, 0)
    assert PbbHeader.parse(tag.emit()) == tag


@pytest.mark.parametrize("res2", [1, 2, 3])
def test_frame_with_res2_is_refused(res2: int) -> None:
    with pytest.raises(MalformedError, match=f"Res2 is {res2}"):
        PbbHeader.parse(bytes((res2,)) + PBB[1:])


@pytest.mark.parametrize("first", [0x04, 0x08, 0x0C])
def test_res1_and_uca_change_nothing(first: int) -> None:
    octets = bytes((first,)) + PBB[1:]
    assert read_octets("pbb", octets) == read_octets("pbb", PBB)
    assert PbbHeader.parse(octets).emit()[0] == first & 0x08


@pytest.mark.parametrize("pcp", [-1, 8])
def test_priority_that_does_not_fit_is_refused(pcp: int) -> None:
    with pytest.raises(ValueError, match=str(pcp)):
        PbbHeader(vnid(1), pcp)
