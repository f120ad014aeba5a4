"""Walk the records of capture files, a block of octets at a time.

What a record claims is checked against what is left of the block before anything behind it is read. Words are put
together from octets: compilers make one load of that, wherever the word lies and whatever the byte order.
"""

import cython
from cython.cimports.libc.string import memcpy

Packet = cython.struct(
    kind=cython.longlong,
    offset=cython.longlong,  # of the frame, from where its block begins
    caplen=cython.longlong,
    orig_len=cython.longlong,
    stamp=cython.ulonglong,
    interface=cython.longlong,
    room=cython.longlong,  # octets for the frame, its padding and the options
)
Section = cython.struct(
    little=cython.bint, interfaces=cython.longlong, implied_snaplen=cython.longlong, most_block=cython.longlong
)


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _word(at: cython.p_const_uchar, little: cython.bint) -> cython.uint:
    """The word of four octets at a place."""
    a: cython.uint = at[0]
    b: cython.uint = at[1]
    c: cython.uint = at[2]
    d: cython.uint = at[3]
    if little:
        return a | b << 8 | c << 16 | d << 24
    return a << 24 | b << 16 | c << 8 | d


def _check_range(start: int, end: int, size: int, columns: int, wanted: int) -> None:
    if not 0 <= start <= end <= size:
        raise ValueError(f"octets {start} to {end} of a block of {size}")
    if columns != wanted:
        raise ValueError(f"{columns} columns, not {wanted}")


def walk_records(
    octets: cython.const[cython.uchar][::1],
    start: cython.longlong,
    end: cython.longlong,
    little: cython.bint,
    most_caplen: cython.longlong,
    columns: cython.longlong[:, ::1],
) -> tuple[int, int]:
    """Walk the records of a pcap file: 16 octets (seconds, fraction, captured and original length), then the frame.

    Args:
        octets: the block that they lie in.
        start: where the first begins.
        end: where the octets end that were read of the file.
        little: byte order of the file.
        most_caplen: a record that claims more octets is damaged.
        columns: (4, room) filled for each record: where its frame begins, its captured and its original length, and its
            stamp, the first eight octets as they stand there.

    Returns:
        How many were found: those that lie wholly before `end`, up to the first damaged one or the end of the room. And
        where the next one begins.

    Raises:
        ValueError: the block has no such octets, or there are not four columns.
    """
    _check_range(start, end, octets.shape[0], columns.shape[0], 4)
    room: cython.longlong = columns.shape[1]
    n: cython.longlong = 0
    if start == end or not room:
        return 0, start
    block: cython.p_const_uchar = cython.address(octets[0])
    out: cython.p_longlong = cython.address(columns[0, 0])
    caplen: cython.longlong
    with cython.nogil:
        while n < room and end - start >= 16:  # start <= end stays true, so the header lies inside
            caplen = _word(block + start + 8, little)
            if caplen > most_caplen or caplen > end - start - 16:
                break
            out[n] = start + 16
            out[room + n] = caplen
            out[2 * room + n] = _word(block + start + 12, little)
            memcpy(out + 3 * room + n, block + start, 8)
            start += 16 + caplen
            n += 1
    return n, start


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _read_fields(at: cython.p_const_uchar, section: Section, found: cython.pointer(Packet)) -> cython.void:
    """The fields of a packet block that has all of its kind's: 16 octets for a simple one, 32 for the others."""
    little: cython.bint = section.little
    if found.kind == 3:
        found.offset, found.stamp, found.interface = 12, 0, 0
        found.orig_len = _word(at + 8, little)
        found.caplen = min(found.orig_len, section.implied_snaplen)
        return
    found.offset, found.caplen, found.orig_len = 28, _word(at + 20, little), _word(at + 24, little)
    found.stamp = cython.cast(cython.ulonglong, _word(at + 12, little)) << 32 | _word(at + 16, little)
    found.interface = _word(at + 8, little)
    if found.kind == 2:  # two halves, the interface and the count of drops, in the order of the file
        drops: cython.longlong = found.interface >> 16 if little else found.interface & 0xFFFF
        found.interface = found.interface & 0xFFFF if little else found.interface >> 16
        found.kind |= drops << 8


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _read_packet(
    at: cython.p_const_uchar, left: cython.longlong, section: Section, found: cython.pointer(Packet)
) -> cython.longlong:
    """Take the block apart that begins `left` octets before the end.

    Returns its octets; 0 for one that is no packet, is not whole, or contradicts itself.
    """
    if left < 12:
        return 0
    kind: cython.uint = _word(at, section.little)
    length: cython.longlong = _word(at + 4, section.little)
    around: cython.longlong = 16 if kind == 3 else 32
    if kind not in (6, 3, 2) or not around <= length <= left:
        return 0
    if length & 3 or length > section.most_block or _word(at + length - 4, section.little) != length:
        return 0
    found.kind = kind
    found.room = length - around
    _read_fields(at, section, found)
    return length if found.caplen <= found.room and found.interface < section.interfaces else 0


def walk_packets(
    octets: cython.const[cython.uchar][::1],
    start: cython.longlong,
    end: cython.longlong,
    little: cython.bint,
    interfaces: cython.longlong,
    implied_snaplen: cython.longlong,
    most_block: cython.longlong,
    columns: cython.longlong[:, ::1],
) -> tuple[int, int]:
    """Walk the packet blocks of a pcapng file: enhanced (6), simple (3) and obsolete ones (2).

    Args:
        octets: the block of octets that they lie in.
        start: where the first begins.
        end: where the octets end that were read of the file.
        little: byte order of the section.
        interfaces: how many are described; a packet of another one is damaged.
        implied_snaplen: most octets of a frame in a simple packet block.
        most_block: a longer packet block is damaged.
        columns: (8, room) filled for each packet: where its frame begins, captured and original length, ticks (0 in a
            simple block), interface, where its options begin and their octets (0 in a simple block), and the kind of
            the block, plus 256 times the count of drops of an obsolete one.

    Returns:
        How many were found: those that lie wholly before `end`, up to the first damaged one, the first block of another
        kind, or the end of the room. And where the next block begins. Options are not looked into.

    Raises:
        ValueError: the block has no such octets, the snap length is negative, or there are not eight columns.
    """
    _check_range(start, end, octets.shape[0], columns.shape[0], 8)
    if implied_snaplen < 0:
        raise ValueError(f"a snap length of {implied_snaplen}")
    room: cython.longlong = columns.shape[1]
    n: cython.longlong = 0
    if start == end or not room:
        return 0, start
    block: cython.p_const_uchar = cython.address(octets[0])
    out: cython.p_longlong = cython.address(columns[0, 0])
    section: Section = Section(little, interfaces, implied_snaplen, most_block)
    found = cython.declare(Packet)
    length: cython.longlong
    padded: cython.longlong
    with cython.nogil:
        while n < room:
            length = _read_packet(block + start, end - start, section, cython.address(found))
            if not length:
                break
            padded = found.caplen + (-found.caplen & 3)
            out[n] = start + found.offset
            out[room + n] = found.caplen
            out[2 * room + n] = found.orig_len
            memcpy(out + 3 * room + n, cython.address(found.stamp), 8)
            out[4 * room + n] = found.interface
            out[5 * room + n] = start + found.offset + padded
            out[6 * room + n] = 0 if found.kind == 3 else found.room - padded
            out[7 * room + n] = found.kind
            start += length
            n += 1
    return n, start
