"""The tag: its example, each bit in its place, and no value that does not fit."""

from __future__ import annotations

import pytest
from captured_headers import TAG
from hypothesis import given
from hypothesis import strategies as st

from dovetool.errors import MalformedError
from dovetool.wire import DoveTag, vnid

TAGS = st.builds(DoveTag, st.integers(0, 0xFF_FFFF).map(vnid), st.integers(0, 7), st.booleans(), st.integers(0, 0xFFFF))


def test_example_of_the_specification_both_ways() -> None:
    tag = DoveTag(vnid(5001), pcp=5)
    assert tag.emit() == TAG
    assert DoveTag.parse(TAG, 0) == tag


@pytest.mark.parametrize(
    ("tag", "octets"),
    [
        (DoveTag(vnid(0)), "88b5 0000 0000"),
        (DoveTag(vnid(0xFF_FFFF)), "88b5 0fff fff0"),
        (DoveTag(vnid(0), pcp=7), "88b5 e000 0000"),
        (DoveTag(vnid(0), dei=True), "88b5 1000 0000"),
        (DoveTag(vnid(1), tpid=0x9999), "9999 0000 0010"),
    ],
    ids=["nothing", "VNID", "PCP", "DEI", "TPID"],
)
def test_each_field_has_its_bits(tag: DoveTag, octets: str) -> None:
    """FIG. 9: TPID 16, PCP 3, DEI 1, VNID 24, pad 4."""
    assert tag.emit() == bytes.fromhex(octets)
    assert DoveTag.parse(bytes.fromhex(octets), 0, tpid=tag.tpid) == tag


@given(tag=TAGS)
def test_parse_undoes_emit(tag: DoveTag) -> None:
    assert DoveTag.parse(bytes(12) + tag.emit(), tpid=tag.tpid) == tag
    assert len(tag.emit()) == DoveTag.LEN == 6


@pytest.mark.parametrize("pad", range(16))
def test_pad_bits_are_seen_and_never_sent(pad: int) -> None:
    tag = DoveTag.parse(TAG[:5] + bytes((TAG[5] | pad,)), 0)
    assert tag.pad == pad
    assert tag.vnid == 5001
    assert tag.emit() == TAG


def test_other_ethertype_is_no_tag() -> None:
    with pytest.raises(MalformedError, match=r"TPID is 0x8100, not 0x88b5"):
        DoveTag.parse(bytes.fromhex("8100 a001 3890"), 0)


@pytest.mark.parametrize(
    "fields",
    [{"vnid": 1 << 24}, {"vnid": -1}, {"pcp": 8}, {"pcp": -1}, {"tpid": 0x1_0000}, {"tpid": -1}],
    ids=str,
)
def test_value_that_does_not_fit_is_refused(fields: dict[str, int]) -> None:
    """Never cut to fit."""
    with pytest.raises(ValueError, match=str(next(iter(fields.values()))) if "tpid" not in fields else "TPID"):
        DoveTag(**{"vnid": 1, **fields})  # type: ignore[arg-type]
