"""What stands in frames, in columns: numbers as they are, and all else by a number for each value that there is.

Frames come as a block of octets, which goes on for 256 octets behind the last of them, and columns: where each begins
in the block, how many of its octets may be read, and the kind of frame that it is. Where a value stands in frames of a
kind is said once a kind; a negative place says that they have none.
"""

import os

import cython
from cython.cimports.dovetool.core.octets import big_word, lies_within, little_word, prefetch
from cython.cimports.dovetool.core.shape import mixed

_MOST_PLACE = cython.declare(cython.longlong, 1 << 48)  # no place in a frame is so far, so that no sum overflows
_MOST_VALUES = 1 << 30
_LONGEST_NUMBER = 8
_AHEAD = cython.declare(cython.Py_ssize_t, 8)  # frames
_LONGEST_VALUE = cython.declare(cython.longlong, 16)


def read_numbers(
    octets: cython.const[cython.uchar][::1],
    offset: cython.const[cython.longlong][::1],
    ends: cython.const[cython.longlong][:, ::1],
    kinds: cython.const[cython.int][::1],
    places: cython.const[cython.longlong][:, ::1],
    numbers: cython.const[cython.longlong][:, ::1],
    none: cython.longlong,
    out: cython.longlong[:, ::1],
) -> None:
    """Read several big-endian numbers from each frame.

    Args:
        octets: the block with the frames.
        offset: (n,) where each begins.
        ends: (e, n) octets of it that may be read, for numbers of several kinds.
        kinds: (n,) the kind of each frame.
        places: (k, m) where each number stands in frames of a kind.
        numbers: (k, 2) octets of each number, 1 to 8, and which of the ends it must not go beyond; of 8 octets the
            upper half of all numbers comes out negative.
        none: what stands for no number, and for one that ends behind its end.
        out: (k, n) filled with the numbers.

    Raises:
        ValueError: there is no such kind, a frame does not lie in the block, or the columns do not belong together.
    """
    n: cython.Py_ssize_t = offset.shape[0]
    count: cython.Py_ssize_t = numbers.shape[0]
    if n != ends.shape[1] or n != kinds.shape[0] or n != out.shape[1]:
        raise ValueError("columns of different lengths")
    if count != places.shape[0] or count != out.shape[0] or numbers.shape[1] != 2:
        raise ValueError(f"{count} numbers in {places.shape[0]} places, for {out.shape[0]} columns")
    _see_numbers(numbers, ends.shape[0])
    if not n:
        return
    known: cython.Py_ssize_t = places.shape[1]
    if not count or not known:
        _see_kinds(kinds, known)
        return
    size: cython.longlong = octets.shape[0]
    block: cython.p_const_uchar = cython.address(octets[0]) if size else cython.NULL
    begin: cython.p_const_longlong = cython.address(offset[0])
    last: cython.p_const_longlong = cython.address(ends[0, 0])
    kind: cython.p_const_int = cython.address(kinds[0])
    place: cython.p_const_longlong = cython.address(places[0, 0])
    what: cython.p_const_longlong = cython.address(numbers[0, 0])
    found: cython.p_longlong = cython.address(out[0, 0])
    row: cython.Py_ssize_t = 0
    number: cython.Py_ssize_t
    at: cython.longlong
    end: cython.longlong
    with cython.nogil:
        while row < n and 0 <= kind[row] < known:
            if row + _AHEAD < n and lies_within(begin[row + _AHEAD], 128, size):
                prefetch(block + begin[row + _AHEAD])  # its octets will have come when its turn does
                prefetch(block + begin[row + _AHEAD] + 64)
            number = 0
            while number < count:
                at, end = place[number * known + kind[row]], last[what[2 * number + 1] * n + row]
                if at < 0 or at > _MOST_PLACE or at + what[2 * number] > end:
                    found[number * n + row] = none
                elif lies_within(begin[row], end, size):
                    found[number * n + row] = _number(block + begin[row] + at, what[2 * number])
                else:
                    break
                number += 1
            if number < count:
                break
            row += 1
    if row < n:
        raise ValueError(f"frame {row} lies outside its block, or is of kind {kinds[row]} of {known}")


@cython.cfunc
def _see_numbers(numbers: cython.const[cython.longlong][:, ::1], ends: cython.Py_ssize_t) -> cython.int:
    """Raise a ValueError where a number is none, or has no end."""
    number: cython.Py_ssize_t
    for number in range(numbers.shape[0]):
        if not (1 <= numbers[number, 0] <= _LONGEST_NUMBER and 0 <= numbers[number, 1] < ends):
            raise ValueError(f"a number of {numbers[number, 0]} octets, up to end {numbers[number, 1]}")
    return 0


@cython.cfunc
def _see_kinds(kinds: cython.const[cython.int][::1], known: cython.Py_ssize_t) -> cython.int:
    """Raise a ValueError where a kind is none."""
    row: cython.Py_ssize_t
    for row in range(kinds.shape[0]):
        if not 0 <= kinds[row] < known:
            raise ValueError(f"frame {row} lies outside its block, or is of kind {kinds[row]} of {known}")
    return 0


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _number(at: cython.p_const_uchar, length: cython.longlong) -> cython.longlong:
    """The big-endian number in so many octets."""
    unread: cython.ulonglong = cython.cast(cython.ulonglong, 64 - 8 * length)
    return cython.cast(cython.longlong, big_word(at) >> unread)


def read_keys(
    octets: cython.const[cython.uchar][::1],
    offset: cython.const[cython.longlong][::1],
    end: cython.const[cython.longlong][::1],
    kinds: cython.const[cython.int][::1],
    places: cython.const[cython.longlong][::1],
    lengths: cython.const[cython.longlong][::1],
    keys: cython.ulonglong[:, ::1],
) -> None:
    """Read from each frame what `ValueTable` numbers: the length of a value, and its octets as two little-endian words.

    Args:
        octets: the block with the frames.
        offset: (n,) where each begins.
        end: (n,) octets of it that may be read.
        kinds: (n,) its kind.
        places: (m,) where the value stands in frames of a kind.
        lengths: (m,) octets of it, at most 16.
        keys: (3, n), filled; all 0 for no value, and for one that ends behind the end of its frame.

    Raises:
        ValueError: as `read_numbers`, or values are longer.
    """
    n: cython.Py_ssize_t = offset.shape[0]
    known: cython.Py_ssize_t = places.shape[0]
    if n != end.shape[0] or n != kinds.shape[0] or n != keys.shape[1] or known != lengths.shape[0]:
        raise ValueError("columns of different lengths")
    if keys.shape[0] != 3:
        raise ValueError(f"keys of {keys.shape[0]} words")
    if not n:
        return
    if not known:
        _see_kinds(kinds, known)
        return
    size: cython.longlong = octets.shape[0]
    block: cython.p_const_uchar = cython.address(octets[0]) if size else cython.NULL
    begin: cython.p_const_longlong = cython.address(offset[0])
    last: cython.p_const_longlong = cython.address(end[0])
    kind: cython.p_const_int = cython.address(kinds[0])
    place: cython.p_const_longlong = cython.address(places[0])
    room: cython.p_const_longlong = cython.address(lengths[0])
    key: cython.p_ulonglong = cython.address(keys[0, 0])
    row: cython.Py_ssize_t = 0
    at: cython.longlong
    length: cython.longlong
    with cython.nogil:
        while row < n and 0 <= kind[row] < known:
            at, length = place[kind[row]], room[kind[row]]
            if at < 0 or at > _MOST_PLACE or length <= 0:
                key[row] = key[n + row] = key[2 * n + row] = 0
            elif length > _LONGEST_VALUE:
                break
            elif at + length > last[row]:
                key[row] = key[n + row] = key[2 * n + row] = 0
            elif lies_within(begin[row], last[row], size):
                key[row] = cython.cast(cython.ulonglong, length)
                key[n + row] = _part(block + begin[row] + at, length)
                key[2 * n + row] = _part(block + begin[row] + at + 8, length - 8) if length > 8 else 0
            else:
                break
            row += 1
    if row < n:
        raise ValueError(f"frame {row} lies outside its block, is of kind {kinds[row]} of {known}, or has long values")


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


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _part(at: cython.p_const_uchar, length: cython.longlong) -> cython.ulonglong:
    """So many octets, and no more than 8, as a little-endian word."""
    word: cython.ulonglong = little_word(at)
    if length < 8:
        word &= (cython.cast(cython.ulonglong, 1) << cython.cast(cython.ulonglong, 8 * length)) - 1
    return word
