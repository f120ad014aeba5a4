"""The order in which groups are shown."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING

from dovetool.errors import UsageError

if TYPE_CHECKING:
    from dovetool.analysis.groups import Groups


class Sort(StrEnum):
    """What groups are sorted by."""

    OCTETS = "octets"
    FRAMES = "frames"
    OVERHEAD = "overhead"
    FIRST = "first"
    LAST = "last"
    KEY = "key"


def order_of(word: str, keys: Sequence[str]) -> Sort | int:
    """What groups are sorted by: an amount, or the place of a part of the key.

    Raises:
        UsageError: there is no such part.
    """
    from dovetool.observe.grouping import key_names

    names = key_names(keys)
    if word in names:
        return names.index(word)
    if word not in tuple(Sort):
        raise UsageError(f"--sort {word}: expected {', '.join(Sort)}, or a part of the key: {', '.join(names)}")
    return Sort(word)


def ranked(groups: Groups, sort: Sort | int, most: int | None) -> Groups:
    """The largest amounts and the first times come first; at least the `most` that are shown are in order."""
    if sort is Sort.KEY:
        return groups.by_key()
    if isinstance(sort, int):
        return groups.by_key(sort)
    amounts = {
        Sort.OCTETS: -groups.octets.sum(axis=1),
        Sort.FRAMES: -groups.frames.sum(axis=1),
        Sort.OVERHEAD: -groups.overhead,
        Sort.LAST: groups.last_ns,
    }
    return groups.ranked(amounts.get(sort, groups.first_ns), most)
