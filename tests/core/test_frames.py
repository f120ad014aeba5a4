"""Programs beside the plain carrying out of verdicts."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from walls import walled

from dovetool.core.frames import Programs
from dovetool.verdict.patch import (
    Patch,
    add_to_sum,
    entropy_of,
    length_word,
    new_length,
    set_bits,
    udp_checksum_again,
    udp_checksum_of,
)
from dovetool.verdict.verdict import Forward, Frame, Splice, carry_out

SLACK = 256
GUARD = 0xA5
Flow = tuple[tuple[int, int], ...]
Coded = tuple[int, int, int, int, int, int, Flow]


def add(programs: Programs, verdict: Forward) -> int:
    """Take in a verdict as a program."""
    pieces, at = [], 0
    for splice in verdict.splices:
        if splice.offset > at:
            pieces.append((at, splice.offset - at))
        if splice.insert:
            pieces.append((-1, len(splice.insert)))
        at = splice.offset + splice.cut
    constants = b"".join(splice.insert for splice in verdict.splices)
    return programs.add(tuple(pieces), constants, at, verdict.trim, verdict.patches)


@dataclass(frozen=True, slots=True)
class Work:
    """What `make` is given."""

    numbers: NDArray[np.int32]
    octets: NDArray[np.uint8]
    offset: NDArray[np.int64]
    caplen: NDArray[np.int64]
    orig_len: NDArray[np.int64]
    out: NDArray[np.uint8]
    out_offset: NDArray[np.int64]
    new_caplen: NDArray[np.int64]
    new_orig: NDArray[np.int64]

    @classmethod
    def of(cls, programs: Programs, numbers: list[int], frames: list[Frame]) -> Work:
        """Frames in a block that ends at a wall, and room for the new ones with an octet between, up to a wall."""
        caplen = np.array([len(frame.octets) for frame in frames], np.int64)
        orig_len = np.array([frame.orig_len for frame in frames], np.int64)
        offset = np.cumsum(caplen) - caplen
        block = walled(b"".join(frame.octets for frame in frames) + b"\xee" * SLACK)
        numbered, lengths = np.array(numbers, np.int32), np.full((2, len(frames)), -1, np.int64)
        programs.measure(numbered, caplen, orig_len, *lengths)
        out = walled(bytes([GUARD]) * int((lengths[0] + 1).sum()))
        out_offset = np.cumsum(lengths[0] + 1) - lengths[0]
        return cls(numbered, block, offset, caplen, orig_len, out, out_offset, *lengths)

    def make(self, programs: Programs, start: int, stop: int) -> None:
        columns = (self.numbers, self.octets, self.offset, self.caplen, self.orig_len, self.out, self.out_offset)
        programs.make(*columns, self.new_caplen, self.new_orig, start, stop)

    def made(self, row: int) -> Frame:
        """The new frame of a row; what is around it must not have been touched."""
        at, length = int(self.out_offset[row]), int(self.new_caplen[row])
        assert self.out[at - 1] == GUARD
        return Frame(self.out[at : at + length].tobytes(), int(self.new_orig[row]))


def made_by(verdict: Forward, frames: list[Frame]) -> list[Frame]:
    programs = Programs()
    work = Work.of(programs, [add(programs, verdict)] * len(frames), frames)
    for row in range(len(frames)):
        work.make(programs, row, row + 1)
    return [work.made(row) for row in range(len(frames))]


def carried_out(verdict: Forward, frame: Frame) -> Frame:
    made = carry_out(verdict, frame)
    assert isinstance(made, tuple)
    return made[0]


@st.composite
def splices(draw: st.DrawFn) -> tuple[Splice, ...]:
    at, found = 0, []
    for _ in range(draw(st.integers(1, 3))):
        at += draw(st.integers(0, 9))
        cut = draw(st.integers(0, 9))
        found.append(Splice(at, cut, draw(st.binary(max_size=9))))
        at += cut
    return tuple(found)


@st.composite
def frames(draw: st.DrawFn) -> Frame:
    octets = draw(st.binary(max_size=90))
    longer = draw(st.sampled_from([0, 0, 0, 1, 7, 70_000]))
    return Frame(octets, max(len(octets) + longer - draw(st.sampled_from([0, 0, 9])), 0))


flows = st.lists(
    st.tuples(st.integers(0, 90), st.one_of(st.just((1 << 64) - 1), st.integers(0, (1 << 64) - 1))), max_size=14
).map(tuple)


def patches(length: int, orig_len: int) -> st.SearchStrategy[Patch]:
    """Patches in a frame of so many octets, captured and on the wire."""
    word, octet, start = st.integers(0, length - 2), st.integers(0, length - 1), st.integers(0, orig_len)
    sum_at = st.one_of(st.none(), word)
    addresses = st.tuples(octet, st.sampled_from([8, 32]))
    return st.one_of(
        st.builds(length_word, word, start, sum_at),
        st.builds(new_length, word, start, sum_at),
        st.builds(udp_checksum_of, word, start, st.integers(0, 0x3FFFF)),
        st.builds(udp_checksum_again, word, start, addresses),
        st.builds(entropy_of, word, flows),
        st.builds(entropy_of, octet, flows, st.just(1)),
        st.builds(set_bits, octet, st.integers(0, 0xFF), st.integers(0, 0xFF)),
        st.builds(add_to_sum, word, st.integers(0, 0xFFFE), is_udp=st.booleans()),
    )


@given(data=st.data(), cut=splices(), trim=st.integers(0, 12), sources=st.lists(frames(), min_size=1, max_size=4))
def test_frames_are_made_as_in_plain_python(
    data: st.DataObject, cut: tuple[Splice, ...], trim: int, sources: list[Frame]
) -> None:
    verdict = Forward(cut, trim)
    bare = [carried_out(verdict, frame) for frame in sources]
    length, orig_len = min(len(frame.octets) for frame in bare), min(frame.orig_len for frame in bare)
    if length >= 2:
        verdict = replace(verdict, patches=tuple(data.draw(st.lists(patches(length, orig_len), max_size=4))))
    assert made_by(verdict, sources) == [carried_out(verdict, frame) for frame in sources]


@pytest.mark.parametrize("octets", [0, 1, 2, 31, 32, 33, 39, 40, 1399, 65_535, 65_536, 70_001])
def test_a_checksum_over_everything(octets: int) -> None:
    """Of runs of any length, of all ones, of zeros and of anything."""
    contents = [b"\xff" * octets, bytes(octets), np.random.default_rng(octets).bytes(octets)]
    verdict = Forward((Splice(0, 0, bytes(8)),), patches=(udp_checksum_of(6, 0, 40), new_length(4, 0, 6)))
    sources = [Frame(content, octets) for content in contents]
    assert made_by(verdict, sources) == [carried_out(verdict, frame) for frame in sources]


@given(sources=st.lists(frames(), min_size=1, max_size=3), number=st.integers(-1, 40))
def test_patches_beyond_a_frame_are_left_out(sources: list[Frame], number: int) -> None:
    """Whatever they are, they touch nothing else."""
    places = (0, 20, 88, 89, 90, 1 << 20)
    codes: list[Coded] = [
        *((0, at, 14, at, c, 0, ()) for at in places for c in (0, 1)),
        *((1, at, at, 0, at, d, ()) for at in places for d in (0, 32)),
        *((2, at, width, 0, 0, 0, ((at, (1 << 64) - 1),)) for at in places for width in (1, 2)),
        *((3, at, 0xFF, 0xFF, 0, 0, ()) for at in places),
        *((4, at, 0xFFFE, 0, 0, 0, ()) for at in places),
    ]
    programs = Programs()
    for code in codes:
        programs.add(((0, 5),), b"", 7, 3, (code,))
    numbers = [min(number, len(codes) - 1)] * len(sources)
    work = Work.of(programs, numbers, sources)
    work.make(programs, 0, len(sources))
    for row, source in enumerate(sources):
        made = work.made(row)
        if number < 0:
            assert made == source
        else:
            bare = carried_out(Forward((Splice(5, 2),), 3), source)
            assert (len(made.octets), made.orig_len) == (len(bare.octets), bare.orig_len)


def a_program() -> Programs:
    programs = Programs()
    add(programs, Forward((Splice(0, 4, b"12"),)))
    return programs


SOURCES = [Frame(bytes(range(20)), 20), Frame(b"x" * 9, 30), Frame(b"abc", 3)]
GOOD = Work.of(a_program(), [0, -1, 0], SOURCES)
FAR = (1 << 63) - 1


@pytest.mark.parametrize(
    "bad",
    [
        replace(GOOD, numbers=np.array([0, 1, 0], np.int32)),
        replace(GOOD, numbers=np.array([0, -2, 0], np.int32)),
        replace(GOOD, numbers=GOOD.numbers[:2]),
        replace(GOOD, octets=GOOD.octets[:SLACK]),
        replace(GOOD, octets=GOOD.octets[:0]),
        replace(GOOD, offset=np.array([0, -1, 0])),
        replace(GOOD, offset=np.array([0, FAR, 0])),
        replace(GOOD, caplen=np.array([20, -1, 3])),
        replace(GOOD, caplen=np.array([FAR, 9, 3])),
        replace(GOOD, orig_len=np.array([20, FAR, 3])),
        replace(GOOD, orig_len=np.array([20, -1, 3])),
        replace(GOOD, orig_len=np.array([21, 9, 3])),
        replace(GOOD, out=GOOD.out[:5]),
        replace(GOOD, out=GOOD.out[:0]),
        replace(GOOD, out=GOOD.octets),
        replace(GOOD, out_offset=np.array([0, 0, -1])),
        replace(GOOD, out_offset=np.array([0, 0, len(GOOD.out) - 1])),
        replace(GOOD, out_offset=np.array([0, FAR, 0])),
        replace(GOOD, new_caplen=GOOD.new_caplen + 1),
        replace(GOOD, new_orig=GOOD.new_orig + 1),
        replace(GOOD, new_orig=GOOD.new_orig[:1]),
    ],
)
def test_columns_that_lie_are_refused(bad: Work) -> None:
    with pytest.raises(ValueError, match=r"outside its block|different lengths|over the old"):
        bad.make(a_program(), 0, 3)


@pytest.mark.parametrize(("start", "stop"), [(-1, 2), (2, 1), (0, 4)])
def test_rows_that_are_not_there_are_refused(start: int, stop: int) -> None:
    with pytest.raises(ValueError, match="frames"):
        GOOD.make(a_program(), start, stop)


@pytest.mark.parametrize(
    ("number", "caplen", "orig_len"), [(1, 9, 9), (-2, 9, 9), (0, -1, 9), (0, 9, -1), (0, FAR, 9), (0, 9, FAR)]
)
def test_lengths_that_cannot_be_are_refused(number: int, caplen: int, orig_len: int) -> None:
    columns = [np.array([value]) for value in (caplen, orig_len, 0, 0)]
    with pytest.raises(ValueError, match="program"):
        a_program().measure(np.array([number], np.int32), *columns)


@pytest.mark.parametrize(
    ("pieces", "constants", "rest", "trim"),
    [
        (((-1, 3),), b"12", 0, 0),
        (((0, 3),), b"", 2, 0),
        (((-2, 1),), b"", 9, 0),
        (((0, -1),), b"", 9, 0),
        (((-1, 5), (-1, -5)), b"", 9, 0),
        ((), b"", -1, 0),
        ((), b"", 0, -1),
        ((), b"", 1 << 40, 0),
    ],
)
def test_what_is_no_program_is_refused(
    pieces: tuple[tuple[int, int], ...], constants: bytes, rest: int, trim: int
) -> None:
    with pytest.raises(ValueError, match=r"constants|piece|head"):
        Programs().add(pieces, constants, rest, trim, ())


@pytest.mark.parametrize(
    "patch",
    [
        (5, 0, 0, 0, 0, 0, ()),
        (-1, 0, 0, 0, 0, 0, ()),
        (0, -1, 0, 0, 0, 0, ()),
        (0, 0, 0, -2, 0, 0, ()),
        (1, 0, -1, 0, 0, 0, ()),
        (1, 0, 0, 0, -1, 8, ()),
        (2, 0, 3, 0, 0, 0, ()),
        (2, 0, 2, 0, 0, 0, ((-1, 1),)),
        (3, 0, 256, 0, 0, 0, ()),
        (4, 0, -1, 0, 0, 0, ()),
        (4, 1 << 40, 0, 0, 0, 0, ()),
    ],
)
def test_what_is_no_patch_is_refused(patch: Coded) -> None:
    with pytest.raises(ValueError, match="no patch"):
        Programs().add((), b"", 0, 0, (patch,))


def test_many_programs_stay_what_they_were() -> None:
    programs = Programs()
    verdicts = [Forward((Splice(0, 0, number.to_bytes(3, "big")),), number % 3) for number in range(500)]
    numbers = [add(programs, verdict) for verdict in verdicts]
    assert (numbers, len(programs)) == (list(range(500)), 500)
    source = Frame(b"abcdef", 6)
    work = Work.of(programs, numbers, [source] * 500)
    work.make(programs, 0, 500)
    assert [work.made(row) for row in numbers] == [carried_out(verdict, source) for verdict in verdicts]
