"""Fields of new frames, worked out one by one."""

from dovetool.core.octets cimport big_number
from dovetool.core.sums cimport fold, ones_sum, port_of

cdef enum:
    LENGTH, UDP_SUM, ENTROPY, BITS, ADD_SUM

cdef enum:
    PATCH = 7  # words of a patch before those of its flow

cdef struct Patch:
    long long operation
    long long at
    long long a
    long long b
    long long c
    long long d
    long long words  # of the flow, which follows: offset and mask of each

cdef struct Frame:
    const unsigned char *octets
    long long caplen
    long long wire

cdef struct NewFrame:
    unsigned char *octets
    long long caplen
    long long orig_len


cdef inline void put(NewFrame *new, long long at, long long word) noexcept nogil:
    """Write a word, where there is room for it."""
    if at + 2 <= new.caplen:
        new.octets[at] = <unsigned char> (word >> 8 & 0xFF)
        new.octets[at + 1] = <unsigned char> (word & 0xFF)


cdef inline void add_to_sum(NewFrame *new, long long at, long long more) noexcept nogil:
    """Have a checksum follow suit when what it covers grows in sum (RFC 1624 section 3)."""
    if at + 2 <= new.caplen:
        put(new, at, fold((<long long> big_number(new.octets + at) ^ 0xFFFF) + more) ^ 0xFFFF)


cdef inline void put_length(const Patch *patch, NewFrame *new) noexcept nogil:
    cdef long long length = new.orig_len - patch.a, more = 0
    if patch.at + 2 > new.caplen:
        return
    if patch.c:
        length = length if length <= 0xFFFF else 0
        more = <long long> big_number(new.octets + patch.at) ^ 0xFFFF
    length &= 0xFFFF
    put(new, patch.at, length)
    if patch.b >= 0:
        add_to_sum(new, patch.b, more + length)


cdef inline void put_udp_sum(const Patch *patch, NewFrame *new) noexcept nogil:
    cdef long long total = patch.b + new.orig_len - patch.a
    cdef long long start = min(patch.a, new.caplen), addresses = min(patch.c, new.caplen)
    if new.caplen < new.orig_len:
        return
    if patch.d:
        total += ones_sum(new.octets + addresses, min(patch.d, new.caplen - addresses), 0)
    total = (ones_sum(new.octets + start, new.caplen - start, total) ^ 0xFFFF) & 0xFFFF
    put(new, patch.at, total if total else 0xFFFF)


cdef inline void put_entropy(const Patch *patch, const Frame *frame, NewFrame *new) noexcept nogil:
    cdef unsigned int port = port_of(frame.octets, frame.caplen, <const long long *> patch + PATCH, patch.words)
    if patch.a == 2:
        put(new, patch.at, port)
    elif patch.at < new.caplen:
        new.octets[patch.at] = <unsigned char> (port & 0xFF)


cdef inline void work_out(const Patch *patch, const Frame *frame, NewFrame *new) noexcept nogil:
    """Work out one patch; it is left out where the frame has no such place."""
    if patch.operation == LENGTH:
        put_length(patch, new)
    elif patch.operation == UDP_SUM:
        put_udp_sum(patch, new)
    elif patch.operation == ENTROPY:
        put_entropy(patch, frame, new)
    elif patch.operation == ADD_SUM:
        add_to_sum(new, patch.at, patch.a)
        if patch.b and patch.at + 2 <= new.caplen and not big_number(new.octets + patch.at):
            put(new, patch.at, 0xFFFF)
    elif patch.at < new.caplen:
        new.octets[patch.at] = <unsigned char> ((new.octets[patch.at] & ~patch.a | patch.b) & 0xFF)
