"""Digests of parts of frames: 128 bits for the octets from one place to another but for holes between them.

Where the octets stand makes no difference, and what stands in the holes makes none. The numbers that they are mixed by
are the caller's secret, so that nobody can make frames that have the same digest and not the same octets.
"""

import cython
from cython.cimports.dovetool.core.octets import lies_within, little_word

_MOST_PLACE = cython.declare(cython.longlong, 1 << 48)  # no place in a frame is so far, so that no sum overflows
_MOST_HOLES = 8


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _take_in(
    at: cython.p_const_uchar,
    left: cython.longlong,
    secret: cython.p_const_ulonglong,
    first: cython.p_ulonglong,
    second: cython.p_ulonglong,
) -> cython.void:
    """Mix so many octets into both halves of a digest; eight of them can be read wherever one can."""
    word: cython.ulonglong
    while left > 0:
        word = little_word(at)
        if left < 8:
            word &= (cython.cast(cython.ulonglong, 1) << cython.cast(cython.ulonglong, 8 * left)) - 1
        first[0] = (first[0] ^ word) * secret[0]
        first[0] ^= first[0] >> 32
        second[0] = (second[0] + word) * secret[2]
        second[0] ^= second[0] >> 29
        at += 8
        left -= 8


def digest_frames(
    octets: cython.const[cython.uchar][::1],
    offset: cython.const[cython.longlong][::1],
    end: cython.const[cython.longlong][::1],
    kinds: cython.const[cython.int][::1],
    begins: cython.const[cython.longlong][::1],
    holes: cython.const[cython.longlong][:, ::1],
    secret: cython.const[cython.ulonglong][::1],
    out: cython.ulonglong[:, ::1],
) -> None:
    """Digest a part of each frame.

    Args:
        octets: the block with the frames, which goes on for 256 octets behind the last of them.
        offset: (n,) where each begins.
        end: (n,) where its part ends, counted from there.
        kinds: (n,) its kind.
        begins: (m,) where the part of frames of a kind begins.
        holes: (m, 2 h) where each hole begins and where it ends, ascending; those that begin at or behind the end of a
            part are none.
        secret: (4,) the first and third odd.
        out: (2, n), filled with the digests.

    Raises:
        ValueError: there is no such kind, a frame does not lie in the block, or the columns do not belong together.
    """
    n: cython.Py_ssize_t = offset.shape[0]
    known: cython.Py_ssize_t = begins.shape[0]
    edges: cython.Py_ssize_t = holes.shape[1]
    if n != end.shape[0] or n != kinds.shape[0] or n != out.shape[1] or known != holes.shape[0]:
        raise ValueError("columns of different lengths")
    if out.shape[0] != 2 or secret.shape[0] != 4 or edges % 2 or edges > 2 * _MOST_HOLES:
        raise ValueError("no such digest")
    size: cython.longlong = octets.shape[0]
    block: cython.p_const_uchar = cython.address(octets[0]) if size else cython.NULL
    keys: cython.p_const_ulonglong = cython.address(secret[0])
    row: cython.Py_ssize_t = 0
    edge: cython.Py_ssize_t
    at: cython.longlong
    stop: cython.longlong
    total: cython.ulonglong
    first: cython.ulonglong
    second: cython.ulonglong
    with cython.nogil:
        while row < n:
            if not 0 <= kinds[row] < known or not lies_within(offset[row], end[row], size):
                break
            if not 0 <= begins[kinds[row]] <= _MOST_PLACE:
                break
            at, edge, first, second, total = begins[kinds[row]], 0, secret[1], secret[3], 0
            while at < end[row]:
                stop = min(holes[kinds[row], edge], end[row]) if edge < edges else end[row]
                if stop > at:
                    total += cython.cast(cython.ulonglong, stop - at)
                    _take_in(block + offset[row] + at, stop - at, keys, cython.address(first), cython.address(second))
                first = (first ^ total) * secret[0]  # where a hole is makes a difference
                if edge >= edges:
                    break
                at = max(holes[kinds[row], edge + 1], at)
                edge += 2
            first ^= first >> 32
            out[0, row] = (first ^ second >> 32) * secret[2]
            out[1, row] = (second ^ total) * secret[0]
            row += 1
    if row < n:
        raise ValueError(f"frame {row} lies outside its block, or is of kind {kinds[row]} of {known}")
