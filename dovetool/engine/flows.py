"""Answer about every frame of a batch by a number, and find it out once a flow."""

from __future__ import annotations

from collections.abc import Callable

from dovetool.capture.batch import Batch
from dovetool.engine.context import Contexts
from dovetool.engine.flow_cache import FlowCache
from dovetool.engine.key_table import Ids
from dovetool.frame.view import FrameView, Shape


class Flows:
    """The flows that were met so far, and the number of the answer about each."""

    def __init__(
        self, answer: Callable[[FrameView], int], change_times_ns: tuple[int, ...], *, with_tenants: bool = False
    ) -> None:
        """Answer about frames.

        Args:
            answer: the number of the answer about one frame; it may depend on nothing but what is read through the
                view, and the time.
            change_times_ns: ascending times in ns; between two of them the answer does not depend on the time.
            with_tenants: the answer depends on the network that a frame came in by what its file says.
        """
        self._answer = answer
        self._contexts = Contexts(change_times_ns, with_tenants=with_tenants)
        self._cache = FlowCache()

    def numbers(self, batch: Batch) -> Ids:
        """The number (n,) of the answer about each frame of a batch."""
        look = self._contexts.viewer(batch)

        def decide(row: int) -> tuple[int, Shape]:
            view = look(row)
            return self._answer(view), view.shape()

        return self._cache.verdicts(batch, self._contexts.words(batch), decide)

    def forget(self) -> None:
        """Find everything out anew."""
        self._cache = FlowCache()
