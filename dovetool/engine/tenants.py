"""Keep the virtual network of each frame whose tunnel or tag has come off, where the output can tell it.

Frames of one network get an interface of their own for each that they were captured at, described when the first of
them comes; where there are very many networks, the rest of them is told by comments.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field, replace
from typing import NamedTuple

import numpy as np

from dovetool.capture.batch import Batch, Column, Interface, distinct
from dovetool.capture.growing import followed
from dovetool.capture.pcapng import commented
from dovetool.capture.tenants import NO_TENANT, tenant_interface, tenant_mark
from dovetool.engine.flow_table import Ids
from dovetool.engine.verdict_table import VerdictTable
from dovetool.values import dataclass

MOST_INTERFACES = 1 << 14
"""Interfaces that are described in a section at most; every reader of the output has to hold them all."""


class Tenancy(NamedTuple):
    """The virtual networks that n frames were taken out of.

    Attributes:
        vnids: (m,) the networks, ascending; `NO_TENANT` is among them where nothing was taken off a frame.
        which: (n,) index of each frame's.
    """

    vnids: Column
    which: Column


def tenancy(verdicts: Ids, table: VerdictTable) -> Tenancy:
    """What frames with these verdicts (n,) were taken out of."""
    present = np.flatnonzero(np.bincount(verdicts))
    told = np.where(table.column("unchanged")[present] == 1, NO_TENANT, table.column("vnid")[present])
    vnids, label = np.unique(told, return_inverse=True)
    labels = np.zeros(present[-1] + 1, np.int64)
    labels[present] = label
    return Tenancy(vnids, labels[verdicts])


@dataclass(slots=True)
class TenantComments:
    """Tells the network in a comment of each packet."""

    def begin_section(self) -> None:
        """Nothing is held."""

    def kept(self, batch: Batch, tenancy: Tenancy) -> Batch:
        """The frames, each with the network that it came in."""
        vnids = tenancy.vnids.tolist()
        texts = [tenant_mark(vnid) for vnid in vnids if vnid != NO_TENANT]
        if not texts:
            return batch
        return commented(batch, texts, tenancy.which - vnids.count(NO_TENANT))


@dataclass(slots=True)
class TenantInterfaces:
    """Tells the network by the interface.

    Attributes:
        name_of: what a network is called.
    """

    name_of: Callable[[int], str]
    _known: dict[Interface, dict[int, Interface]] = field(default_factory=dict)
    _count: int = 0
    _rest: TenantComments = field(default_factory=TenantComments)

    def begin_section(self) -> None:
        """Interfaces hold for one section."""
        self._known, self._count = {}, 0

    def kept(self, batch: Batch, tenancy: Tenancy) -> Batch:
        """The frames, each with the network that it came in."""
        vnids, many = tenancy.vnids.tolist(), len(tenancy.vnids)
        pairs, which = distinct(batch.interface * many + tenancy.which)
        origins: list[int] = []
        twins: list[Interface] = []
        place = np.empty(len(pairs), np.int64)
        for number in _as_they_come(which, len(pairs)):
            pair = int(pairs[number])
            origin, vnid = pair // many, vnids[pair % many]
            twin = None if vnid == NO_TENANT else self._twin(batch, origin, vnid)
            place[number] = origin if twin is None else len(batch.interfaces) + len(twins)
            if twin is not None:
                origins.append(origin)
                twins.append(twin)
        made = replace(
            batch,
            interface=place[which],
            interfaces=followed(batch.interfaces, twins),
            clock=batch.clock.with_twins(origins),
        )
        return made if self._count < MOST_INTERFACES else self._commented(made, tenancy)

    def _commented(self, made: Batch, tenancy: Tenancy) -> Batch:
        """The frames with a comment where the interface does not tell the network."""
        present, which = made.by_interface
        told = np.array([made.interfaces[index].tenant for index in present.tolist()], np.int64)[which]
        vnids = tenancy.vnids[tenancy.which]
        is_left = (vnids != told) & (vnids != NO_TENANT)
        if not is_left.any():
            return made
        left = np.unique(np.where(is_left, vnids, NO_TENANT), return_inverse=True)
        return self._rest.kept(made, Tenancy(*left))

    def _twin(self, batch: Batch, origin: int, vnid: int) -> Interface | None:
        """The interface of the frames of a network among those of `origin`; None when there are too many."""
        interface = batch.interfaces[origin]
        known = self._known.setdefault(interface, {})
        if vnid not in known:
            if self._count >= MOST_INTERFACES:
                return None
            self._count += 1
            known[vnid] = tenant_interface(interface, vnid, self.name_of(vnid), batch.clock)
        return known[vnid]


Tenants = TenantInterfaces | TenantComments


def _as_they_come(which: Column, count: int) -> list[int]:
    """The numbers below `count`, each of which is in `which` (n,), in the order in which they appear there.

    So interfaces are described in the order of their first frames, however these were cut into batches.
    """
    first = np.empty(count, np.int64)
    first[which[::-1]] = np.arange(len(which) - 1, -1, -1)
    order: list[int] = np.argsort(first).tolist()
    return order
