"""From the addresses that sent, or are sent to, to VMs and their places: moves, several places at once, what is behind.

One place after the other is a move, from the first frame that comes from there, or is sent there alone. Back and forth
means both at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dovetool.learning.facts import GuestFacts, Run, TargetFacts
from dovetool.learning.ledger import Guest, Ledger
from dovetool.learning.moving import MOST_OVERLAP_NS, have_moved, migration_of
from dovetool.learning.routes import Routing
from dovetool.map_sources.statements import Origin, Place, Prefix, VmStatement
from dovetool.vnid_map.texts import time_text

_MOST_IPS = 256
_BEYOND = {4: Prefix(bytes(4), 0), 16: Prefix(bytes(16), 0)}


def residents(ledger: Ledger, routed: Routing, origin: Origin) -> Iterator[VmStatement]:
    """The VMs of all networks."""
    claims = _claims_of_others(ledger)
    for guest, facts in sorted(ledger.guests.items()):
        if guest[0] and not routed.is_router(guest):
            told = claims.get((guest[0], guest[1]), ())
            yield from _sender(guest, facts, routed, told, ledger.targets.get(guest, TargetFacts()), origin)
    senders = {(vnid, ip) for (vnid, _, _), facts in ledger.guests.items() for ip in facts.ips}
    for guest, target in sorted(ledger.targets.items()):
        is_known = guest in ledger.guests or routed.is_router(guest)
        if guest[0] and not is_known and len(target.teps) == 1:
            (tep,) = target.teps
            ips = tuple(ip for ip, _ in target.ips.most_common(1)) if guest[1] else (guest[2],)
            yield VmStatement(
                origin,
                guest[0],
                Place(tep),
                mac=guest[1],
                ips=tuple(ip for ip in ips if (guest[0], ip) not in senders),
                guessed="it only received frames",
                note=_frames(sum(target.teps.values())),
            )


def _claims_of_others(ledger: Ledger) -> dict[tuple[int, bytes], set[bytes]]:
    """IP addresses that others say are at a MAC address, as DHCP servers do."""
    told: dict[tuple[int, bytes], set[bytes]] = {}
    for vnid, claim in ledger.claims:
        told.setdefault((vnid, claim.mac), set()).add(claim.ip)
    return told


def _sender(
    guest: Guest,
    facts: GuestFacts,
    routed: Routing,
    told: Sequence[bytes] | set[bytes],
    target: TargetFacts,
    origin: Origin,
) -> Iterator[VmStatement]:
    vnid, mac, ip = guest
    own = {each for each in facts.ips if routed.owners.is_own(guest, each)} | set(told) | ({ip} if ip else set())
    ips, prefixes, guessed = _within_bounds(sorted(own, key=lambda each: (len(each), each)), facts)
    times = f"{time_text(facts.sent.first_ns)} to {time_text(facts.sent.last_ns)}"
    said = VmStatement(
        origin,
        vnid,
        Place(next(iter(facts.places))),
        mac=mac,
        ips=ips,
        prefixes=prefixes,
        guessed=guessed,
        note=f"{_frames(facts.sent.frames)}, {times}",
    )
    yield from _placed(said, facts, target)


def _within_bounds(ips: list[bytes], facts: GuestFacts) -> tuple[tuple[bytes, ...], tuple[Prefix, ...], str]:
    """The addresses of a VM; a router has too many behind it to list, and keeps those that it claims."""
    if len(ips) <= _MOST_IPS:
        return tuple(ips), (), ""
    claimed = tuple(ip for ip in ips if ip in facts.ips and facts.ips[ip].claims)
    prefixes = tuple(_BEYOND[length] for length in sorted({len(ip) for ip in ips}))
    return claimed, prefixes, f"a router: it sends from {len(ips):,} IP addresses"


def _placed(said: VmStatement, facts: GuestFacts, target: TargetFacts) -> Iterator[VmStatement]:
    """The statement at each place, with its time where it moved."""
    if len(facts.places) == 1:
        yield said
        return
    runs = facts.runs()
    migration = migration_of(facts)
    if have_moved(runs):
        starts = [None, *(_begin(run, facts, target) for run in runs[1:])]
        ends = [max(start or 0, run.span.last_ns + 1) for run, start in zip(runs, starts[1:], strict=False)]
        for run, start, end in zip(runs, starts, [*ends, None], strict=True):
            yield said._replace(place=Place(run.tep), from_ns=start, until_ns=end, elsewhere=[*ends] != starts[1:])
    elif migration is not None:
        old, new = migration
        yield said._replace(place=Place(old.tep), until_ns=old.span.last_ns + 1, elsewhere=True)
        yield said._replace(place=Place(new.tep), from_ns=_begin(new, facts, target), elsewhere=True)
    else:
        for tep in facts.places:
            yield said._replace(place=Place(tep), elsewhere=True, guessed=said.guessed or "it sends from several TEPs")


def _begin(run: Run, facts: GuestFacts, target: TargetFacts) -> int:
    """When a VM came to a place: when it first sent, or first was sent to there, but for frames that go everywhere."""
    told = target.firsts_ns.get(run.tep, run.span.first_ns)
    is_flooded = not target.teps.keys() <= facts.places.keys()
    return told if 0 < run.span.first_ns - told < MOST_OVERLAP_NS and not is_flooded else run.span.first_ns


def _frames(count: int) -> str:
    return f"{count:,} frame{'' if count == 1 else 's'}"
