"""Walk the records of capture files, and write what stands around their frames."""

import cython
from cython.cimports.libc.string import memcpy


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _word(at: cython.p_const_uchar, little: cython.bint) -> cython.uint:
    """The 32-bit word at a place with four octets."""
    a: cython.uint = at[0]
    b: cython.uint = at[1]
    c: cython.uint = at[2]
    d: cython.uint = at[3]
    if little:
        return a | b << 8 | c << 16 | d << 24
    return a << 24 | b << 16 | c << 8 | d


@cython.ccall
def walk_records(
    octets: cython.const[cython.uchar][::1],
    start: cython.longlong,
    end: cython.longlong,
    little: cython.bint,
    most_caplen: cython.longlong,
    columns: cython.longlong[:, ::1],
) -> tuple:
    """Walk the records of a pcap file.

    A record has a header of 16 octets (seconds, fraction, captured length, original length), then the frame.

    Args:
        octets: the block that they lie in.
        start: where the first begins.
        end: where the octets end that were read of the file.
        little: byte order of the file.
        most_caplen: a record that claims more octets is damaged.
        columns: (4, room) filled for each record: where its frame begins, its captured and its original length, and its
            stamp, the first eight octets as they stand there.

    Returns:
        How many records were found: those that lie wholly before `end`, up to the first damaged one, or to the end of
        the room. And where the next one begins.

    Raises:
        ValueError: the block has no such octets, or there are not four columns.
    """
    if not 0 <= start <= end <= octets.shape[0]:
        raise ValueError(f"octets {start} to {end} of a block of {octets.shape[0]}")
    if columns.shape[0] != 4:
        raise ValueError(f"{columns.shape[0]} columns, not 4")
    room: cython.longlong = columns.shape[1]
    n: cython.longlong = 0
    if end - start < 16 or not room:
        return 0, start
    block: cython.p_const_uchar = cython.address(octets[0])
    offset: cython.p_longlong = cython.address(columns[0, 0])
    caplen: cython.p_longlong = cython.address(columns[1, 0])
    orig_len: cython.p_longlong = cython.address(columns[2, 0])
    stamp: cython.p_longlong = cython.address(columns[3, 0])
    claimed: cython.longlong
    with cython.nogil:
        # start <= end holds throughout, so every header that is read lies before end, and n < room
        while n < room and end - start >= 16:
            claimed = _word(block + start + 8, little)
            if claimed > most_caplen or claimed > end - start - 16:
                break
            offset[n] = start + 16
            caplen[n] = claimed
            orig_len[n] = _word(block + start + 12, little)
            memcpy(stamp + n, block + start, 8)
            start += 16 + claimed
            n += 1
    return n, start
