"""Complete answers that leave something of a frame open, once for every content of it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from dovetool.capture.batch import Batch
from dovetool.engine.context import Contexts
from dovetool.engine.flow_cache import FlowCache
from dovetool.engine.key_table import Ids
from dovetool.frame.view import FrameView, Shape, shape_of


class Completer:
    """The second question about frames, when the answer to a first one is not all that they have for themselves."""

    def __init__(
        self,
        complete: Callable[[int, FrameView], int],
        places: Callable[[int], tuple[tuple[int, int], ...]],
        change_times_ns: tuple[int, ...],
    ) -> None:
        """Ask about frames.

        Args:
            complete: gets the number of the first answer about a frame and gives that of the second; it may depend on
                nothing else but the octets at the places that the first answer left open, the interface and the time.
            places: offset and octets of these, by the number of the first answer.
            change_times_ns: ascending times in ns; between two of them the answer does not depend on the time.
        """
        self._complete, self._places = complete, places
        self._contexts = Contexts(change_times_ns, with_tenants=True)
        self._cache = FlowCache()

    def numbers(self, batch: Batch, begun: NDArray[np.integer]) -> Ids:
        """The number (n,) of the second answer about each frame of a batch, one at least.

        Args:
            batch: n frames.
            begun: (n,) number of the first answer about each.
        """
        look = self._contexts.viewer(batch)
        shapes = {number: shape_of(self._places(number)) for number in np.unique(begun).tolist()}

        def decide(row: int) -> tuple[int, Shape]:
            number = int(begun[row])
            return self._complete(number, look(row)), shapes[number]

        return self._cache.verdicts(batch, [begun.astype(np.uint64), *self._contexts.words(batch)], decide)

    def forget(self) -> None:
        """First answers, or second ones, get other numbers."""
        self._cache = FlowCache()
