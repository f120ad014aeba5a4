"""What is to be done to frames, by number: cut, insert and patch, for many frames at a time.

A program says how a new frame is made of an old one. It begins with pieces, each copied from the frame or constant;
then comes the rest of the frame, less some octets at its end as it was on the wire. Pieces and rest that a frame is too
short for are cut short. Then patches are worked out in order; one whose place is not in the new frame is left out.
Patches are (operation, at, a, b, c, d, flow):

    LENGTH   the word at `at` becomes the frame's length on the wire less a; the checksum at b (-1: none) follows suit.
             With c = 0, that checksum counts the old word as 0; else it counts it as it was, and a length that does
             not fit becomes 0.
    UDP_SUM  the word at `at` becomes the checksum of what comes from a on, its length, and a pseudo-header: b, and the
             d octets of addresses at c; not in a frame that was cut by capturing.
    ENTROPY  the a octets at `at`, 2 or 1, become a hash of the flow: (offset, mask) of words of the old frame.
    BITS     the bits a of the octet at `at` become those of b.
    ADD_SUM  the words that the checksum at `at` covers grew by a in sum; with b = 1, 0xFFFF stands for one of 0.
"""

import cython
from cython.cimports.dovetool.core.octets import lies_within
from cython.cimports.dovetool.core.patching import ADD_SUM, BITS, ENTROPY, LENGTH, UDP_SUM, Frame, NewFrame
from cython.cimports.dovetool.core.program import Program, make, new_caplen, new_orig
from cython.cimports.dovetool.core.tape import Tape
from cython.cimports.libc.string import memcpy

_MOST = 1 << 31  # no place and no length in a program is so large
_MOST_LEN = cython.declare(cython.longlong, 1 << 48)  # and no length of a frame is: so no sum of them overflows


@cython.cclass
class Programs:
    """Programs by number. Several threads may make frames at a time, and programs may be added meanwhile."""

    tape: Tape
    starts: Tape  # where on the tape each program begins

    def __init__(self) -> None:
        """Begin without programs."""
        self.tape, self.starts = Tape(), Tape()

    def __len__(self) -> int:
        """Count the programs."""
        return self.starts.used

    def add(self, pieces: tuple, constants: bytes, rest: int, trim: int, patches: tuple) -> int:
        """Take in a program; returns its number.

        Args:
            pieces: (source, length) of each, copied from `source` of the frame, or constant when that is -1.
            constants: the octets of constant pieces, one behind the other.
            rest: where in the frame the rest begins; behind all that pieces are copied from.
            trim: octets at the frame's end that go.
            patches: as said above.

        Raises:
            ValueError: this is no program.
        """
        needed = sum([length for source, length in pieces if source == -1])
        if needed != len(constants) or not (0 <= rest < _MOST and 0 <= trim < _MOST):
            raise ValueError(f"{needed} octets of constants, not {len(constants)}; or a rest that is nowhere")
        if not all(0 <= length < _MOST and (source == -1 or 0 <= source <= rest - length) for source, length in pieces):
            raise ValueError("a piece that does not come before the rest")
        head = sum([length for _, length in pieces])
        if head >= _MOST:
            raise ValueError("a head that is too long")
        padded = memoryview(constants + bytes(-len(constants) & 7)).cast("q").tolist()
        words = [rest, trim, head, len(pieces), len(patches), len(padded), *padded]
        for piece in pieces:
            words += piece
        for operation, at, a, b, c, d, flow in patches:
            _check(operation, at, a, b, c, d, flow)
            words += [operation, at, a, b, c, d, len(flow)]
            for pair in flow:
                words += pair
        self.starts.put([self.tape.put(words)])
        return self.starts.used - 1

    def measure(
        self,
        numbers: cython.const[cython.int][::1],
        caplen: cython.const[cython.longlong][::1],
        orig_len: cython.const[cython.longlong][::1],
        caplen_out: cython.longlong[::1],
        orig_len_out: cython.longlong[::1],
    ) -> None:
        """Work out how long n frames become, by the number of each one's program; -1 leaves a frame as it is.

        Args:
            numbers: (n,).
            caplen: (n,) captured octets.
            orig_len: (n,) octets on the wire, as the capture has it: not less than were captured is what counts.
            caplen_out: (n,) to be filled.
            orig_len_out: (n,) to be filled.

        Raises:
            ValueError: a number that no program has, a length that no frame has, or columns of different lengths.
        """
        n: cython.Py_ssize_t = numbers.shape[0]
        if not n == caplen.shape[0] == orig_len.shape[0] == caplen_out.shape[0] == orig_len_out.shape[0]:
            raise ValueError("columns of different lengths")
        tape: cython.longlong[::1] = self.tape.words
        starts: cython.longlong[::1] = self.starts.words
        count: cython.Py_ssize_t = self.starts.used
        program: cython.pointer(cython.const[Program])
        wire: cython.longlong
        row: cython.Py_ssize_t = 0
        with cython.nogil:
            while row < n and _is_known(numbers[row], count, caplen[row], orig_len[row]):
                caplen_out[row], orig_len_out[row] = caplen[row], orig_len[row]
                if numbers[row] >= 0:
                    program = _program(tape, starts[numbers[row]])
                    wire = max(caplen[row], orig_len[row])
                    caplen_out[row] = new_caplen(program, caplen[row], wire)
                    orig_len_out[row] = new_orig(program, wire)
                row += 1
        if row < n:
            raise ValueError(f"program {numbers[row]} of {count} for frame {row} of {caplen[row]} octets")

    def make(
        self,
        numbers: cython.const[cython.int][::1],
        octets: cython.const[cython.uchar][::1],
        offset: cython.const[cython.longlong][::1],
        caplen: cython.const[cython.longlong][::1],
        orig_len: cython.const[cython.longlong][::1],
        out: cython.uchar[::1],
        out_offset: cython.const[cython.longlong][::1],
        caplen_out: cython.const[cython.longlong][::1],
        orig_len_out: cython.const[cython.longlong][::1],
        start: cython.Py_ssize_t,
        stop: cython.Py_ssize_t,
    ) -> None:
        """Write the new frames of the rows from `start` to before `stop`.

        Args:
            numbers: (n,) as for `measure`, with `caplen` and `orig_len`.
            octets: the block with the frames, which goes on for 256 octets behind the last of them.
            offset: (n,) where each begins.
            caplen: (n,).
            orig_len: (n,).
            out: another block, for the new frames.
            out_offset: (n,) where each is to begin.
            caplen_out: (n,) what `measure` found.
            orig_len_out: (n,) the same.
            start: the first row.
            stop: the row behind the last.

        Raises:
            ValueError: a frame that does not lie in its block, old or new, or other lengths than `measure` finds.
        """
        n: cython.Py_ssize_t = numbers.shape[0]
        if not n == offset.shape[0] == caplen.shape[0] == orig_len.shape[0] or not (
            n == out_offset.shape[0] == caplen_out.shape[0] == orig_len_out.shape[0]
        ):
            raise ValueError("columns of different lengths")
        if not 0 <= start <= stop <= n:
            raise ValueError(f"frames {start} to {stop} of {n}")
        if start == stop:
            return
        tape: cython.longlong[::1] = self.tape.words
        starts: cython.longlong[::1] = self.starts.words
        count: cython.Py_ssize_t = self.starts.used
        size: cython.longlong = octets.shape[0]
        room: cython.longlong = out.shape[0]
        block: cython.p_const_uchar = cython.address(octets[0]) if size else cython.NULL
        nowhere: cython.uchar = 0  # for no octets: C knows no null pointer to copy them to
        target: cython.p_uchar = cython.address(out[0]) if room else cython.address(nowhere)
        if size and room and block < target + room and target < block + size:
            raise ValueError("new frames over the old ones")
        frame = cython.declare(Frame)
        new = cython.declare(NewFrame)
        program: cython.pointer(cython.const[Program]) = cython.NULL
        row: cython.Py_ssize_t = start
        with cython.nogil:
            while row < stop:
                if not (
                    _is_known(numbers[row], count, caplen[row], orig_len[row])
                    and lies_within(offset[row], caplen[row], size)
                ):
                    break
                frame.octets, frame.caplen = block + offset[row], caplen[row]
                frame.wire = max(caplen[row], orig_len[row])
                new.caplen, new.orig_len = caplen[row], orig_len[row]
                if numbers[row] >= 0:
                    program = _program(tape, starts[numbers[row]])
                    new.caplen = new_caplen(program, frame.caplen, frame.wire)
                    new.orig_len = new_orig(program, frame.wire)
                if new.caplen != caplen_out[row] or new.orig_len != orig_len_out[row]:
                    break
                if new.caplen > room or not 0 <= out_offset[row] <= room - new.caplen:
                    break
                new.octets = target + out_offset[row]
                if numbers[row] >= 0:
                    make(program, cython.address(frame), cython.address(new))
                else:
                    memcpy(new.octets, frame.octets, new.caplen)
                row += 1
        if row < stop:
            raise ValueError(f"frame {row} lies outside its block, or becomes another length")


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _is_known(
    number: cython.int, count: cython.Py_ssize_t, caplen: cython.longlong, orig_len: cython.longlong
) -> cython.bint:
    return -1 <= number < count and 0 <= caplen < _MOST_LEN and 0 <= orig_len < _MOST_LEN


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _program(tape: cython.longlong[::1], at: cython.longlong) -> cython.pointer(cython.const[Program]):
    return cython.cast(cython.pointer(cython.const[Program]), cython.address(tape[at]))


def _check(operation: object, at: object, a: object, b: object, c: object, d: object, flow: tuple) -> None:
    """See that a patch can be worked out, whatever the frame."""
    places = {UDP_SUM: (at, a, c, d), ENTROPY: (at, *(place for place, _ in flow))}.get(operation, (at,))
    rules = {
        LENGTH: abs(a) < _MOST and -1 <= b < _MOST,
        UDP_SUM: 0 <= b < _MOST,
        ENTROPY: a in (1, 2),
        BITS: 0 <= a <= 0xFF and 0 <= b <= 0xFF,
        ADD_SUM: 0 <= a < _MOST,
    }
    if not rules.get(operation) or not all(0 <= place < _MOST for place in places):
        raise ValueError(f"no patch: {(operation, at, a, b, c, d, flow)}")
