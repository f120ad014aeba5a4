"""Sequences that grow by one at a time, each of which stays what it is: a section may describe very many interfaces."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from operator import eq
from typing import TypeVar, overload

_Item = TypeVar("_Item")


class Grown(Sequence[_Item]):
    """A sequence that never changes; the next longer one shares its memory."""

    __slots__ = ("_count", "_shared", "_tail")

    def __init__(self, shared: list[_Item], count: int, tail: tuple[_Item, ...] = ()) -> None:
        """The first items of a list, whose further ones are those of longer sequences, and a few behind them."""
        self._shared, self._count, self._tail = shared, count, tail

    def __len__(self) -> int:
        return self._count + len(self._tail)

    @overload
    def __getitem__(self, index: int) -> _Item: ...
    @overload
    def __getitem__(self, index: slice) -> list[_Item]: ...
    def __getitem__(self, index: int | slice) -> _Item | list[_Item]:
        if isinstance(index, slice):
            return [self[each] for each in range(*index.indices(len(self)))]
        place = index + len(self) if index < 0 else index
        if not 0 <= place < len(self):
            raise IndexError(index)
        return self._shared[place] if place < self._count else self._tail[place - self._count]

    def __iter__(self) -> Iterator[_Item]:
        for place in range(self._count):
            yield self._shared[place]
        yield from self._tail

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and len(self) == len(other) and all(map(eq, self, other))

    def __hash__(self) -> int:
        return hash(tuple(self))

    def grown(self, item: _Item) -> Grown[_Item]:
        """The sequence with one item more."""
        at_end = not self._tail and len(self._shared) == self._count
        shared = self._shared if at_end else [*self]
        shared.append(item)
        return Grown(shared, len(shared))

    def with_tail(self, items: Iterable[_Item]) -> Grown[_Item]:
        """The sequence with a few items more, which no longer one shares."""
        return Grown(self._shared, self._count, (*self._tail, *items))


def grown(items: Sequence[_Item], item: _Item) -> Grown[_Item]:
    """A sequence with one item more; of one that has grown it is no copy."""
    return (items if isinstance(items, Grown) else Grown([*items], len(items))).grown(item)


def followed(items: Sequence[_Item], tail: Iterable[_Item]) -> Sequence[_Item]:
    """A sequence with a few items more behind it, likewise."""
    return items.with_tail(tail) if isinstance(items, Grown) else (*items, *tail)
