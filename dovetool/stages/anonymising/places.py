"""What of a frame has to change for nobody to be known by it: addresses on all its levels, and checksums over them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from typing import Protocol

from dovetool.frame.ip_layer import IpLayer
from dovetool.stages.left_sums import Answers, Asked
from dovetool.values import dataclass
from dovetool.verdict.check import OFFLOADED, RIGHT, ChecksumRight
from dovetool.verdict.patch import Patch, add_to_sum
from dovetool.verdict.verdict import Splice
from dovetool.wire.checksum import ones_sum

_MODULUS = 0xFFFF


class Others(Protocol):
    """Gives other addresses for those in frames."""

    def ip(self, address: bytes, /) -> bytes:
        """For an IP address."""

    def mac(self, mac: bytes, /) -> bytes:
        """For a MAC address."""

    def group_mac(self, mac: bytes, ip: bytes, /) -> bytes:
        """For the MAC address of a group with an IP address."""


@dataclass(frozen=True, slots=True)
class Sum:
    """A checksum.

    Attributes:
        at: where it stands.
        start: where begins what it covers.
        end: where that ends; None: at the end of the frame.
        beyond: the growth of what else it covers, a pseudo-header.
        is_udp: 0 stands for none, so that one that is 0 is written as 0xFFFF.
        check: the question whether it is right, or is left to a network card; None where it is not asked.
    """

    at: int
    start: int
    end: int | None = None
    beyond: int = 0
    is_udp: bool = False
    check: ChecksumRight | None = None


@dataclass(slots=True)
class Places:
    """What is to change in a frame.

    Attributes:
        keep: octets that may stay of it, as what is behind was not understood or not wanted; None: all.
        headers: its IP headers, the outermost first.
    """

    keep: int | None = None
    headers: list[IpLayer] = field(default_factory=list)
    _changes: dict[int, tuple[bytes, bytes]] = field(default_factory=dict)
    _sums: list[Sum] = field(default_factory=list)

    def change(self, at: int, old: bytes, new: bytes) -> int:
        """Octets become others; returns the growth of their sum."""
        if old != new:
            self._changes[at] = old, new
        return (ones_sum(new) - ones_sum(old)) % _MODULUS

    def has(self, found: Sum) -> None:
        """There is a checksum."""
        self._sums.append(found)

    def cut_at(self, at: int) -> None:
        """What stands there and behind does not stay."""
        self.keep = at if self.keep is None else min(self.keep, at)

    def splices(self) -> tuple[Splice, ...]:
        """The octets that change."""
        return tuple(Splice(at, len(new), new) for at, (_, new) in sorted(self._changes.items()))

    def left_perhaps(self) -> list[Asked]:
        """The questions about the outermost and the innermost checksum that a host may have left to its card."""
        asked = [(each.at, each.check) for each in sorted(self._sums, key=_start) if each.check is not None]
        return [*asked[:1], *asked[1:][-1:]]

    def patches(self, answers: Answers) -> tuple[Patch, ...]:
        """The checksums that change, by what they were found to be: the innermost first, as others cover these."""
        growth = {at: (ones_sum(new) - ones_sum(old)) % _MODULUS for at, (old, new) in self._changes.items()}
        to_be: dict[int, int] = {}  # growth of what a card puts in the place of what is there
        made: list[Patch] = []
        for each in sorted(self._sums, key=_start, reverse=True):
            answer = answers.get(each.at, RIGHT)
            if answer == OFFLOADED:
                if each.check is None:
                    continue
                delta, growth[each.at], to_be[each.at] = -each.beyond, each.beyond, -each.beyond
            else:
                covered = growth if answer == RIGHT else {**growth, **to_be}
                delta = each.beyond + sum(_within(each, at, grown) for at, grown in covered.items())
                growth[each.at] = growth.get(each.at, 0) - delta % _MODULUS
            if delta % _MODULUS:
                made.append(add_to_sum(each.at, delta % _MODULUS, is_udp=each.is_udp and answer != OFFLOADED))
        return tuple(made)


def _start(found: Sum) -> tuple[int, bool]:
    return found.start, found.end is None


def _within(found: Sum, at: int, grown: int) -> int:
    """How much a checksum's part grows by a change of octets."""
    if at == found.at or at < found.start or (found.end is not None and at >= found.end):
        return 0
    return grown << 8 if (at - found.start) % 2 else grown


def ip_changes(places: Places, ip: IpLayer, take: Callable[[int, int], bytes], other: Callable[[bytes], bytes]) -> int:
    """The addresses of an IP header change, and its checksum; returns how much they grow in a pseudo-header."""
    grown = 0
    for at in (ip.src_at, ip.dst_at):
        old = take(at, ip.address_len)
        grown += places.change(at, old, other(old))
    places.headers.append(ip)
    if ip.version == 4:
        places.has(Sum(ip.offset + 10, ip.offset, ip.payload))
    return grown % _MODULUS
