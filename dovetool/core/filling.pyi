from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

_Octets: TypeAlias = NDArray[np.uint8]
_Column: TypeAlias = NDArray[np.int64]
_Stamps: TypeAlias = NDArray[np.uint64]

def lay_out(
    caplen: _Column, options_len: _Column | None, lead: int, pad: int, trail: int, offset_out: _Column
) -> int: ...
def copy_frames(source: _Octets, source_at: _Column, target: _Octets, target_at: _Column, length: _Column) -> None: ...
def fill_records(
    octets: _Octets, offset: _Column, caplen: _Column, orig_len: _Column, stamp: _Stamps, little: bool
) -> None: ...
def fill_packets(
    octets: _Octets,
    offset: _Column,
    caplen: _Column,
    orig_len: _Column,
    stamp: _Stamps,
    ids: _Column,
    little: bool,
    options: _Octets | None,
    options_at: _Column | None,
    options_len: _Column | None,
) -> None: ...
