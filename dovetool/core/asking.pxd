"""Questions about single frames. Octets that a frame has not are none to these, as to slices in Python."""

from dovetool.core.octets cimport big_number
from dovetool.core.sums cimport fold, ones_sum, port_of

cdef enum:
    NOT_LONGER, ENTROPY_IS_HASH, HEADER_SUM_RIGHT, CHECKSUM_RIGHT, MADE_AGAIN

cdef enum:
    RIGHT, OFFLOADED, WRONG

cdef struct Asked:
    const unsigned char *octets
    long long caplen
    long long wire

cdef struct Segment:
    long long checksum_at
    long long start
    long long length_at
    long long counts_from
    long long addresses_at
    long long addresses
    long long protocol

cdef struct Sum:
    long long checksum_at
    long long start
    long long behind
    long long addresses_at
    long long addresses
    long long protocol
    long long segments  # which follow


cdef inline long long word_at(const Asked *frame, long long at) noexcept nogil:
    """The number in the two octets at a place, or in those that are there."""
    if at + 2 <= frame.caplen:
        return big_number(frame.octets + at)
    return frame.octets[at] if at < frame.caplen else 0


cdef inline long long sum_of(const Asked *frame, long long start, long long end, long long total) noexcept nogil:
    """Add the octets from `start` to `end`; a negative end counts from the last captured octet."""
    if end < 0:
        end = max(end + frame.caplen, 0)
    start, end = min(start, frame.caplen), min(end, frame.caplen)
    return ones_sum(frame.octets + start, max(end - start, 0), total)


cdef inline long long pseudo_of(const Sum *asked, const Asked *frame, long long end) noexcept nogil:
    """The sum of the pseudo-header."""
    if not asked.addresses:
        return 0
    return sum_of(
        frame, asked.addresses_at, asked.addresses_at + asked.addresses, asked.protocol + end - asked.start
    )


cdef inline long long pseudo_inside(const Segment *segment, const Asked *frame, long long end) noexcept nogil:
    """The sum of the pseudo-header of a segment."""
    cdef long long counted = word_at(frame, segment.length_at)
    cdef long long covered = segment.counts_from + counted - segment.start if counted else end - segment.start
    if not segment.addresses:
        return 0
    return sum_of(
        frame, segment.addresses_at, segment.addresses_at + segment.addresses, segment.protocol + max(covered, 0)
    )


cdef inline bint right_with(
    const Sum *asked, const Segment *segment, const Asked *frame, long long end, long long pseudo
) noexcept nogil:
    """Say whether the checksum is right once that of a segment is filled in, which was left to the network card."""
    cdef long long inside = pseudo_inside(segment, frame, end)
    if segment.checksum_at + 2 > end or word_at(frame, segment.checksum_at) != inside:
        return False
    return sum_of(frame, asked.start, segment.start, pseudo + (inside ^ 0xFFFF)) == 0xFFFF


cdef inline long long checksum_right(const Sum *asked, const Asked *frame) noexcept nogil:
    cdef long long end = frame.wire - asked.behind, n
    cdef long long pseudo = pseudo_of(asked, frame, end)
    cdef const Segment *segment = <const Segment *> (asked + 1)
    if frame.caplen < end or sum_of(frame, asked.start, end, pseudo) == 0xFFFF:
        return RIGHT
    if word_at(frame, asked.checksum_at) == fold(pseudo):
        return OFFLOADED
    for n in range(asked.segments):
        if right_with(asked, segment + n, frame, end, pseudo):
            return OFFLOADED
    return WRONG


cdef inline long long header_sum_right(const Asked *frame, long long start, long long length) noexcept nogil:
    if frame.caplen < start + length or ones_sum(frame.octets + start, length, 0) == 0xFFFF:
        return RIGHT
    return WRONG if word_at(frame, start + 10) else OFFLOADED


cdef inline long long entropy_is_hash(const Asked *frame, const long long *asked) noexcept nogil:
    """`asked`: where the hash is, its octets, the words of the flow, and these."""
    cdef long long port = port_of(frame.octets, frame.caplen, asked + 3, asked[2])
    if asked[0] + asked[1] > frame.caplen:
        return 1
    if asked[1] == 1:
        return frame.octets[asked[0]] != (port & 0xFF)
    return big_number(frame.octets + asked[0]) != port


cdef inline long long answer(long long kind, const long long *asked, const Asked *frame) noexcept nogil:
    """The answer to one question; 0: all is well."""
    cdef const Sum *made = <const Sum *> asked
    if kind == NOT_LONGER:
        return frame.wire > asked[0]
    if kind == ENTROPY_IS_HASH:
        return entropy_is_hash(frame, asked)
    if kind == HEADER_SUM_RIGHT:
        return header_sum_right(frame, asked[0], asked[1])
    if kind == MADE_AGAIN:
        return frame.caplen < frame.wire - made.behind or checksum_right(made, frame) != RIGHT
    return checksum_right(made, frame)


cdef inline long long answers_to(const long long *tape, const Asked *frame) noexcept nogil:
    """The place of the answers among all combinations. `tape`: how many questions; of each its kind and words, these."""
    cdef long long place = 0, n
    cdef const long long *asked = tape + 1
    for n in range(tape[0]):
        place = place * (3 if asked[0] == HEADER_SUM_RIGHT or asked[0] == CHECKSUM_RIGHT else 2)
        place += answer(asked[0], asked + 2, frame)
        asked += 2 + asked[1]
    return place
