import numpy as np
from numpy.typing import NDArray

def digest_frames(
    octets: NDArray[np.uint8],
    offset: NDArray[np.int64],
    end: NDArray[np.int64],
    kinds: NDArray[np.int32],
    begins: NDArray[np.int64],
    holes: NDArray[np.int64],
    secret: NDArray[np.uint64],
    out: NDArray[np.uint64],
) -> None: ...
