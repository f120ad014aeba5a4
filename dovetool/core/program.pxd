"""How a new frame is made of an old one by a program, which is words on a tape."""

from dovetool.core.patching cimport PATCH, Frame, NewFrame, Patch, work_out
from libc.string cimport memcpy

cdef enum:
    PROGRAM = 6  # words of a program before its constants; behind these come its pieces, then its patches

cdef struct Program:
    long long rest
    long long trim
    long long head  # octets of all pieces
    long long pieces  # a source and a length each; constant when the source is -1
    long long patches
    long long constants  # words of them


cdef inline long long kept_of(const Program *program, long long caplen, long long wire) noexcept nogil:
    """Captured octets of a frame that are left once its end is trimmed."""
    return max(min(caplen, wire - program.trim), 0)


cdef inline long long length_of(const long long *piece, long long kept) noexcept nogil:
    """Octets that a piece has of a frame with so many left."""
    return piece[1] if piece[0] < 0 else max(min(piece[1], kept - piece[0]), 0)


cdef inline long long new_caplen(const Program *program, long long caplen, long long wire) noexcept nogil:
    """Captured octets of the new frame."""
    cdef long long kept = kept_of(program, caplen, wire), total = 0, n
    cdef const long long *piece = <const long long *> program + PROGRAM + program.constants
    if kept >= program.rest:
        return program.head + kept - program.rest
    for n in range(program.pieces):  # the frame ends before its rest begins, perhaps within a piece
        total += length_of(piece + 2 * n, kept)
    return total


cdef inline long long new_orig(const Program *program, long long wire) noexcept nogil:
    """Octets of the new frame on the wire."""
    return max(wire + program.head - program.rest - program.trim, 0)


cdef inline void make(const Program *program, const Frame *frame, NewFrame *new) noexcept nogil:
    """Make the new frame. There is room for it; and no piece is of more than the octets that are left of the old."""
    cdef const long long *at = <const long long *> program + PROGRAM
    cdef const unsigned char *constants = <const unsigned char *> at
    cdef unsigned char *to = new.octets
    cdef long long kept = kept_of(program, frame.caplen, frame.wire), length, n
    at += program.constants
    for n in range(program.pieces):
        length = length_of(at, kept)
        if at[0] < 0:
            memcpy(to, constants, <size_t> length)
            constants += length
        elif length:
            memcpy(to, frame.octets + at[0], <size_t> length)
        to += length
        at += 2
    if kept > program.rest:
        memcpy(to, frame.octets + program.rest, <size_t> (kept - program.rest))
    for n in range(program.patches):
        work_out(<const Patch *> at, frame, new)
        at += PATCH + 2 * (<const Patch *> at).words
