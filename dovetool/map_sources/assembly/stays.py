"""Where a VM was, and when: from one snapshot, or from several, between whose times it moved."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, TypeVar

from dovetool.map_sources.assembly import clean
from dovetool.map_sources.assembly.guests import Guest
from dovetool.map_sources.assembly.owners import overlap, rank
from dovetool.map_sources.assembly.tep_facts import TepFacts, Teps
from dovetool.map_sources.assembly.told import Told
from dovetool.map_sources.statements import Origin, Place, VmStatement
from dovetool.vnid_map.texts import time_text

_Key = TypeVar("_Key")


class Spot(NamedTuple):
    """A place of a map to be: port and VLAN of a switch of a TEP.

    Attributes:
        port: empty where it is not known.
        vlan: as in `Place`.
    """

    tep: TepFacts
    switch: str
    port: str
    vlan: int | None


class Stay(NamedTuple):
    """A spot and its time, in ns since 1970; None: open."""

    spot: Spot
    from_ns: int | None
    until_ns: int | None
    guessed: str


class _Claim(NamedTuple):
    """A statement, at one of the places that it means."""

    said: VmStatement
    spot: Spot


class Snapshots:
    """Which hosts had their say at which time: of others, silence says nothing."""

    def __init__(self) -> None:
        self._hosts: dict[int, set[str]] = {}

    def hear(self, origin: Origin) -> None:
        """Note that a host said something."""
        if origin.taken_ns is not None:
            self._hosts.setdefault(origin.taken_ns, set()).add(origin.host)

    @property
    def moments(self) -> list[int]:
        """The times of snapshots, in their order."""
        return sorted(self._hosts)

    def knew(self, moment: int, hosts: set[str]) -> bool:
        """Say whether one of the hosts had its say at a time."""
        return not hosts.isdisjoint(self._hosts[moment])


def spot_of(place: Place, tep: TepFacts) -> Spot:
    """The place that a statement means, at one of its TEPs."""
    return Spot(tep, clean.place_name(place.switch), clean.place_name(place.port), place.vlan)


def stays_of(guest: Guest, saids: Sequence[VmStatement], teps: Teps, snapshots: Snapshots, told: Told) -> list[Stay]:
    """Where a VM, or one of its network cards, was, and when; none: no place of it can be in the map."""
    claims = [claim for said in saids for claim in _claims(said, teps)]
    if len(claims) > 1:
        claims = _complete(claims)
    moments_told = snapshots.moments
    if len(claims) == 1 and len(moments_told) < 2:
        (said, spot) = claims[0]
        return [Stay(spot, said.from_ns, said.until_ns, said.guessed)]
    if not moments_told:
        winners = _winners(guest, claims, told)
        return [stay for spot in winners for stay in _stays(spot, winners, [None], [set(winners)])]
    hosts = {claim.said.origin.host for claim in claims if claim.said.is_local} or {
        claim.said.origin.host for claim in claims
    }
    moments: list[int] = []
    spots: list[set[Spot]] = []
    won: dict[Spot, list[VmStatement]] = {}
    for moment in moments_told:
        at_once = [claim for claim in claims if claim.said.origin.taken_ns in {moment, None}]
        if any(claim.said.origin.taken_ns == moment for claim in at_once) or snapshots.knew(moment, hosts):
            winners = _winners(guest, at_once, told)
            moments.append(moment)
            spots.append(set(winners))
            for spot, saying in winners.items():
                won.setdefault(spot, []).extend(saying)
    _note_changes(guest, moments, spots, won, told)
    return [stay for spot in won for stay in _stays(spot, won, moments, spots)]


def _claims(said: VmStatement, teps: Teps) -> list[_Claim]:
    """The places that a statement means: several, where TEPs share the address that it names."""
    meant = [tep for tep in teps.at(said.place.tep, said.origin) if tep.ips]
    if len(meant) > 1:
        said = said._replace(elsewhere=True)
    return [_Claim(said, spot_of(said.place, tep)) for tep in meant]


def _complete(claims: list[_Claim]) -> list[_Claim]:
    """Give each place what another statement about the VM knows of it: its port, its switch, its VLAN."""
    known = list(dict.fromkeys(claim.spot for claim in claims if claim.spot.port))
    return [claim._replace(spot=_completed(claim.spot, known)) for claim in claims]


def _completed(spot: Spot, known: list[Spot]) -> Spot:
    better = {other for other in known if _is_more(other, spot)}
    return better.pop() if len(better) == 1 else spot


def _is_more(other: Spot, spot: Spot) -> bool:
    """Say whether a place is the same as another, and more of it is known."""
    return (
        other != spot
        and other.tep is spot.tep
        and spot.switch in {"", other.switch}
        and spot.port in {"", other.port}
        and (spot.vlan is None or spot.vlan == other.vlan)
    )


def _winners(guest: Guest, claims: list[_Claim], told: Told) -> dict[Spot, list[VmStatement]]:
    """The places of one snapshot that hold, each with who says so."""
    if not claims:
        return {}
    best = max(rank(claim.said) for claim in claims)
    chosen = [claim for claim in claims if rank(claim.said) == best]
    chosen += [claim for claim in claims if not any(overlap(claim.said, each.said) for each in chosen)]
    winners: dict[Spot, list[VmStatement]] = {}
    for claim in chosen:
        winners.setdefault(claim.spot, []).append(claim.said)
    first, *others = winners.items()
    for spot, saids in others:
        if _contradict(first[1][0], saids[0]):
            what = f"VM {guest.name} is {where(first[0])} and {where(spot)}"
            told.contradict(what, first[1][0].origin, saids[0].origin)
            told.draft.note(("vms", guest.name), "contradiction: several places at once are told")
    return winners


def _contradict(one: VmStatement, other: VmStatement) -> bool:
    """Say whether a VM cannot be at both places."""
    if (one.elsewhere and other.elsewhere) or (one.shared and other.shared) or not overlap(one, other):
        return False
    return not all(said.from_ns is not None or said.until_ns is not None for said in (one, other))


def where(spot: Spot) -> str:
    """A place in words."""
    vlan = "" if spot.vlan is None else f" VLAN {spot.vlan}" if spot.vlan else " untagged"
    port = f" port {spot.port}{vlan}" if spot.port else ""
    return f"at TEP {spot.tep.name}{port}"


def _stays(
    spot: Spot,
    won: dict[Spot, list[VmStatement]],
    moments: Sequence[int | None],
    spots: Sequence[set[Spot]],
) -> Iterator[Stay]:
    """The times at one place: what the source says, else between the snapshots around those that have it there."""
    guessed = next((said.guessed for said in won[spot] if said.guessed), "")
    if any(not said.guessed for said in won[spot]):
        guessed = ""
    spans = {(said.from_ns, said.until_ns) for said in won[spot]}
    froms, untils = ({time for time in times if time is not None} for times in zip(*spans, strict=True))
    if len(froms) > 1 or len(untils) > 1:
        for from_ns, until_ns in sorted(spans, key=lambda span: (span[0] or 0, span[1] or 0)):
            if (from_ns, until_ns) != (None, None):
                yield Stay(spot, from_ns, until_ns, guessed)
        return
    before: int | None = None
    start: int | None = None
    is_there = False
    for moment, at_once in zip(moments, spots, strict=True):
        if spot in at_once and not is_there:
            start, is_there = before, True
        elif spot not in at_once and is_there:
            yield Stay(spot, next(iter(froms), start), next(iter(untils), moment), guessed)
            is_there = False
        before = moment
    if is_there:
        yield Stay(spot, next(iter(froms), start), next(iter(untils), None), guessed)


def joined(stays: Sequence[tuple[_Key, int | None, int | None]]) -> Sequence[tuple[_Key, int | None, int | None]]:
    """Times at places in their order; those at one place that overlap are one, and those without any time are none."""
    if len(stays) == 1 and None in stays[0][1:]:
        return stays
    done: list[tuple[_Key, int | None, int | None]] = []
    for key, from_ns, until_ns in sorted(stays, key=_order):
        if until_ns is not None and from_ns is not None and from_ns >= until_ns:
            continue
        for index, (other, start, end) in enumerate(done):
            if other == key and (end is None or from_ns is None or from_ns < end):
                ends = (end, until_ns)
                done[index] = key, start, None if None in ends else max(each for each in ends if each is not None)
                break
        else:
            done.append((key, from_ns, until_ns))
    return done


def _order(stay: tuple[_Key, int | None, int | None]) -> tuple[int, int]:
    _, from_ns, until_ns = stay
    return -1 if from_ns is None else from_ns, 1 << 100 if until_ns is None else until_ns


def _change(before: set[Spot], after: set[Spot]) -> str:
    """A word for what happened between two snapshots; empty: nothing, or a VM is at more or fewer places at once."""
    if before - after and after - before:
        return "moved"
    return "appeared" if after and not before else "vanished" if before and not after else ""


def _note_changes(
    guest: Guest,
    moments: Sequence[int],
    spots: Sequence[set[Spot]],
    won: dict[Spot, list[VmStatement]],
    told: Told,
) -> None:
    """Say between which snapshots a VM came, moved or went, where no source knows better."""
    for index in range(1, len(moments)):
        before, after = spots[index - 1], spots[index]
        gone, come = before - after, after - before
        timed = any(said.from_ns is not None for spot in come for said in won[spot]) or any(
            said.until_ns is not None for spot in gone for said in won[spot]
        )
        what = _change(before, after)
        if what and not timed:
            times = f"{time_text(moments[index - 1])} and {time_text(moments[index])}"
            told.draft.note(("vms", guest.name), f"{what} between {times}")
