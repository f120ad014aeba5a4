"""The flows decided so far: by what a decision looked at, the number of every later frame that looks the same.

A shape is what decisions looked at: (words, lengths, choices, caplen, wire). Words are (offset, mask) of little-endian
64-bit words. Lengths are (offset, base) of 16-bit length fields; what was seen are the octets on the wire behind what
the field covers, or that it is 0. Choices are (offset, values) of 16-bit numbers; what was seen is which of the values
it is, or none. The captured length of frames and that on the wire are in ranges (from, below).

Frames come as a block of octets, which goes on for 256 octets behind the last of them, and columns: offset in the
block, captured octets, octets on the wire, and words of what is known from outside, a row of `contexts` each.
"""

import cython
from cython.cimports.dovetool.core.flow_keys import Keys
from cython.cimports.dovetool.core.octets import lies_within, prefetch
from cython.cimports.dovetool.core.shape import Frames, flow_of


@cython.cclass
class FlowTable:
    """Numbers of flows, by the key of a frame: what is known about it from outside, and all that a shape reads.

    Keys are compared as a whole, so that no two flows are ever taken for each other. Several threads may ask a table at
    a time, as long as none changes it.
    """

    contexts: cython.Py_ssize_t
    readers: cython.Py_ssize_t
    by_shape: dict
    last_shape: object  # the shape that was learned last, and its keys; hashing a shape takes long
    last_keys: Keys
    asked: list  # the keys of each shape, in the order in which they are asked
    addresses: cython.ulonglong[::1]  # of their shapes

    def __init__(self, contexts: cython.Py_ssize_t) -> None:
        """Begin without flows; `contexts` words are known about each frame from outside."""
        if contexts < 0:
            raise ValueError(f"{contexts} words of context")
        self.contexts = contexts
        self.clear()

    def __len__(self) -> int:
        """Count the flows."""
        return sum([cython.cast(Keys, keys).count for keys in self.asked])

    @property
    def shapes(self) -> int:
        """How many shapes they have."""
        return len(self.asked)

    def clear(self) -> None:
        """Forget all flows; a RuntimeError while another thread asks."""
        self._be_alone()
        self.by_shape = {}
        self.last_shape = self.last_keys = None
        self._ask([])

    def learn(
        self,
        shape: object,
        octets: cython.const[cython.uchar][::1],
        offset: cython.const[cython.longlong][::1],
        caplen: cython.const[cython.longlong][::1],
        wire: cython.const[cython.longlong][::1],
        contexts: cython.const[cython.ulonglong][:, ::1],
        row: cython.Py_ssize_t,
        number: cython.int,
    ) -> None:
        """Give the flow of the frame in a row a number from 0, or another one.

        Raises:
            ValueError: the frame does not lie in the block or is not of the shape, the shape reads what frames of its
                lengths may lack, or the columns do not belong together.
            RuntimeError: another thread asks.
        """
        frames = cython.declare(Frames)
        self._be_alone()
        self._look(cython.address(frames), octets, offset, caplen, wire, contexts)
        self._learn(self._keys(shape), cython.address(frames), row, number)

    def learn_all(
        self,
        shape: object,
        octets: cython.const[cython.uchar][::1],
        offset: cython.const[cython.longlong][::1],
        caplen: cython.const[cython.longlong][::1],
        wire: cython.const[cython.longlong][::1],
        contexts: cython.const[cython.ulonglong][:, ::1],
        rows: cython.const[cython.longlong][::1],
        numbers: cython.const[cython.int][::1],
    ) -> None:
        """As `learn`, of the frames in some rows of one shape, each with a number of its own.

        Raises:
            ValueError: as `learn`; the frames before the one that is wrong were learned.
            RuntimeError: another thread asks.
        """
        frames = cython.declare(Frames)
        self._be_alone()
        self._look(cython.address(frames), octets, offset, caplen, wire, contexts)
        if rows.shape[0] != numbers.shape[0]:
            raise ValueError(f"{rows.shape[0]} rows with {numbers.shape[0]} numbers")
        keys: Keys = self._keys(shape)
        n: cython.Py_ssize_t
        for n in range(rows.shape[0]):
            self._learn(keys, cython.address(frames), rows[n], numbers[n])

    @cython.cfunc
    def _keys(self, shape: object) -> Keys:
        """The keys of a shape, without any for one that is new."""
        if shape is self.last_shape:
            return self.last_keys
        keys: Keys = self.by_shape.get(shape)
        return Keys(tuple(shape), self.contexts, shape) if keys is None else keys

    @cython.cfunc
    def _learn(
        self, keys: Keys, frames: cython.pointer(Frames), row: cython.Py_ssize_t, number: cython.int
    ) -> cython.int:
        """Learn one frame, and ask for its shape from now on."""
        if number < 0 or not 0 <= row < frames.count:
            raise ValueError(f"number {number} for frame {row} of {frames.count}")
        if not lies_within(frames.offset[row], frames.caplen[row], frames.size):
            raise ValueError(f"frame {row} lies outside its block")
        keys.learn(frames, row, number)
        if keys is self.last_keys:
            return 0
        if keys.of not in self.by_shape:
            self.by_shape[keys.of] = keys
            self._ask([*self.asked, keys])
        self.last_shape, self.last_keys = keys.of, keys
        return 0

    def find(
        self,
        octets: cython.const[cython.uchar][::1],
        offset: cython.const[cython.longlong][::1],
        caplen: cython.const[cython.longlong][::1],
        wire: cython.const[cython.longlong][::1],
        contexts: cython.const[cython.ulonglong][:, ::1],
        numbers: cython.int[::1],
        start: cython.Py_ssize_t,
        stop: cython.Py_ssize_t,
        to_end: cython.bint,
    ) -> int:
        """Number the frames from row `start` to before `stop` whose number is negative and whose flow is known.

        Returns:
            With `to_end`, how many have a flow that is new; else the row of the first of them, where this ends, or
            `stop`.

        Raises:
            ValueError: a frame does not lie in the block, or the columns do not belong together.
        """
        frames = cython.declare(Frames)
        self._look(cython.address(frames), octets, offset, caplen, wire, contexts)
        if numbers.shape[0] != frames.count or not 0 <= start <= stop <= frames.count:
            raise ValueError(f"frames {start} to {stop} of {frames.count} with {numbers.shape[0]} numbers")
        if start == stop:
            return 0 if to_end else stop
        asked: list = self.asked
        shapes: cython.ulonglong[::1] = self.addresses
        count: cython.Py_ssize_t = len(asked)
        hits: cython.ulonglong[::1] = memoryview(bytearray(8 * count + 8)).cast("Q")
        row: cython.Py_ssize_t
        self.readers += 1
        with cython.nogil:
            row = _find(
                cython.address(shapes[0]),
                count,
                cython.address(frames),
                cython.address(numbers[0]),
                start,
                stop,
                to_end,
                cython.address(hits[0]),
            )
        self.readers -= 1
        self._note(asked, hits)
        if row < 0:
            raise ValueError(f"frame {-1 - row} lies outside its block")
        return row

    @cython.cfunc
    def _look(
        self,
        frames: cython.pointer(Frames),
        octets: cython.const[cython.uchar][::1],
        offset: cython.const[cython.longlong][::1],
        caplen: cython.const[cython.longlong][::1],
        wire: cython.const[cython.longlong][::1],
        contexts: cython.const[cython.ulonglong][:, ::1],
    ) -> cython.void:
        """Say where frames are to be found; whether one lies in the block is seen when its turn comes."""
        count: cython.Py_ssize_t = offset.shape[0]
        if caplen.shape[0] != count or wire.shape[0] != count or contexts.shape[1] != count:
            raise ValueError("columns of different lengths")
        if contexts.shape[0] != self.contexts:
            raise ValueError(f"{contexts.shape[0]} words of context, not {self.contexts}")
        frames.count, frames.size, frames.context = count, octets.shape[0], cython.NULL
        if frames.size:
            frames.octets = cython.address(octets[0])
        if count:
            frames.offset, frames.caplen = cython.address(offset[0]), cython.address(caplen[0])
            frames.wire = cython.address(wire[0])
            if self.contexts:
                frames.context = cython.address(contexts[0, 0])

    @cython.cfunc
    def _be_alone(self) -> cython.void:
        if self.readers:
            raise RuntimeError("a table of flows is changed while it is read")

    @cython.cfunc
    def _ask(self, asked: list) -> cython.void:
        """Ask in this order from now on; who reads at the moment goes on with the order that it has."""
        addresses: cython.ulonglong[::1] = memoryview(bytearray(8 * len(asked) + 8)).cast("Q")
        n: cython.Py_ssize_t
        for n in range(len(asked)):
            addresses[n] = cython.cast(cython.size_t, cython.address(cython.cast(Keys, asked[n]).shape))
        self.asked, self.addresses = asked, addresses

    @cython.cfunc
    def _note(self, asked: list, hits: cython.ulonglong[::1]) -> cython.void:
        """Count how often the keys of a shape were met; those met most are asked first."""
        in_order: cython.bint = True
        n: cython.Py_ssize_t
        for n in range(len(asked)):
            cython.cast(Keys, asked[n]).hits += hits[n]
            if n and cython.cast(Keys, asked[n]).hits > cython.cast(Keys, asked[n - 1]).hits:
                in_order = False
        if asked is self.asked and not in_order:
            counts: list = [-cython.cast(Keys, keys).hits for keys in asked]
            self._ask([asked[n] for n in sorted(range(len(counts)), key=counts.__getitem__)])


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def _find(
    shapes: cython.p_const_ulonglong,
    count: cython.Py_ssize_t,
    frames: cython.pointer(Frames),
    numbers: cython.p_int,
    row: cython.Py_ssize_t,
    stop: cython.Py_ssize_t,
    to_end: cython.bint,
    hits: cython.p_ulonglong,
) -> cython.Py_ssize_t:
    """What `find` returns, or -1 - row for a frame that does not lie in the block."""
    new: cython.Py_ssize_t = 0
    ahead: cython.Py_ssize_t
    number: cython.longlong
    while row < stop:
        ahead = row + 8  # its octets will have come when its turn does
        if ahead < stop and lies_within(frames.offset[ahead], 64, frames.size):
            prefetch(frames.octets + frames.offset[ahead])
            prefetch(frames.octets + frames.offset[ahead] + 64)
        if numbers[row] < 0:
            if not lies_within(frames.offset[row], frames.caplen[row], frames.size):
                return -1 - row
            number = flow_of(shapes, count, frames, row, hits)
            if number >= 0:
                numbers[row] = cython.cast(cython.int, number)
            elif to_end:
                new += 1
            else:
                return row
        row += 1
    return new if to_end else stop
