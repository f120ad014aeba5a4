from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Shape: TypeAlias = tuple[
    tuple[tuple[int, int], ...],
    tuple[tuple[int, int], ...],
    tuple[tuple[int, tuple[int, ...]], ...],
    tuple[int, int],
    tuple[int, int],
]

class FlowTable:
    def __init__(self, contexts: int) -> None: ...
    def __len__(self) -> int: ...
    @property
    def shapes(self) -> int: ...
    def clear(self) -> None: ...
    def learn(
        self,
        shape: Shape,
        octets: NDArray[np.uint8],
        offset: NDArray[np.int64],
        caplen: NDArray[np.int64],
        wire: NDArray[np.int64],
        contexts: NDArray[np.uint64],
        row: int,
        number: int,
    ) -> None: ...
    def learn_all(
        self,
        shape: Shape,
        octets: NDArray[np.uint8],
        offset: NDArray[np.int64],
        caplen: NDArray[np.int64],
        wire: NDArray[np.int64],
        contexts: NDArray[np.uint64],
        rows: NDArray[np.int64],
        numbers: NDArray[np.int32],
    ) -> None: ...
    def find(
        self,
        octets: NDArray[np.uint8],
        offset: NDArray[np.int64],
        caplen: NDArray[np.int64],
        wire: NDArray[np.int64],
        contexts: NDArray[np.uint64],
        numbers: NDArray[np.int32],
        start: int,
        stop: int,
        to_end: bool,
    ) -> int: ...
