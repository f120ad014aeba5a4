"""Who takes part in a network at which tunnel end point, where nobody tells a port.

Lists of those that frames for all go to say no more than that a tunnel end point has a network. Where a port of it, or
a VM at one, is told anyhow, that is known already.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dovetool.map_sources.statements import PortStatement, Statement, TepStatement, VmStatement

_Presence = tuple[str | bytes, int]
"""Tunnel end point, and VNID."""


def told_once(statements: Iterable[Statement]) -> Iterator[Statement]:
    """Yield statements without those about ports without a name that others make needless."""
    held: dict[_Presence, PortStatement] = {}
    known: set[_Presence] = set()
    names: dict[bytes, str] = {}
    for statement in statements:
        if isinstance(statement, TepStatement) and statement.name:
            names.update(dict.fromkeys(statement.ips, statement.name))
        elif isinstance(statement, PortStatement | VmStatement):
            presence = statement.place.tep, statement.vnid
            if isinstance(statement, PortStatement) and not statement.place.port:
                held.setdefault(presence, statement)
                continue
            if statement.place.port:
                known.add(presence)
        yield statement
    for (tep, vnid), port in held.items():
        name = names.get(tep, tep) if isinstance(tep, bytes) else tep
        if not known & {(tep, vnid), (name, vnid)}:
            known.add((name, vnid))
            yield port
