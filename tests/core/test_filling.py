"""What is written around frames, beside plain Python; all blocks and columns have walls behind or before them."""

from __future__ import annotations

import struct
import sys
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from walls import walled

from dovetool.core.filling import copy_frames, fill_packets, fill_records, lay_out

Column = NDArray[np.int64]
numbers = st.one_of(st.integers(-3, 70), st.integers(-(1 << 63), (1 << 63) - 1))
words = st.integers(0, (1 << 32) - 1)
ticks = st.integers(0, (1 << 64) - 1)


def column(values: Sequence[int]) -> Column:
    return walled(np.array(values, np.int64).view(np.uint8)).view(np.int64)


def stamps(values: Sequence[int]) -> NDArray[np.uint64]:
    return walled(np.array(values, np.uint64).view(np.uint8)).view(np.uint64)


def refused(call: Callable[[], object]) -> bool:
    try:
        call()
    except ValueError:
        return True
    return False


def order_of(little: bool) -> str:
    return "<" if little else ">"


@given(caplens=st.lists(words, max_size=6), data=st.data(), pad=st.sampled_from([1, 4]))
def test_frames_lie_one_behind_the_other(caplens: list[int], data: st.DataObject, pad: int) -> None:
    lead, trail = data.draw(st.integers(0, 28)), data.draw(st.integers(0, 4))
    some = data.draw(st.one_of(st.none(), st.lists(words, min_size=len(caplens), max_size=len(caplens))))
    out = column([-1] * len(caplens))
    size = lay_out(column(caplens), None if some is None else column(some), lead, pad, trail, out)
    expected, end = [], 0
    for caplen, options in zip(caplens, some or [0] * len(caplens), strict=True):
        expected.append(end + lead)
        end += lead + -(-caplen // pad) * pad + options + trail
    assert (out.tolist(), size) == (expected, end)


@pytest.mark.parametrize("wrong", [-1, 1 << 32, (1 << 63) - 1, -(1 << 63)])
def test_a_length_that_is_none_has_no_place(wrong: int) -> None:
    for caplen, options in ([0, wrong], [0, 0]), ([0, 0], [0, wrong]):
        with pytest.raises(ValueError, match="row 1 does not fit"):
            lay_out(column(caplen), column(options), 28, 4, 4, column([0, 0]))


@pytest.mark.parametrize(("lead", "pad", "trail"), [(-1, 4, 4), (16, 0, 0), (16, 3, 0), (16, 4, 257), (1 << 62, 4, 4)])
def test_a_layout_of_no_container_is_refused(lead: int, pad: int, trail: int) -> None:
    with pytest.raises(ValueError, match="no layout"):
        lay_out(column([1]), None, lead, pad, trail, column([0]))


@given(source=st.binary(max_size=60), runs=st.lists(st.tuples(numbers, numbers, numbers), max_size=4))
def test_runs_are_copied_up_to_the_first_that_does_not_fit(source: bytes, runs: list[tuple[int, int, int]]) -> None:
    expected, fits = bytearray(50), True
    for source_at, target_at, length in runs:
        inside = source_at + length <= len(source) and target_at + length <= len(expected)
        fits = min(source_at, target_at, length) >= 0 and inside
        if not fits:
            break
        expected[target_at : target_at + length] = source[source_at : source_at + length]
    target = walled(bytes(50))
    columns = [column([run[place] for run in runs]) for place in range(3)]
    assert fits is not refused(lambda: copy_frames(walled(source), columns[0], target, columns[1], columns[2]))
    assert target.tobytes() == expected


def test_a_run_may_overlap_itself() -> None:
    octets = walled(b"abcdefgh")
    copy_frames(octets, column([0]), octets, column([2]), column([6]))
    assert octets.tobytes() == b"ababcdef"


def test_nothing_is_copied_from_nowhere_to_nowhere() -> None:
    copy_frames(walled(b""), column([0]), walled(b""), column([0]), column([0]))


@given(
    rows=st.lists(st.tuples(st.binary(max_size=20), numbers, ticks), max_size=4),
    little=st.booleans(),
    gap=st.integers(0, 3),
)
def test_the_headers_of_records(rows: list[tuple[bytes, int, int]], little: bool, gap: int) -> None:
    """Between them, nothing is touched; an original length is written without what is above 32 bits."""
    expected, block, offset = b"", b"", []
    for frame, orig_len, stamp in rows:
        head = stamp.to_bytes(8, sys.byteorder) + struct.pack(order_of(little) + "II", len(frame), orig_len % (1 << 32))
        expected += b"\xee" * gap + head + frame
        block += b"\xee" * (gap + 16) + frame
        offset.append(len(block) - len(frame))
    octets = walled(block)
    caplen, orig_len_column = column([len(row[0]) for row in rows]), column([row[1] for row in rows])
    fill_records(octets, column(offset), caplen, orig_len_column, stamps([row[2] for row in rows]), little)
    assert octets.tobytes() == expected


@given(places=st.lists(st.tuples(numbers, numbers), max_size=3), at_start=st.booleans())
def test_a_header_outside_of_the_block_is_refused(places: list[tuple[int, int]], at_start: bool) -> None:
    octets = walled(bytes(64), at_start=at_start)
    fit = all(at >= 16 and caplen >= 0 and at + caplen <= 64 for at, caplen in places)
    offset, caplen = column([place[0] for place in places]), column([place[1] for place in places])
    nothing = [0] * len(places)
    assert fit is not refused(lambda: fill_records(octets, offset, caplen, column(nothing), stamps(nothing), True))


class Packets:
    """Packet blocks one behind the other; junk where they are to be filled in."""

    def __init__(self, rows: list[tuple[bytes, bytes, int, int, int]], order: str) -> None:
        self.rows = rows
        self.expected, self.block, self.offset, self.options_at = b"", b"", [], []
        for frame, options, orig_len, stamp, number in rows:
            pad = -len(frame) % 4
            length = 32 + len(frame) + pad + len(options)
            fields = (6, length, number, stamp >> 32, stamp % (1 << 32), len(frame), orig_len)
            end = struct.pack(order + "I", length)
            self.expected += struct.pack(order + "7I", *fields) + frame + bytes(pad) + options + end
            self.offset.append(len(self.block) + 28)
            self.block += b"\xee" * 28 + frame + b"\xee" * (pad + len(options) + 4)
            self.options_at.append(self.offset[-1] + len(frame) + pad)

    def fill(self, octets: NDArray[np.uint8], little: bool, options: NDArray[np.uint8] | None, at: list[int]) -> None:
        frame_len, options_len = column([len(row[0]) for row in self.rows]), column([len(row[1]) for row in self.rows])
        fill_packets(
            *(octets, column(self.offset), frame_len, column([row[2] for row in self.rows])),
            *(stamps([row[3] for row in self.rows]), column([row[4] for row in self.rows]), little),
            *((options, column(at), options_len) if options is not None else (None, None, None)),
        )


options = st.binary(max_size=12).map(lambda octets: octets[: len(octets) & ~3])
packets = st.lists(st.tuples(st.binary(max_size=20), options, words, ticks, words), max_size=4)


@given(rows=packets, little=st.booleans())
def test_packet_blocks_with_options_from_elsewhere(
    rows: list[tuple[bytes, bytes, int, int, int]], little: bool
) -> None:
    filled = Packets(rows, order_of(little))
    octets = walled(filled.block)
    stored = b"".join(row[1] for row in rows)
    ends = np.cumsum([len(row[1]) for row in rows]).tolist()
    at = [end - len(row[1]) for end, row in zip(ends, rows, strict=True)]
    filled.fill(octets, little, walled(stored), at)
    assert octets.tobytes() == filled.expected


@given(rows=packets, little=st.booleans())
def test_packet_blocks_without_options(rows: list[tuple[bytes, bytes, int, int, int]], little: bool) -> None:
    filled = Packets([(frame, b"", *rest) for frame, _, *rest in rows], order_of(little))  # type: ignore[misc]
    octets = walled(filled.block)
    filled.fill(octets, little, None, [])
    assert octets.tobytes() == filled.expected


@given(rows=packets, little=st.booleans())
def test_options_that_are_in_their_place_stay(rows: list[tuple[bytes, bytes, int, int, int]], little: bool) -> None:
    """And so does the padding before them, zero or not; all else is filled in."""
    filled = Packets(rows, order_of(little))
    begun, expected = bytearray(filled.block), bytearray(filled.expected)
    for (frame, there, *_), offset, at in zip(rows, filled.offset, filled.options_at, strict=True):
        begun[at : at + len(there)] = there
        expected[offset + len(frame) : at] = b"\xee" * (at - offset - len(frame))
    octets = walled(bytes(begun))
    filled.fill(octets, little, octets, filled.options_at)
    assert octets.tobytes() == expected


@given(place=st.tuples(numbers, numbers, numbers, numbers), at_start=st.booleans())
def test_a_packet_block_that_does_not_fit_is_refused(place: tuple[int, int, int, int], at_start: bool) -> None:
    offset, caplen, options_at, options_len = place
    octets, some = walled(bytes(100), at_start=at_start), walled(bytes(40), at_start=at_start)
    end = offset + -(-caplen // 4) * 4 + options_len + 4
    fits = offset >= 28 and caplen >= 0 and end <= 100
    fits &= min(options_at, options_len) >= 0 and options_at + options_len <= 40 and options_len % 4 == 0
    columns = (column([offset]), column([caplen]), column([0]), stamps([0]), column([0]))
    last = (some, column([options_at]), column([options_len]))
    assert fits is not refused(lambda: fill_packets(octets, *columns, True, *last))


def test_options_that_an_empty_block_cannot_have_are_refused() -> None:
    with pytest.raises(ValueError, match="row 0 does not fit"):
        Packets([(b"frame", b"some", 0, 0, 0)], "<").fill(walled(bytes(100)), True, walled(b""), [0])


def test_columns_are_as_long_as_each_other() -> None:
    octets, one, two = walled(bytes(100)), column([40]), column([40, 40])
    for each in (
        lambda: lay_out(one, two, 28, 4, 4, one),
        lambda: lay_out(one, None, 28, 4, 4, two),
        lambda: copy_frames(octets, one, octets, one, two),
        lambda: fill_records(octets, one, one, two, stamps([0]), True),
        lambda: fill_packets(octets, one, one, one, stamps([0, 0]), one, True, None, None, None),
        lambda: fill_packets(octets, one, one, one, stamps([0]), one, True, octets, one, two),
    ):
        with pytest.raises(ValueError, match=r"columns of .* rows"):
            each()
