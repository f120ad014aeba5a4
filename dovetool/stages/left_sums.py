"""Checksums of IPv4 headers that a host has left at 0 for its network card: they stay so when the header changes.

A change is added to what the checksum adds up to, and one that was never filled in adds up to nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from dovetool.frame.ip_layer import IpLayer
from dovetool.frame.view import FrameView
from dovetool.verdict.check import OFFLOADED, HeaderSumRight
from dovetool.verdict.verdict import Copies, Forward, Guard, Reject, combinations
from dovetool.wire.ipv4 import Ipv4Header

_MOST_HEADERS = 2
"""A card fills in those of the outermost headers, and every further question doubles the verdicts and more."""

Made = Callable[[frozenset[int]], Forward]
"""The verdict that leaves alone the checksums at some places."""


def leaving_sums(view: FrameView, headers: Iterable[IpLayer], made: Made) -> Forward:
    """The verdict about a frame, with others for frames of its flow in which such checksums were left.

    A right checksum can be 0, too; so each frame is asked whether it adds up, but only where 0 is what stands there.

    Args:
        view: the frame.
        headers: its IP headers that change, the outermost first.
        made: makes the verdict.
    """
    asked = [ip for ip in headers if ip.version == 4][:_MOST_HEADERS]
    asked = [ip for ip in asked if view.one_of(_sum_at(ip), (0,), layer="IPv4") is not None]
    verdict = made(frozenset())
    if not asked:
        return verdict
    checks = tuple(HeaderSumRight(ip.offset, ip.payload - ip.offset) for ip in asked)

    def leaving(answers: tuple[int, ...]) -> Forward | Reject | Copies:
        count = len(asked)  # the answers to other questions come behind
        left = frozenset(_sum_at(ip) for ip, answer in zip(asked, answers[:count], strict=True) if answer == OFFLOADED)
        return _answered(made(left), answers[count:])

    others = () if verdict.guard is None else verdict.guard.checks
    return replace(verdict, guard=Guard.of((*checks, *others), leaving))


def _sum_at(ip: IpLayer) -> int:
    return ip.offset + Ipv4Header.CHECKSUM_AT


def _answered(verdict: Forward, answers: tuple[int, ...]) -> Forward | Reject | Copies:
    """What a verdict comes to by the answers to the questions of its own guard."""
    guard = verdict.guard
    if guard is None or not any(answers):
        return replace(verdict, guard=None)
    return guard.otherwise[combinations(guard.checks).index(answers) - 1]
