"""Arrays that end at a page that nobody may read or write: whoever steps over the edge ends the process."""

from __future__ import annotations

import ctypes
import mmap

import numpy as np
from numpy.typing import NDArray

_LIBC = ctypes.CDLL(None, use_errno=True)
_LIBC.mprotect.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
_PAGE = mmap.PAGESIZE
_NO_ACCESS = 0


def walled(octets: bytes | NDArray[np.uint8], *, at_start: bool = False) -> NDArray[np.uint8]:
    """A copy of the octets, just before a forbidden page; or with `at_start`, just behind one."""
    size = -(-len(octets) // _PAGE) * _PAGE
    room = np.frombuffer(mmap.mmap(-1, size + 2 * _PAGE), np.uint8)
    for page in (0, size + _PAGE):
        if _LIBC.mprotect(room.ctypes.data + page, _PAGE, _NO_ACCESS):
            raise OSError(ctypes.get_errno(), "mprotect")
    begin = _PAGE if at_start else _PAGE + size - len(octets)
    copy = room[begin : begin + len(octets)]
    copy[:] = np.frombuffer(octets, np.uint8)
    return copy


def walled_columns(columns: int, room: int) -> NDArray[np.int64]:
    """Columns of -1 that end at a forbidden page; their rows are of one piece."""
    return walled(b"\xff" * (8 * columns * room)).view(np.int64).reshape(columns, room)
