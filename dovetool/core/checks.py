"""Questions about many frames at a time, by number.

A question is (kind, ...): (NOT_LONGER, octets), (ENTROPY_IS_HASH, at, flow, length), (HEADER_SUM_RIGHT, start, length),
(CHECKSUM_RIGHT, checksum_at, start, behind, addresses_at, addresses, protocol, segments), or the same with MADE_AGAIN.
The flow is (offset, mask) of words. Segments are (checksum_at, start, length_at, counts_from, addresses_at, addresses,
protocol) each. Places and lengths are octets; `addresses` is how many there are of both, 0 for no pseudo-header.
"""

import cython
from cython.cimports.dovetool.core.asking import (
    CHECKSUM_RIGHT,
    ENTROPY_IS_HASH,
    HEADER_SUM_RIGHT,
    MADE_AGAIN,
    NOT_LONGER,
    Asked,
    answers_to,
)
from cython.cimports.dovetool.core.octets import lies_within
from cython.cimports.dovetool.core.tape import Tape

_MOST = 1 << 31  # no place in a frame is so far
_MOST_QUESTIONS = 32  # so that the combinations of their answers can be counted
_MOST_LEN = cython.declare(cython.longlong, 1 << 48)  # no frame is so long: so no sum of lengths overflows


@cython.cclass
class Questions:
    """Lists of questions by number. Several threads may ask at a time, and lists may be added meanwhile."""

    tape: Tape
    starts: Tape  # where on the tape each list begins

    def __init__(self) -> None:
        """Begin without questions."""
        self.tape, self.starts = Tape(), Tape()

    def __len__(self) -> int:
        """Count the lists."""
        return self.starts.used

    def add(self, checks: tuple) -> int:
        """Take in a list of questions; returns its number. A ValueError for what is none."""
        if len(checks) > _MOST_QUESTIONS:
            raise ValueError(f"{len(checks)} questions about a frame")
        words = [len(checks)]
        for kind, *asked in checks:
            said = _said(kind, asked)
            words += [kind, len(said), *said]
        self.starts.put([self.tape.put(words)])
        return self.starts.used - 1

    def answers(
        self,
        number: cython.Py_ssize_t,
        octets: cython.const[cython.uchar][::1],
        offset: cython.const[cython.longlong][::1],
        caplen: cython.const[cython.longlong][::1],
        orig_len: cython.const[cython.longlong][::1],
        rows: cython.const[cython.longlong][::1],
        out: cython.longlong[::1],
        start: cython.Py_ssize_t,
        stop: cython.Py_ssize_t,
    ) -> None:
        """Ask the questions of a number about frames.

        Args:
            number: which list.
            octets: the block with the frames, which goes on for 256 octets behind the last of them.
            offset: (n,) where each begins.
            caplen: (n,) captured octets.
            orig_len: (n,) octets on the wire; not less than were captured is what counts.
            rows: (m,) the frames to ask about.
            out: (m,) filled with the place of a frame's answers among all combinations, the last one's changing
                quickest.
            start: the first of the rows to ask about.
            stop: the one behind the last.

        Raises:
            ValueError: there are no such questions or rows, or a frame does not lie in the block.
        """
        n: cython.Py_ssize_t = offset.shape[0]
        if n != caplen.shape[0] or n != orig_len.shape[0] or rows.shape[0] != out.shape[0]:
            raise ValueError("columns of different lengths")
        if not (0 <= start <= stop <= rows.shape[0] and 0 <= number < self.starts.used):
            raise ValueError(f"frames {start} to {stop} of {rows.shape[0]}, questions {number} of {self.starts.used}")
        if start == stop:
            return
        tape: cython.longlong[::1] = self.tape.words
        asked: cython.p_const_longlong = cython.address(tape[self.starts.words[number]])
        size: cython.longlong = octets.shape[0]
        block: cython.p_const_uchar = cython.address(octets[0]) if size else cython.NULL
        frame = cython.declare(Asked)
        row: cython.longlong
        place: cython.Py_ssize_t = start
        with cython.nogil:
            while place < stop:
                row = rows[place]
                if not (0 <= row < n and lies_within(offset[row], caplen[row], size)):
                    break
                if not (caplen[row] < _MOST_LEN and 0 <= orig_len[row] < _MOST_LEN):
                    break
                frame.octets, frame.caplen = block + offset[row], caplen[row]
                frame.wire = max(caplen[row], orig_len[row])
                out[place] = answers_to(asked, cython.address(frame))
                place += 1
        if place < stop:
            raise ValueError(f"frame {rows[place]} lies outside its block")


def _said(kind: object, asked: list) -> list:
    """The words of a question; a ValueError when frames cannot be asked it."""
    if kind == NOT_LONGER:
        (octets,) = asked
        return [max(min(octets, _MOST_LEN), -1)]
    if kind == ENTROPY_IS_HASH:
        at, flow, length = asked
        _see(length in {1, 2}, [at, *(place for place, _ in flow)])
        return [at, length, len(flow), *(word for pair in flow for word in pair)]
    if kind == HEADER_SUM_RIGHT:
        start, length = asked
        _see(length >= 12, [start, length])
        return [start, length]
    if kind not in {CHECKSUM_RIGHT, MADE_AGAIN}:
        raise ValueError(f"no question: {kind}")
    *places, segments = asked
    checksum_at, start, behind, at, octets, protocol = places
    _see(abs(behind) < _MOST, [checksum_at, start, at, octets, protocol])
    for segment in segments:
        _see(len(segment) == 7, list(segment))
    return [*places, len(segments), *(word for segment in segments for word in segment)]


def _see(is_right: object, places: list) -> None:
    if not is_right or not all(0 <= place < _MOST for place in places):
        raise ValueError(f"a question about places that no frame has: {places}")
