"""Numbers in octets, compiled into whoever asks. Nothing here checks where octets end: its callers have done that."""

cdef extern from * nogil:
    """
    #include <string.h>

    #if defined(__GNUC__) || defined(__clang__)
    #define dovetool_prefetch(address) __builtin_prefetch(address)
    #else
    #define dovetool_prefetch(address) ((void)(address))
    #endif

    #if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    #define dovetool_little(word) __builtin_bswap64(word)
    #else
    #define dovetool_little(word) (word)
    #endif

    static inline unsigned long long dovetool_little_word(const unsigned char *at) {
        unsigned long long word;
        memcpy(&word, at, sizeof word);
        return dovetool_little(word);
    }

    static inline unsigned long long dovetool_big_word(const unsigned char *at) {
        unsigned long long word = 0;
        for (int n = 0; n < 8; n++)
            word = word << 8 | at[n];
        return word;
    }
    """
    void prefetch "dovetool_prefetch"(const unsigned char *address)
    unsigned long long little_word "dovetool_little_word"(const unsigned char *at)  # 64 bits of 8 octets
    unsigned long long big_word "dovetool_big_word"(const unsigned char *at)  # the same, the first octet the highest

cdef enum:
    SLACK = 256  # octets of a block that are there to be read behind the end of every frame


cdef inline unsigned int big_number(const unsigned char *at) noexcept nogil:
    """The big-endian 16-bit number in 2 octets."""
    return <unsigned int> at[0] << 8 | <unsigned int> at[1]


cdef inline bint lies_within(unsigned long long offset, unsigned long long caplen, long long size) noexcept nogil:
    """Say whether a frame and the slack behind it lie within a block of so many octets; negative ones are too large."""
    cdef unsigned long long room = <unsigned long long> (size - SLACK)
    return size >= SLACK and offset <= room and caplen <= room - offset
