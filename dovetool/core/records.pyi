import numpy as np
from numpy.typing import NDArray

def walk_records(
    octets: NDArray[np.uint8], start: int, end: int, little: bool, most_caplen: int, columns: NDArray[np.int64]
) -> tuple[int, int]: ...
