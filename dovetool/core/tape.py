"""Numbers one behind the other, for what differs in length from one to the next."""

import cython


@cython.cclass
class Tape:
    """64-bit words that are never changed once they are there, so that others may read them while more come."""

    def __init__(self) -> None:
        """Begin without words, but with room."""
        self.words = memoryview(bytearray(8 * 64)).cast("q")

    @cython.cfunc
    def put(self, words: list) -> cython.Py_ssize_t:
        """Add words, signed or not; returns where they stand. Who holds the words of before keeps them."""
        at: cython.Py_ssize_t = self.used
        n: cython.Py_ssize_t
        if at + len(words) > self.words.shape[0]:
            more: cython.longlong[::1] = memoryview(bytearray(16 * (at + len(words)))).cast("q")
            more[:at] = self.words[:at]
            self.words = more
        for n in range(len(words)):
            self.words[at + n] = words[n] if words[n] < 1 << 63 else words[n] - (1 << 64)
        self.used = at + len(words)
        return at
