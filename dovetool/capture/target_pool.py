"""Any number of outputs at a time, of which the system lets only some be open."""

from __future__ import annotations

import os
from collections import OrderedDict
from pathlib import Path
from types import TracebackType
from typing import Self

from dovetool.capture.parts import HAS_LOCKS, Parts
from dovetool.capture.target import SUSPENDED, Target

try:
    import resource
except ImportError:
    HAS_LIMITS = False
else:
    HAS_LIMITS = True

_MOST_OPEN = 256
_DESCRIPTORS = Path("/dev/fd")


def _affordable() -> int:
    """How many files may be open here: half of what is left, as others need descriptors too; one at least."""
    if not HAS_LIMITS:  # Windows has one for a program, which is far above ours
        return _MOST_OPEN
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return _MOST_OPEN
    used = len(os.listdir(_DESCRIPTORS)) if _DESCRIPTORS.is_dir() else 0  # noqa: PTH208  (names are enough)
    return max(1, min((soft - used) // 2, _MOST_OPEN))


class TargetPool:
    """Files under construction, of which those that were written last are open; the others go on when they are needed.

    They take the place of plain files only. Either all of them are committed at the end, or what is left of them is
    discarded; so does the end of a `with` block.
    """

    def __init__(self) -> None:
        self._targets: list[Target] = []
        self._open: OrderedDict[Target, None] = OrderedDict()
        self._most = _affordable()
        self._parts = Parts()
        self._lock: int | None = None

    def create(self, path: Path) -> Target:
        """Begin a file.

        Raises:
            CaptureError: it cannot be made.
        """
        self._make_room()
        target = Target(path, follows=False, parts=self._parts)
        if self._lock is None and HAS_LOCKS and target.descriptor != SUSPENDED:
            self._lock = os.dup(target.descriptor)  # that of the first one, which gets its name last, holds for all
        self._targets.append(target)
        self._open[target] = None
        return target

    def write(self, target: Target, octets: bytes | bytearray | memoryview) -> None:
        """Append to a file of the pool; raises as `Target.write` does."""
        if target not in self._open:
            self._make_room()
        self._open[target] = None
        self._open.move_to_end(target)
        target.write(octets)

    def _make_room(self) -> None:
        while len(self._open) >= self._most:
            target, _ = self._open.popitem(last=False)
            target.suspend()

    def commit(self) -> None:
        """All files are whole: give them their names."""
        self._open.clear()
        while self._targets:
            self._targets[-1].commit()
            self._targets.pop()
        self._unlock()

    def discard(self) -> None:
        """Leave nothing behind of the files that have no name yet."""
        self._open.clear()
        while self._targets:
            self._targets.pop().discard()
        self._unlock()

    def _unlock(self) -> None:
        if self._lock is not None:
            lock, self._lock = self._lock, None
            os.close(lock)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self.commit()
        finally:
            self.discard()
