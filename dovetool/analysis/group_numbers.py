"""The groups that frames are counted for, by number; memory is bounded, however many a capture has."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import Generic, TypeVar

from dovetool.errors import CaptureError

MOST_GROUPS = 1 << 22
"""Some 2.5 GB of them, where the keys are columns."""
_Key = TypeVar("_Key", bound=Hashable)


class GroupNumbers(Generic[_Key]):
    """Numbers keys from 0 on, in the order in which they come; iterate to get them."""

    def __init__(self, most: int = MOST_GROUPS) -> None:
        """Number so many keys at most."""
        self._numbers: dict[_Key, int] = {}
        self._most = most

    def __len__(self) -> int:
        return len(self._numbers)

    def __iter__(self) -> Iterator[_Key]:
        return iter(self._numbers)

    def number(self, key: _Key) -> int:
        """The number of a key.

        Raises:
            CaptureError: there are too many.
        """
        number = self._numbers.setdefault(key, len(self._numbers))
        if number == self._most:
            raise CaptureError(
                f"more than {self._most:,} groups; count by what has fewer values, or choose frames (--vnid, --from)"
            )
        return number
