"""Lay frames out in a block of octets, copy them there, and write what a capture file has around them.

A place and a length are checked just before they are used, so that no column can lead out of its block. Words are taken
to octets: compilers make one store of that, wherever the word lies and whatever the byte order.
"""

import cython
from cython.cimports.libc.string import memcpy, memmove, memset

_MOST_FRAME = cython.declare(cython.longlong, 0xFFFFFFFF)
_MOST_BLOCK = cython.declare(cython.longlong, 1 << 62)


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _put(at: cython.p_uchar, value: cython.ulonglong, little: cython.bint) -> cython.void:
    """Write the lower 32 bits of a value as a word of four octets."""
    if little:
        at[0], at[1] = value & 0xFF, value >> 8 & 0xFF
        at[2], at[3] = value >> 16 & 0xFF, value >> 24 & 0xFF
    else:
        at[0], at[1] = value >> 24 & 0xFF, value >> 16 & 0xFF
        at[2], at[3] = value >> 8 & 0xFF, value & 0xFF


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _fits(at: cython.longlong, length: cython.longlong, size: cython.longlong) -> cython.bint:
    """Whether so many octets from a place on lie inside a block of that size."""
    return at >= 0 and 0 <= length <= size and at <= size - length


def _check_rows(*lengths: int) -> None:
    if len(set(lengths)) > 1:
        raise ValueError(f"columns of {lengths} rows")


def _check_done(done: int, rows: int) -> None:
    if done < rows:
        raise ValueError(f"row {done} does not fit its block")


def lay_out(
    caplen: cython.const[cython.longlong][::1],
    options_len: cython.const[cython.longlong][::1] | None,
    lead: cython.longlong,
    pad: cython.longlong,
    trail: cython.longlong,
    offset_out: cython.longlong[::1],
) -> int:
    """Say where each frame begins when records stand one behind the other.

    Args:
        caplen: (n,) octets of each frame.
        options_len: (n,) octets of its options; None: there are none.
        lead: octets of a record before its frame.
        pad: frames are padded to a multiple of this, 1 or 4 octets.
        trail: octets of a record behind its frame and options.
        offset_out: (n,) filled with the place of each frame.

    Returns:
        The octets of the whole.

    Raises:
        ValueError: a length is negative or no 32-bit number, or the columns differ in length.
    """
    n: cython.longlong = caplen.shape[0]
    has_options: cython.bint = options_len is not None
    _check_rows(n, offset_out.shape[0], options_len.shape[0] if has_options else n)
    if pad not in (1, 4) or not (0 <= lead <= 256 and 0 <= trail <= 256):
        raise ValueError(f"no layout: {lead} octets, padding to {pad}, {trail} octets")
    row: cython.longlong = 0
    size: cython.longlong = 0
    extra: cython.longlong = 0
    with cython.nogil:
        while row < n and size < _MOST_BLOCK:  # a row adds less than 2**34, so the sum fits
            if has_options:
                extra = options_len[row]
            if not 0 <= caplen[row] <= _MOST_FRAME or not 0 <= extra <= _MOST_FRAME:
                break
            offset_out[row] = size + lead
            size += lead + caplen[row] + (-caplen[row] & (pad - 1)) + extra + trail
            row += 1
    _check_done(row, n)
    return size


def copy_frames(
    source: cython.const[cython.uchar][::1],
    source_at: cython.const[cython.longlong][::1],
    target: cython.uchar[::1],
    target_at: cython.const[cython.longlong][::1],
    length: cython.const[cython.longlong][::1],
) -> None:
    """Copy n runs of octets, one after the other.

    Args:
        source: the block that they lie in.
        source_at: (n,) where each begins.
        target: the block that they go to; where it is the same one, no run may go where a later one is.
        target_at: (n,) where each goes.
        length: (n,) octets of each.

    Raises:
        ValueError: a run does not lie in its block, before which all were copied; or the columns differ in length.
    """
    n: cython.longlong = length.shape[0]
    _check_rows(n, source_at.shape[0], target_at.shape[0])
    size: cython.longlong = source.shape[0]
    room: cython.longlong = target.shape[0]
    row: cython.longlong = 0
    with cython.nogil:
        while row < n and _fits(source_at[row], length[row], size) and _fits(target_at[row], length[row], room):
            if length[row]:  # an empty block has no first octet
                memmove(
                    cython.address(target[0]) + target_at[row], cython.address(source[0]) + source_at[row], length[row]
                )
            row += 1
    _check_done(row, n)


def fill_records(
    octets: cython.uchar[::1],
    offset: cython.const[cython.longlong][::1],
    caplen: cython.const[cython.longlong][::1],
    orig_len: cython.const[cython.longlong][::1],
    stamp: cython.const[cython.ulonglong][::1],
    little: cython.bint,
) -> None:
    """Write the headers of pcap records into the 16 octets before each frame.

    Args:
        octets: the block that the frames lie in.
        offset: (n,) where each begins.
        caplen: (n,) its captured length.
        orig_len: (n,) its original length, of which the lower 32 bits are written.
        stamp: (n,) the first eight octets of the header, as they are to stand there.
        little: byte order of the file.

    Raises:
        ValueError: a frame and its header do not lie in the block, or the columns differ in length.
    """
    n: cython.longlong = offset.shape[0]
    _check_rows(n, caplen.shape[0], orig_len.shape[0], stamp.shape[0])
    size: cython.longlong = octets.shape[0]
    row: cython.longlong = 0
    head: cython.p_uchar
    with cython.nogil:
        while row < n and offset[row] >= 16 and _fits(offset[row], caplen[row], size):
            head = cython.address(octets[0]) + (offset[row] - 16)
            memcpy(head, cython.address(stamp[row]), 8)
            _put(head + 8, caplen[row], little)
            _put(head + 12, orig_len[row], little)
            row += 1
    _check_done(row, n)


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _fill_packet(
    frame: cython.p_uchar,
    caplen: cython.longlong,
    options: cython.p_const_uchar,
    options_len: cython.longlong,
    little: cython.bint,
) -> cython.void:
    """Write kind, lengths, padding and options; there is room for all, and `options` may be NULL.

    Options are copied first, before padding and length are written where they may be.
    """
    padded: cython.longlong = caplen + (-caplen & 3)
    length: cython.longlong = 32 + padded + options_len
    tail: cython.p_uchar = frame + padded
    if options != tail:
        if options_len:
            memmove(tail, options, options_len)
        memset(frame + caplen, 0, padded - caplen)
    _put(frame - 28, 6, little)
    _put(frame - 24, length, little)
    _put(frame - 8, caplen, little)
    _put(tail + options_len, length, little)


def fill_packets(
    octets: cython.uchar[::1],
    offset: cython.const[cython.longlong][::1],
    caplen: cython.const[cython.longlong][::1],
    orig_len: cython.const[cython.longlong][::1],
    stamp: cython.const[cython.ulonglong][::1],
    ids: cython.const[cython.longlong][::1],
    little: cython.bint,
    options: cython.const[cython.uchar][::1] | None,
    options_at: cython.const[cython.longlong][::1] | None,
    options_len: cython.const[cython.longlong][::1] | None,
) -> None:
    """Write the heads of enhanced packet blocks before the frames, and padding, options and length behind them.

    Args:
        octets: the block that the frames lie in.
        offset: (n,) where each begins.
        caplen: (n,) its captured length.
        orig_len: (n,) its original length, of which the lower 32 bits are written.
        stamp: (n,) its ticks.
        ids: (n,) its interface, as the file numbers them.
        little: byte order of the section.
        options: the block that the options lie in, which may be the same one, when they are where they belong or where
            nothing is written before; None: there are none. Those that are where they belong stay, and so does the
            padding before them, which is zero otherwise.
        options_at: (n,) where they begin; None with `options`.
        options_len: (n,) their octets, a multiple of 4; None with `options`.

    Raises:
        ValueError: what is around a frame does not lie in the block, or its options not in theirs; or the columns
            differ in length.
    """
    n: cython.longlong = offset.shape[0]
    has_options: cython.bint = options is not None and options_at is not None and options_len is not None
    _check_rows(n, caplen.shape[0], orig_len.shape[0], stamp.shape[0], ids.shape[0])
    if has_options:
        _check_rows(n, options_at.shape[0], options_len.shape[0])
    size: cython.longlong = octets.shape[0]
    extra: cython.longlong = 0
    row: cython.longlong = 0
    frame: cython.p_uchar
    there: cython.p_const_uchar = cython.NULL
    with cython.nogil:
        while row < n:
            if has_options:
                extra = options_len[row]
                if extra & 3 or not _fits(options_at[row], extra, options.shape[0]):
                    break
                if options.shape[0]:
                    there = cython.address(options[0]) + options_at[row]
            if offset[row] < 28 or not _fits(offset[row], caplen[row], size):
                break
            if not _fits(offset[row] + caplen[row], (-caplen[row] & 3) + extra + 4, size):
                break
            frame = cython.address(octets[0]) + offset[row]
            _fill_packet(frame, caplen[row], there, extra, little)
            _put(frame - 20, ids[row], little)
            _put(frame - 16, stamp[row] >> 32, little)
            _put(frame - 12, stamp[row], little)
            _put(frame - 4, orig_len[row], little)
            row += 1
    _check_done(row, n)
