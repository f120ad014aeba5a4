import numpy as np
from numpy.typing import NDArray

def read_numbers(
    octets: NDArray[np.uint8],
    offset: NDArray[np.int64],
    ends: NDArray[np.int64],
    kinds: NDArray[np.int32],
    places: NDArray[np.int64],
    numbers: NDArray[np.int64],
    none: int,
    out: NDArray[np.int64],
) -> None: ...
def read_keys(
    octets: NDArray[np.uint8],
    offset: NDArray[np.int64],
    end: NDArray[np.int64],
    kinds: NDArray[np.int32],
    places: NDArray[np.int64],
    lengths: NDArray[np.int64],
    keys: NDArray[np.uint64],
) -> None: ...
