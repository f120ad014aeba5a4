"""What is made of several numbers together, over a whole capture: each combination is put into words once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field

import numpy as np

from dovetool.analysis.columns.cells import Codes, Value
from dovetool.engine import kernel
from dovetool.values import dataclass


@dataclass(slots=True)
class Combinations:
    """What is made of several numbers together, once for each combination that there is.

    Attributes:
        made: by the number of the combination.
    """

    made: list[Value] = field(default_factory=list)
    _table: kernel.ValueTable | None = None

    def codes(self, make: Callable[[tuple[int, ...]], Value], *columns: Codes) -> Codes:
        """The numbers (n,) of the combinations in some columns of numbers from 0; `make` makes what is new."""
        if self._table is None:
            self._table = kernel.ValueTable(len(columns))
        numbers = np.empty(len(columns[0]), np.int32)
        self._table.number(np.array(columns, np.uint64), numbers)
        if len(self._table) > len(self.made):
            self.made += map(make, self._table.values(len(self.made)))
        return numbers
