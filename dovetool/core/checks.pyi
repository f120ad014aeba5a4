from typing import Any

import numpy as np
from numpy.typing import NDArray

class Questions:
    def __init__(self) -> None: ...
    def __len__(self) -> int: ...
    def add(self, checks: tuple[tuple[Any, ...], ...]) -> int: ...
    def answers(
        self,
        number: int,
        octets: NDArray[np.uint8],
        offset: NDArray[np.int64],
        caplen: NDArray[np.int64],
        orig_len: NDArray[np.int64],
        rows: NDArray[np.int64],
        out: NDArray[np.int64],
        start: int,
        stop: int,
    ) -> None: ...
