"""What stands in frames, in columns: numbers as they are, and all else by a number for each value that there is.

Frames come as a block of octets, which goes on for 256 octets behind the last of them, and columns: where each begins
in the block, how many of its octets may be read, and the kind of frame that it is. Where a value stands in frames of a
kind is said once a kind; a negative place says that they have none.
"""

import cython
from cython.cimports.dovetool.core.octets import big_word, lies_within, little_word, prefetch

_MOST_PLACE = cython.declare(cython.longlong, 1 << 48)  # no place in a frame is so far, so that no sum overflows
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
    """Read from each frame what a `ValueTable` numbers: length and octets of a value, these as two little-endian words.

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
