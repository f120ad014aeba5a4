"""Who has an IP address that several VMs of one network are said to have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, groupby
from typing import NamedTuple

from dovetool.map_sources.assembly.guests import Guest, addresses_of
from dovetool.map_sources.assembly.told import Told
from dovetool.map_sources.statements import Prefix, VmStatement
from dovetool.vnid_map.texts import ip_or_prefix_text

_Address = bytes | Prefix
_EVER = 1 << 100


class _Claim(NamedTuple):
    """A VM is said to have an address."""

    guest: Guest
    said: VmStatement


def settle_owners(guests: Sequence[Guest], told: Told) -> None:
    """Decide who has each address; those of one network stand together.

    What a host says itself beats what others have heard, later moves beat earlier ones.
    In one snapshot an address has one owner, or all say that they share it; all else is a contradiction. Over several
    snapshots it may go from one to another: then both have it, as the map does not know since when.
    """
    for (_, address), claims in _disputed(guests).items():
        owners: dict[Guest, list[VmStatement]] = {}
        for moment in dict.fromkeys(claim.said.origin.taken_ns for claim in claims):
            at_once = [claim for claim in claims if claim.said.origin.taken_ns == moment]
            for claim in _owners(address, at_once, told):
                owners.setdefault(claim.guest, []).append(claim.said)
        for claim in claims:
            if claim.guest not in owners:
                claim.guest.not_its = (claim.guest.not_its or set()) | {address}
        _share(address, owners, told)


def _disputed(guests: Sequence[Guest]) -> dict[tuple[int, _Address], list[_Claim]]:
    """The addresses that several VMs of a network are said to have."""
    claims: dict[tuple[int, _Address], list[_Claim]] = {}
    for vnid, members in groupby(guests, key=lambda guest: guest.vnid):
        first: dict[_Address, Guest] = {}
        for guest, _, address in _said(members):
            if first.setdefault(address, guest) is not guest:
                claims[vnid, address] = []
    if claims:
        for guest, said, address in _said(guests):
            if (guest.vnid, address) in claims:
                claims[guest.vnid, address].append(_Claim(guest, said))
    return claims


def _said(guests: Iterable[Guest]) -> Iterator[tuple[Guest, VmStatement, _Address]]:
    for guest in guests:
        for said in guest.claims:
            for address in addresses_of(said):
                yield guest, said, address


def _owners(address: _Address, claims: list[_Claim], told: Told) -> list[_Claim]:
    """Those who have an address at one time."""
    if all(claim.guest.shared for claim in claims):
        return claims
    best = max(map(rank, (claim.said for claim in claims)))
    winner = next(claim for claim in claims if rank(claim.said) == best)
    together: list[_Claim] = []
    others: dict[Guest, VmStatement] = {}
    for claim in claims:
        if claim.guest is winner.guest or not overlap(claim.said, winner.said):
            together.append(claim)
        else:
            others.setdefault(claim.guest, claim.said)
    for guest, said in others.items():
        what = f"{ip_or_prefix_text(address)} is that of VM {winner.guest.name}, and of VM {guest.name}"
        told.contradict(what, winner.said.origin, said.origin)
    return together


def rank(said: VmStatement) -> tuple[bool, int, bool]:
    """How much a statement counts against others: who says it, how often the VM had moved, how sure it is."""
    return said.is_local, said.sequence, not said.guessed


def overlap(one: VmStatement, other: VmStatement) -> bool:
    """Say whether two statements are about the same time, as far as their sources know it."""
    return _from(one) < _until(other) and _from(other) < _until(one)


def _from(said: VmStatement) -> int:
    return -_EVER if said.from_ns is None else said.from_ns


def _until(said: VmStatement) -> int:
    return _EVER if said.until_ns is None else said.until_ns


def _share(address: _Address, owners: dict[Guest, list[VmStatement]], told: Told) -> None:
    """Let several have an address, one after the other."""
    if all(guest.shared for guest in owners):
        return
    pairs = combinations(owners.values(), 2)
    if not any(overlap(one, other) for ours, theirs in pairs for one in ours for other in theirs):
        return
    for guest in owners:
        guest.shared = True
        others = ", ".join(other.name for other in owners if other is not guest)
        told.guess(("vms", guest.name), f"{ip_or_prefix_text(address)} is also that of {others} at another time")
