from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

_Octets: TypeAlias = NDArray[np.uint8]
_Column: TypeAlias = NDArray[np.int64]

def walk_records(
    octets: _Octets, start: int, end: int, little: bool, most_caplen: int, columns: _Column
) -> tuple[int, int]: ...
def walk_packets(
    octets: _Octets,
    start: int,
    end: int,
    little: bool,
    interfaces: int,
    implied_snaplen: int,
    most_block: int,
    columns: _Column,
) -> tuple[int, int]: ...
