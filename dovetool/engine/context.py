"""What is known about a frame besides its octets: interface, time, and the way it came. It is part of the flow key."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from dovetool.capture.batch import Batch, Interface
from dovetool.capture.tenants import NO_TENANT, commented_tenants, tenant_of
from dovetool.frame.view import FrameView


class Contexts:
    """Turns the outside of frames into key words, and single frames into views.

    Times are taken by the epochs in which a stage decides alike, so that they do not split flows.
    """

    def __init__(self, change_times_ns: tuple[int, ...], *, with_tenants: bool = False) -> None:
        """Show frames.

        Args:
            change_times_ns: ascending times in ns; between two of them all decisions about a frame are alike.
            with_tenants: also show the network that a frame came in by what its file says.
        """
        self._changes = np.array(change_times_ns, np.int64)
        self._numbers: dict[Interface, int] = {}
        self._with_tenants = with_tenants

    def words(self, batch: Batch, begun: NDArray[np.integer] | None = None) -> NDArray[np.uint64]:
        """The words (k, n) of the frames of a batch, as many for every one; `begun` (n,) is one more where given."""
        words: list[NDArray[np.integer] | int] = [self._interfaces(batch)]
        if len(self._changes):
            words.append(np.searchsorted(self._changes, batch.ts_ns, side="right"))
        if batch.path is not None:
            words += [(batch.path.ingress + 1) << 33 | (batch.path.tep + 1) << 1 | batch.path.local]
            words += [batch.path.origin + 1]
        if begun is not None:
            words.append(begun)
        context = np.empty((len(words), len(batch)), np.uint64)
        for place, word in enumerate(words):
            context[place] = word
        return context

    def _interfaces(self, batch: Batch) -> NDArray[np.uint64] | int:
        """Interfaces by number, and the networks that packets tell; one number where it is the same for all."""
        present, which = batch.by_interface
        told = commented_tenants(batch.annex) if self._with_tenants else None
        numbers = [self._number(batch.interfaces[index]) for index in present.tolist()]
        if told is None and len(numbers) == 1:
            return numbers[0]
        words = np.array(numbers, np.uint64)[which]
        return words if told is None else words | (told + 1).astype(np.uint64) << np.uint64(32)

    def _number(self, interface: Interface) -> int:
        tenant = interface.tenant if self._with_tenants else NO_TENANT
        seen = Interface(interface.link_type, name=interface.name, tenant=tenant)
        return self._numbers.setdefault(seen, len(self._numbers))

    def viewer(self, batch: Batch) -> Callable[[int], FrameView]:
        """A function that shows the frame of a row as a stage sees it."""
        times = batch.ts_ns if len(self._changes) else None
        path = batch.path

        def look(row: int) -> FrameView:
            interface = batch.interfaces[batch.interface.item(row)]
            view = FrameView(
                batch.frame(row),
                batch.orig_len.item(row),
                link_type=interface.link_type,
                interface=interface.name,
                ts_ns=times.item(row) if times is not None else 0,
                tenant=tenant_of(batch, row) if self._with_tenants else NO_TENANT,
            )
            if path is not None:
                view.ingress, view.tep = path.ingress.item(row), path.tep.item(row)
                view.origin, view.local = path.origin.item(row), bool(path.local[row])
            return view

        return look
