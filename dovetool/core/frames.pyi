import numpy as np
from numpy.typing import NDArray

class Programs:
    def __init__(self) -> None: ...
    def __len__(self) -> int: ...
    def add(
        self,
        pieces: tuple[tuple[int, int], ...],
        constants: bytes,
        rest: int,
        trim: int,
        patches: tuple[tuple[int, int, int, int, int, int, tuple[tuple[int, int], ...]], ...],
    ) -> int: ...
    def measure(
        self,
        numbers: NDArray[np.int32],
        caplen: NDArray[np.int64],
        orig_len: NDArray[np.int64],
        caplen_out: NDArray[np.int64],
        orig_len_out: NDArray[np.int64],
    ) -> None: ...
    def make(
        self,
        numbers: NDArray[np.int32],
        octets: NDArray[np.uint8],
        offset: NDArray[np.int64],
        caplen: NDArray[np.int64],
        orig_len: NDArray[np.int64],
        out: NDArray[np.uint8],
        out_offset: NDArray[np.int64],
        caplen_out: NDArray[np.int64],
        orig_len_out: NDArray[np.int64],
        start: int,
        stop: int,
    ) -> None: ...
