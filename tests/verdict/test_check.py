"""What is told of a frame whose checksum is not right, by hand: the rest is held to batches in `test_any_verdict`."""

from __future__ import annotations

import pytest

from dovetool.verdict.check import ChecksumRight, HeaderSumRight, NotLonger
from dovetool.verdict.reasons import Reason
from dovetool.verdict.verdict import Forward, Frame, Guard, Reject, carry_out

OCTETS = bytes.fromhex("0001 0002 beef 0004 ff")
HEADER = bytes.fromhex("4500 001c 0007 4000 4011 beef 0a000001 0a000002")


@pytest.mark.parametrize(
    ("check", "expected"),
    [
        (ChecksumRight(4, 0, 1), 0xFFFF - 7),
        (ChecksumRight(4, 2, 1), 0xFFFF - 6),
        (ChecksumRight(4, 0, 0), 0xFFFF - 0xFF07),
        (ChecksumRight(4, 2, 1, (0, 4), 17), 0xFFFF - (6 + 3 + 17 + 6)),
        (ChecksumRight(4, 0, 1, (0, 2), 0xFFFF - 7 - 8 - 1), 0xFFFF),  # 0 would be none (RFC 768)
    ],
)
def test_what_was_found_and_what_was_expected(check: ChecksumRight, expected: int) -> None:
    """The last octet counts as the upper half of a word, where it is covered."""
    assert check.told(OCTETS, len(OCTETS)) == f"found 0xbeef, expected {expected:#06x}"


def test_a_checksum_without_pseudo_header_may_be_0() -> None:
    assert ChecksumRight(0, 0, 0).told(b"\x12\x34\xff\xff", 4) == "found 0x1234, expected 0x0000"


def test_of_an_ipv4_header() -> None:
    expected = 0xFFFF - (0x4500 + 0x1C + 7 + 0x4000 + 0x4011 + 2 * 0x0A00 + 3)
    assert HeaderSumRight(3, 20).told(b"abc" + HEADER + b"def", 26) == f"found 0xbeef, expected {expected:#06x}"


def test_a_rejection_tells_of_each_question_that_was_not_answered_well() -> None:
    checks = (ChecksumRight(4, 0, 1), NotLonger(3), ChecksumRight(6, 2, 1))
    guard = Guard.of(checks, lambda answers: Reject(Reason.BAD_CHECKSUM, "it is wrong"))
    made = carry_out(Forward(guard=guard), Frame(OCTETS, len(OCTETS)))
    assert isinstance(made, Reject)
    assert made.detail == "it is wrong, found 0xbeef, expected 0xfff8, found 0x0004, expected 0x410e"
