"""Findings about the form of packets name the two ends of each, though these do not split flows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from both_ways import batch_of
from strategies import Captured

from dovetool.analysis.findings import MOST_TEXTS
from dovetool.analysis.validation import Validation
from dovetool.audit.form_audit import FormAudit
from dovetool.belonging.finding import Kind
from dovetool.verdict.verdict import Frame
from dovetool.wire.addresses import address_text
from dovetool.wire.overlay import SELECTORS

INNER = b"\x02\0\0\0\0\x0b" + b"\x02\0\0\0\0\x0a" + b"\x12\x34" + bytes(46)
VXLAN = b"\x08\0\0\0" + b"\0\x13\x89\0" + INNER
UDP = b"\xc0\x01\x12\xb5" + (8 + len(VXLAN)).to_bytes(2, "big") + b"\0\0" + VXLAN
MACS = b"\x02\0\0\0\1\x02" + b"\x02\0\0\0\1\x01"


def ipv4(src: bytes, dst: bytes) -> bytes:
    """A packet with TTL 1 and a wrong header checksum."""
    header = b"\x45\0" + (20 + len(UDP)).to_bytes(2, "big") + b"\0\0\x40\0\x01\x11\xab\xcd"
    return MACS + b"\x08\x00" + header + src + dst + UDP


def ipv6(src: bytes, dst: bytes) -> bytes:
    """A packet with hop limit 1."""
    return MACS + b"\x86\xdd" + b"\x60\0\0\0" + len(UDP).to_bytes(2, "big") + b"\x11\x01" + src + dst + UDP


def ends(count: int, length: int) -> Iterator[tuple[bytes, bytes]]:
    for number in range(count):
        yield (bytes([10, *bytes(length - 2), number]), bytes([10, *bytes(length - 3), 1, number]))


def found(frames: list[bytes]) -> Validation:
    """In two batches, each frame in both."""
    validation = Validation(FormAudit(0x88B5, SELECTORS))
    batch = batch_of([Captured(Frame(octets, len(octets)), number) for number, octets in enumerate(frames)])
    for part in range(2):
        validation.feed(replace(batch, first_number=1 + part * len(frames)))
    return validation


def test_each_two_ends_are_named_with_their_frames() -> None:
    pairs = [*ends(20, 4), *ends(20, 16)]
    frames = [(ipv4 if len(pair[0]) == 4 else ipv6)(*pair) for pair in pairs]
    low = [entry for entry in found(frames).report.found() if entry.finding.kind is Kind.LOW_TTL]
    assert {(entry.text.partition(" from ")[2], tuple(entry.numbers)) for entry in low} == {
        (f"{address_text(src)} to {address_text(dst)}", (number, number + len(pairs)))
        for number, (src, dst) in enumerate(pairs, 1)
    }
    wrong = [entry for entry in found(frames).report.found() if entry.finding.kind is Kind.BAD_CHECKSUM]
    assert len(wrong) == 20
    for entry in wrong:
        src, dst = pairs[entry.numbers[0] - 1]
        assert entry.text.startswith(f"outer IPv4 header checksum from {address_text(src)} to {address_text(dst)} is ")
        assert entry.example_number == entry.numbers[0]


def test_there_is_an_end_to_names() -> None:
    frames = [ipv4(*pair) for pair in ends(200, 4)]
    low = [entry for entry in found(frames).report.found() if entry.finding.kind is Kind.LOW_TTL]
    assert len(low) == MOST_TEXTS + 1
    assert sum(entry.count for entry in low) == 2 * len(frames)
    assert max(entry.count for entry in low) == 2 * (len(frames) - MOST_TEXTS)


@pytest.mark.parametrize("group", [bytes([239, 0, 0, 1]), bytes([0xFF, *bytes(15)])])
def test_a_low_ttl_to_a_group_is_meant_so(group: bytes) -> None:
    frame = ipv4(bytes(4), group) if len(group) == 4 else ipv6(bytes(16), group)
    assert not [entry for entry in found([frame]).report.found() if entry.finding.kind is Kind.LOW_TTL]
