"""How the key of a frame is read, and how it is found among the keys of its shape; done for every frame, so inlined.

A key has a word for each read: masked octets, a length compared, a choice, or what is known from outside. Keys are told
apart by their hash, for which only those reads are taken in which the keys of the table differ, and are then compared
in all words. The hash is NH (J. Black and others, "UMAC: Fast and Secure Message Authentication", 1999, section 5)
under numbers drawn by chance, so that nobody can make keys that collide.
"""

from dovetool.core.octets cimport big_number, little_word

cdef enum:
    WORD, LENGTH, CHOICE, CONTEXT

cdef struct Read:
    unsigned long long kind
    unsigned long long at  # where in the frame, or the number of the context
    unsigned long long by  # mask, base, or factor
    unsigned long long shift
    unsigned long long places  # their address; at a value's slot: its place among the values, from 1, and the value; or 0

cdef struct Shape:
    unsigned long long caplen_from  # a frame fits when its lengths are less than so much above these
    unsigned long long caplen_room
    unsigned long long wire_from
    unsigned long long wire_room
    Py_ssize_t words  # the first of the reads; then come lengths, choices and contexts
    Py_ssize_t lengths
    Py_ssize_t choices
    Py_ssize_t contexts
    Py_ssize_t reads
    const Read *read
    Py_ssize_t varying  # reads in which keys differ
    const Read *vary
    const unsigned long long *vary_at  # which of the reads they are
    const unsigned long long *chance
    unsigned long long *slots  # each: number of the flow + 1, hash, key; all 0 when it is free
    unsigned long long last  # number of the last slot; slots are a power of 2, so it is a mask too

cdef struct Frames:
    const unsigned char *octets
    long long size
    const long long *offset
    const long long *caplen
    const long long *wire
    const unsigned long long *context
    Py_ssize_t count


cdef inline bint fits(const Shape *shape, unsigned long long caplen, unsigned long long wire) noexcept nogil:
    """Say whether a frame has lengths of the shape. Then all that is read of it comes before its captured end, but for
    less than a word of octets that are masked out, which are in the slack.
    """
    return caplen - shape.caplen_from < shape.caplen_room and wire - shape.wire_from < shape.wire_room


cdef inline unsigned long long read_word(
    const Read *read, const unsigned char *frame, unsigned long long wire, const unsigned long long *context,
    Py_ssize_t count,
) noexcept nogil:
    """A word of the key of a frame that fits; `context` is the frame's own in the first of rows with `count` each."""
    if read.kind == WORD:
        return little_word(frame + read.at) & read.by
    if read.kind == CONTEXT:
        return context[<Py_ssize_t> read.at * count]
    if read.kind == CHOICE:
        return choice_word(read, frame)
    return length_word(read, frame, wire)


cdef inline unsigned long long choice_word(const Read *read, const unsigned char *frame) noexcept nogil:
    """Which of the values a number is, from 1; 0 for none."""
    cdef unsigned int number = big_number(frame + read.at)
    cdef const unsigned int *places = <const unsigned int *> <size_t> read.places
    cdef unsigned int place = places[number * <unsigned int> read.by >> read.shift]
    return place >> 16 if place & 0xFFFF == number else 0


cdef inline unsigned long long length_word(
    const Read *read, const unsigned char *frame, unsigned long long wire
) noexcept nogil:
    """Octets behind what a length field covers."""
    cdef unsigned int number = big_number(frame + read.at)
    # a length of 0 has a word of its own: as wire >= 0 and base < 2^48, no other comparison comes to it
    return wire - read.by - number if number else <unsigned long long> 1 << 63


cdef inline unsigned long long mixed(unsigned long long word, unsigned long long chance) noexcept nogil:
    """What a word adds to a hash."""
    cdef unsigned int low = <unsigned int> word + <unsigned int> chance
    cdef unsigned int high = <unsigned int> (word >> 32) + <unsigned int> (chance >> 32)
    return <unsigned long long> low * high


cdef inline unsigned long long hash_of_key(const Shape *shape, const unsigned long long *key) noexcept nogil:
    """The hash of a key."""
    cdef unsigned long long total = 0
    cdef Py_ssize_t n
    for n in range(shape.varying):
        total += mixed(key[shape.vary_at[n]], shape.chance[n])
    return total ^ total >> 32


cdef inline unsigned long long hash_of_frame(
    const Shape *shape, const unsigned char *frame, unsigned long long wire, const unsigned long long *context,
    Py_ssize_t count,
) noexcept nogil:
    """The hash of the key of a frame that fits."""
    cdef unsigned long long total = 0, word
    cdef Py_ssize_t n
    for n in range(shape.varying):
        word = read_word(&shape.vary[n], frame, wire, context, count)
        total += mixed(word, shape.chance[n])
    return total ^ total >> 32


cdef inline bint is_key(
    const unsigned long long *key, const Shape *shape, const unsigned char *frame, unsigned long long wire,
    const unsigned long long *context, Py_ssize_t count,
) noexcept nogil:
    """Say whether a key is that of a frame that fits."""
    cdef const Read *read = shape.read
    cdef const Read *behind = read + shape.words
    while read < behind:
        if little_word(frame + read.at) & read.by != key[0]:
            return False
        read += 1
        key += 1
    behind = read + shape.lengths
    while read < behind:
        if length_word(read, frame, wire) != key[0]:
            return False
        read += 1
        key += 1
    behind = read + shape.choices
    while read < behind:
        if choice_word(read, frame) != key[0]:
            return False
        read += 1
        key += 1
    behind = read + shape.contexts
    while read < behind:
        if context[0] != key[0]:
            return False
        read += 1
        key += 1
        context += count
    return True


cdef inline unsigned long long *slot_of(const Shape *shape, const Frames *frames, Py_ssize_t row) noexcept nogil:
    """The slot of the key of a frame that fits, or the free one where it belongs; half of all are free at least."""
    cdef const unsigned char *frame = frames.octets + frames.offset[row]
    cdef unsigned long long wire = <unsigned long long> frames.wire[row]
    cdef const unsigned long long *context = frames.context + row
    cdef unsigned long long hash = hash_of_frame(shape, frame, wire, context, frames.count)
    cdef unsigned long long place = hash & shape.last
    cdef unsigned long long *slot
    while True:
        slot = shape.slots + place * <unsigned long long> (shape.reads + 2)
        if slot[0] == 0 or (slot[1] == hash and is_key(slot + 2, shape, frame, wire, context, frames.count)):
            return slot
        place = place + 1 & shape.last


cdef inline long long flow_of(
    const unsigned long long *shapes, Py_ssize_t count, const Frames *frames, Py_ssize_t row, unsigned long long *hits
) noexcept nogil:
    """The number of a frame's flow, -1 for a new one; `shapes` are their addresses. Notes which of them was met."""
    cdef Py_ssize_t n
    cdef const Shape *shape
    cdef unsigned long long number
    for n in range(count):
        shape = <const Shape *> <size_t> shapes[n]
        if fits(shape, <unsigned long long> frames.caplen[row], <unsigned long long> frames.wire[row]):
            number = slot_of(shape, frames, row)[0]
            if number:
                hits[n] += 1
                return <long long> number - 1
    return -1
