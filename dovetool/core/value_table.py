"""Numbers of values, in the order in which they were met: by them columns hold what is no number."""

import os

import cython
from cython.cimports.dovetool.core.shape import mixed

_MOST_VALUES = 1 << 30


@cython.cclass
class ValueTable:
    """Numbers of values: of so many words each, from 0 in the order in which they were met."""

    words: cython.Py_ssize_t
    count: cython.Py_ssize_t
    is_busy: cython.bint
    slots: cython.int[::1]  # a power of 2 of them: number of a value + 1, or 0 for a free one
    kept: cython.ulonglong[:, ::1]  # the values by their number, and room for more: half as many as there are slots
    chance: cython.ulonglong[::1]  # a number for each word, so that nobody can make values that collide

    def __init__(self, words: cython.Py_ssize_t) -> None:
        """Begin without values."""
        if not 1 <= words <= 64:
            raise ValueError(f"values of {words} words")
        self.words, self.count, self.is_busy = words, 0, False
        self.chance = memoryview(bytearray(os.urandom(8 * words))).cast("Q")
        self._make_room(64)

    def __len__(self) -> int:
        """Count the values."""
        return self.count

    def number(self, keys: cython.const[cython.ulonglong][:, ::1], numbers: cython.int[::1]) -> None:
        """Number values; those that are new get new numbers.

        Args:
            keys: (k, n) the words of each value.
            numbers: (n,) filled.

        Raises:
            ValueError: the values are of other words, or the columns do not belong together.
            RuntimeError: another thread asks, or there are too many values.
        """
        n: cython.Py_ssize_t = numbers.shape[0]
        if keys.shape[0] != self.words or keys.shape[1] != n:
            raise ValueError(f"{n} values of {self.words} words in keys of {keys.shape[0]} by {keys.shape[1]}")
        if self.is_busy:
            raise RuntimeError("a table of values is used by two at a time")
        self.is_busy = True
        row: cython.Py_ssize_t = 0
        try:
            while row < n:
                row = self._number(keys, numbers, row, n)
                if row < n:
                    self._make_room(4 * self.slots.shape[0])
        finally:
            self.is_busy = False

    @cython.cfunc
    def _number(
        self,
        keys: cython.const[cython.ulonglong][:, ::1],
        numbers: cython.int[::1],
        row: cython.Py_ssize_t,
        stop: cython.Py_ssize_t,
    ) -> cython.Py_ssize_t:
        """Number values from a row on; returns the row of the first one for which there is no room, or `stop`."""
        slots: cython.p_int = cython.address(self.slots[0])
        last: cython.ulonglong = cython.cast(cython.ulonglong, self.slots.shape[0] - 1)
        kept: cython.p_ulonglong = cython.address(self.kept[0, 0])
        room: cython.Py_ssize_t = self.kept.shape[0]
        chance: cython.p_ulonglong = cython.address(self.chance[0])
        key: cython.p_const_ulonglong = cython.address(keys[0, 0])
        words: cython.Py_ssize_t = self.words
        step: cython.Py_ssize_t = keys.shape[1]
        count: cython.Py_ssize_t = self.count
        place: cython.ulonglong
        word: cython.Py_ssize_t
        with cython.nogil:
            while row < stop:
                place = _hash(key + row, step, words, chance) & last
                while slots[place] and not _is_same(key + row, step, words, kept + (slots[place] - 1) * words):
                    place = place + 1 & last
                if not slots[place]:
                    if count == room:
                        break
                    for word in range(words):
                        kept[count * words + word] = key[row + word * step]
                    count += 1
                    slots[place] = cython.cast(cython.int, count)
                numbers[row] = slots[place] - 1
                row += 1
        self.count = count
        return row

    @cython.cfunc
    def _make_room(self, slots: cython.Py_ssize_t) -> cython.int:
        """Have so many slots, a power of 2, and room for half as many values."""
        if slots > _MOST_VALUES:
            raise RuntimeError(f"more than {_MOST_VALUES} values")
        words: cython.Py_ssize_t = self.words
        kept: cython.ulonglong[:, ::1] = (
            memoryview(bytearray(4 * slots * words)).cast("B").cast("Q", (slots // 2, words))
        )
        new: cython.int[::1] = memoryview(bytearray(4 * slots)).cast("i")
        place: cython.ulonglong
        number: cython.Py_ssize_t
        word: cython.Py_ssize_t
        for number in range(self.count):
            for word in range(words):
                kept[number, word] = self.kept[number, word]
            place = _hash(cython.address(kept[number, 0]), 1, words, cython.address(self.chance[0])) & (slots - 1)
            while new[place]:
                place = place + 1 & (slots - 1)
            new[place] = cython.cast(cython.int, number + 1)
        self.slots, self.kept = new, kept
        return 0

    def values(self, first: cython.Py_ssize_t) -> list:
        """The words of the values from a number on."""
        if first < 0:
            raise ValueError(f"values from number {first}")
        return [tuple([self.kept[n, word] for word in range(self.words)]) for n in range(first, self.count)]


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _hash(
    key: cython.p_const_ulonglong, step: cython.Py_ssize_t, words: cython.Py_ssize_t, chance: cython.p_ulonglong
) -> cython.ulonglong:
    """As for keys of flows (`shape.pxd`); words of a key stand so many apart."""
    total: cython.ulonglong = 0
    word: cython.Py_ssize_t
    for word in range(words):
        total += mixed(key[word * step], chance[word])
    return total ^ total >> 32


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _is_same(
    key: cython.p_const_ulonglong, step: cython.Py_ssize_t, words: cython.Py_ssize_t, other: cython.p_ulonglong
) -> cython.bint:
    word: cython.Py_ssize_t = 0
    while word < words and key[word * step] == other[word]:
        word += 1
    return word == words
