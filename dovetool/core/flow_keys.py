"""The keys of the flows that were decided by one shape; `shape.pxd` has what is done for each frame."""

import os

import cython
from cython.cimports.dovetool.core.shape import (
    CHOICE,
    CONTEXT,
    LENGTH,
    WORD,
    Frames,
    Read,
    Shape,
    fits,
    hash_of_key,
    read_word,
    slot_of,
)

_BEYOND = 1 << 48  # no limit of a length, and no base of one, is so large


@cython.cclass
class Keys:
    """The keys of one shape, each with the number of its flow."""

    def __init__(self, shape: tuple, contexts: cython.Py_ssize_t, of: object) -> None:
        """Begin without keys of a shape, which whoever asks has as `of`.

        Raises:
            ValueError: the shape reads what frames of its lengths may lack.
        """
        self.of = of
        words, lengths, choices, caplen, wire = shape
        _check(words, (*lengths, *choices), caplen[0], (*caplen, *wire, *(base for _, base in lengths)))
        self.shape.caplen_from, self.shape.caplen_room = caplen[0], max(caplen[1] - caplen[0], 0)
        self.shape.wire_from, self.shape.wire_room = wire[0], max(wire[1] - wire[0], 0)
        places = [_places_of(values) for _, values in choices]
        reads = [(WORD, at, mask, 0, 0) for at, mask in words]
        reads += [(LENGTH, at, base, 0, 0) for at, base in lengths]
        reads += [(CHOICE, at, *place[:3]) for (at, _), place in zip(choices, places, strict=True)]
        reads += [(CONTEXT, number, 0, 0, 0) for number in range(contexts)]
        self.reads = _words_of([*reads, (0,) * 5])
        chance: cython.ulonglong[::1] = memoryview(bytearray(os.urandom(8 * len(reads) + 8))).cast("Q")
        self.shape.read = cython.cast(cython.pointer(Read), cython.address(self.reads[0]))
        self.shape.chance = cython.address(chance[0])
        self.shape.words, self.shape.lengths, self.shape.choices = len(words), len(lengths), len(choices)
        self.shape.contexts, self.shape.reads = contexts, len(reads)
        self.kept, self.varying, self.slots = (places, chance), [], _slots(1, len(reads))
        self.varies = bytearray(len(reads) + 1)
        self._lay_out(16)

    @cython.cfunc
    def learn(self, frames: cython.pointer(Frames), row: cython.Py_ssize_t, number: cython.int) -> cython.int:
        """Note the number of the flow of a frame that lies in its block."""
        shape: cython.pointer(Shape) = cython.address(self.shape)
        if not fits(shape, frames.caplen[row], frames.wire[row]):
            raise ValueError(f"frame {row} is not of the shape")
        frame: cython.p_const_uchar = frames.octets + frames.offset[row]
        key: cython.ulonglong[::1] = memoryview(bytearray(8 * shape.reads + 8)).cast("Q")
        n: cython.Py_ssize_t
        for n in range(shape.reads):
            key[n] = read_word(shape.read + n, frame, frames.wire[row], frames.context + row, frames.count)
        self._tell_apart(key)
        slot: cython.p_ulonglong = slot_of(shape, frames, row)
        if not slot[0]:
            slot[1] = hash_of_key(shape, cython.address(key[0]))
            for n in range(shape.reads):
                slot[2 + n] = key[n]
            self.count += 1
        slot[0] = cython.cast(cython.ulonglong, number) + 1
        return 0

    @cython.cfunc
    def _tell_apart(self, key: cython.ulonglong[::1]) -> cython.int:
        """Hash all words in which a key differs from the first one, and have room for it."""
        if not self.count:
            self.first = key
        new: list = []
        n: cython.Py_ssize_t
        for n in range(self.shape.reads):
            if key[n] != self.first[n] and not self.varies[n]:
                self.varies[n] = True
                new.append(n)
        slots: cython.longlong = self.slots.shape[0]
        is_full: cython.bint = 2 * (self.count + 1) > slots
        if new or is_full:
            self.varying += new
            self._lay_out(2 * slots if is_full else slots)
        return 0

    @cython.cfunc
    def _lay_out(self, slots: cython.longlong) -> cython.int:
        """Have so many slots, a power of 2, with the keys where their hash says."""
        shape: cython.pointer(Shape) = cython.address(self.shape)
        vary: cython.ulonglong[::1] = _words_of([self.reads[5 * n : 5 * n + 5] for n in (*self.varying, shape.reads)])
        vary_at: cython.ulonglong[::1] = _words_of([(*self.varying, 0)])
        old: cython.ulonglong[:, ::1] = self.slots
        new: cython.ulonglong[:, ::1] = _slots(slots, shape.reads)
        shape.vary = cython.cast(cython.pointer(Read), cython.address(vary[0]))
        shape.vary_at, shape.varying = cython.address(vary_at[0]), len(self.varying)
        shape.slots, shape.last = cython.address(new[0, 0]), slots - 1
        self.slots, self.laid_out = new, (vary, vary_at)
        place: cython.Py_ssize_t
        n: cython.Py_ssize_t
        word: cython.Py_ssize_t
        for n in range(old.shape[0]):
            if old[n, 0]:
                old[n, 1] = hash_of_key(shape, cython.address(old[n, 0]) + 2)
                place = old[n, 1] & shape.last
                while new[place, 0]:
                    place = place + 1 & (slots - 1)
                for word in range(shape.reads + 2):
                    new[place, word] = old[n, word]
        return 0


def _check(words: tuple, numbers: tuple, caplen: object, limits: tuple) -> None:
    """See that frames with so many captured octets have all that is read."""
    ends = [(at, at + (mask.bit_length() + 7) // 8) for at, mask in words] + [(at, at + 2) for at, _ in numbers]
    if not all(0 <= at <= end <= caplen for at, end in ends):
        raise ValueError("a shape reads octets that its frames need not have")
    if not all(0 <= limit < _BEYOND for limit in limits):
        raise ValueError("a shape of lengths that no frame has")


def _words_of(rows: list) -> object:
    """64-bit words, one behind the other."""
    words = memoryview(bytearray(8 * sum([len(row) for row in rows]))).cast("Q")
    for n, word in enumerate([word for row in rows for word in row]):
        words[n] = word
    return words


def _slots(count: object, reads: object) -> object:
    """Free slots for keys of so many words."""
    return memoryview(bytearray(8 * count * (reads + 2))).cast("B").cast("Q", (count, reads + 2))


def _places_of(values: tuple) -> tuple:
    """Slots for 16-bit values: the factor and shift by which each comes to its own, their address, and the slots.

    A value's slot is the low 32 bits of its product with the factor, shifted, and has its place among the values, from
    1, in the upper half and the value in the lower.
    """
    places = {value: place << 16 | value for place, value in enumerate(values, 1) if 0 <= value <= 0xFFFF}
    widths = range((len(places) ** 2 >> 3).bit_length() + 1, 16)
    ways = [(odd << 16, 32 - bits) for bits in widths for odd in range(1, 256, 2)]
    for factor, shift in (*ways, (1, 0)):  # the last gives each number a slot of its own
        at = [(value * factor & 0xFFFF_FFFF) >> shift for value in places]
        if len(set(at)) == len(at):
            break
    slots: cython.uint[::1] = memoryview(bytearray(4 << (32 - shift if shift else 16))).cast("I")
    for slot, entry in zip(at, places.values(), strict=True):
        slots[slot] = entry
    return factor, shift, cython.cast(cython.size_t, cython.address(slots[0])), slots
