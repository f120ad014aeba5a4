"""Internet checksums (RFC 1071), and the hash of inner flows that becomes a source port."""

from dovetool.core.octets cimport big_number, little_word

cdef extern from * nogil:
    """
    /* as `MULTIPLIERS` and `FINISHER` of the flow hash in plain Python, which tests compare */
    static const unsigned long long dovetool_multipliers[12] = {
        0x9E3779B97F4A7C15ULL, 0xC2B2AE3D27D4EB4FULL, 0x165667B19E3779F9ULL, 0x85EBCA77C2B2AE63ULL,
        0x27D4EB2F165667C5ULL, 0xD6E8FEB86659FD93ULL, 0xA0761D6478BD642FULL, 0xE7037ED1A0B428DBULL,
        0x8EBC6AF09C88C6E3ULL, 0x589965CC75374CC3ULL, 0x1D8E4E27C47D124FULL, 0xEB44ACCAB455D165ULL,
    };
    static const unsigned long long dovetool_finisher = 0xFF51AFD7ED558CCDULL;
    """
    const unsigned long long multipliers "dovetool_multipliers"[12]
    const unsigned long long finisher "dovetool_finisher"

cdef enum:
    MOST_WORDS = 12  # of a flow that are hashed


cdef inline long long fold(long long total) noexcept nogil:
    """Bring a sum of 16-bit words down to 16 bits, adding the carries back in; a negative one stays."""
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return total


cdef inline long long ones_sum(const unsigned char *at, long long length, long long start) noexcept nogil:
    """Add the big-endian words of so many octets, 2^32 at most, to `start`; an odd last octet is padded with 0.

    Long runs are added up by little-endian words, as the octets of the sum can be exchanged (RFC 1071 section 2 (B)).
    """
    cdef const unsigned char *end = at + length
    cdef unsigned long long low = 0, high = 0, word
    cdef long long total = start
    if length >= 32 and start >= 0:
        while end - at >= 8:
            word = little_word(at)
            low += <unsigned int> word
            high += word >> 32
            at += 8
        total = fold(<long long> ((low & <unsigned int> -1) + (low >> 32) + (high & <unsigned int> -1) + (high >> 32)))
        total = start + ((total & 0xFF) << 8 | total >> 8)
    while end - at >= 2:
        total += big_number(at)
        at += 2
    if at < end:
        total += <long long> at[0] << 8
    return fold(total)


cdef inline unsigned int port_of(
    const unsigned char *frame, long long caplen, const long long *flow, long long words
) noexcept nogil:
    """The source port for the flow of a frame, by the offset and mask of words; octets behind its end count as 0."""
    cdef unsigned long long total = 0, word
    cdef long long n, at
    for n in range(min(words, MOST_WORDS)):
        at = flow[2 * n]
        if at + 8 <= caplen:
            word = little_word(frame + at)
        else:
            word = 0
            while at < caplen:
                word |= <unsigned long long> frame[at] << <unsigned int> (8 * (at - flow[2 * n]))
                at += 1
        total += (word & <unsigned long long> flow[2 * n + 1]) * multipliers[n]
    return 49152 + <unsigned int> (((total ^ total >> 32) * finisher) >> 50)
