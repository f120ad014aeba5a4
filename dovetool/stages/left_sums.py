"""Checksums that a host has left to its network card: what becomes of them when what they cover changes.

A change is added to what a checksum adds up to. One that was never filled in adds up to nothing: that of an IPv4 header
stays 0, and that of TCP or UDP stays the sum of its pseudo-header.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from dovetool.frame.ip_layer import IpLayer
from dovetool.frame.view import FrameView
from dovetool.verdict.check import Check, HeaderSumRight
from dovetool.verdict.verdict import Copies, Forward, Guard, Reject, combinations
from dovetool.wire.ipv4 import Ipv4Header

_MOST_HEADERS = 2
"""A card fills in those of the outermost headers, and every further question multiplies the verdicts."""

Asked = tuple[int, Check]
"""Where a checksum stands, and the question whether it is right."""
Answers = Mapping[int, int]
"""By the place of a checksum, the answer; none where it is right, or was not asked about."""


def headers_at_0(view: FrameView, headers: Iterable[IpLayer]) -> list[Asked]:
    """The questions about IPv4 headers, the outermost first, whose checksum is 0, be it left so or right."""
    first = [ip for ip in headers if ip.version == 4][:_MOST_HEADERS]
    places = ((ip.offset + Ipv4Header.CHECKSUM_AT, ip) for ip in first)
    return [
        (at, HeaderSumRight(ip.offset, ip.payload - ip.offset))
        for at, ip in places
        if view.one_of(at, (0,), layer="IPv4") is not None
    ]


def leaving_sums(asked: Sequence[Asked], made: Callable[[Answers], Forward]) -> Forward:
    """The verdict about a frame, with others for frames of its flow in which checksums are not right.

    Args:
        asked: what each frame is asked.
        made: makes the verdict by the answers.
    """
    verdict = made({})
    if not asked:
        return verdict
    checks, count = tuple(check for _, check in asked), len(asked)
    known: dict[tuple[int, ...], Forward] = {(0,) * count: verdict}

    def leaving(answers: tuple[int, ...]) -> Forward | Reject | Copies:
        own = answers[:count]
        if own not in known:
            known[own] = made({at: answer for (at, _), answer in zip(asked, own, strict=True) if answer})
        return _answered(known[own], answers[count:])

    others = () if verdict.guard is None else verdict.guard.checks
    return replace(verdict, guard=Guard.of((*checks, *others), leaving))


def _answered(verdict: Forward, answers: tuple[int, ...]) -> Forward | Reject | Copies:
    """What a verdict comes to by the answers to the questions of its own guard."""
    guard = verdict.guard
    if guard is None or not any(answers):
        return replace(verdict, guard=None)
    return guard.otherwise[combinations(guard.checks).index(answers) - 1]
