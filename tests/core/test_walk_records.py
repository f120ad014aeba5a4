"""walk_records beside a plain reader of pcap records, one struct at a time."""

from __future__ import annotations

import struct
import sys
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from walls import walled, walled_columns

from dovetool.capture.pcap import PcapFormat
from dovetool.core.records import walk_records

MOST = 40
orders = st.sampled_from([True, False])


class Walked(NamedTuple):
    """What a walk finds: (offset, caplen, orig_len, stamp) of each record, and where it stops."""

    rows: list[tuple[int, ...]]
    stop: int


def walk(octets: bytes, start: int, end: int, little: bool, room: int) -> Walked:
    """The walk of the core, over a block that ends at a wall and with columns that do."""
    columns = walled_columns(4, room)
    n, stop = walk_records(walled(octets), start, end, little, MOST, columns)
    assert (columns[:, n:] == -1).all()
    assert walk_records(walled(octets, at_start=True), start, end, little, MOST, columns) == (n, stop)
    return Walked([tuple(row) for row in columns[:, :n].T.tolist()], stop)


def expected(octets: bytes, start: int, end: int, little: bool, room: int) -> Walked:
    rows: list[tuple[int, ...]] = []
    while len(rows) < room and start + 16 <= end:
        caplen, orig_len = struct.unpack_from("<8xII" if little else ">8xII", octets, start)
        if caplen > MOST or start + 16 + caplen > end:
            break
        rows.append(
            (start + 16, caplen, orig_len, int.from_bytes(octets[start : start + 8], sys.byteorder, signed=True))
        )
        start += 16 + caplen
    return Walked(rows, start)


@st.composite
def blocks(draw: st.DrawFn) -> tuple[bytes, bool]:
    """Records, some of which claim too much, then what is left of a cut one; and their byte order."""
    little = draw(orders)
    record = st.tuples(
        st.binary(min_size=8, max_size=8),
        st.binary(max_size=MOST + 2),
        st.integers(-1, 1),
        st.integers(0, (1 << 32) - 1),
    )
    octets = b""
    for stamp, frame, beyond, orig_len in draw(st.lists(record, max_size=8)):
        caplen = len(frame) + beyond * (draw(st.integers(0, 9)) == 0)
        octets += stamp + struct.pack("<II" if little else ">II", caplen % (1 << 32), orig_len) + frame
    return octets[: len(octets) - draw(st.integers(0, 20))], little


@given(block=blocks(), data=st.data())
def test_the_records_are_those_of_a_plain_reader(block: tuple[bytes, bool], data: st.DataObject) -> None:
    octets, little = block
    end = data.draw(st.integers(0, len(octets))) if data.draw(st.booleans()) else len(octets)
    room = data.draw(st.integers(0, 9))
    assert walk(octets, 0, end, little, room) == expected(octets, 0, end, little, room)


@given(octets=st.binary(max_size=200), little=orders, data=st.data())
def test_any_octets_at_all(octets: bytes, little: bool, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(octets)))
    end = data.draw(st.integers(start, len(octets)))
    assert walk(octets, start, end, little, 5) == expected(octets, start, end, little, 5)


@pytest.mark.parametrize("little", [True, False])
@pytest.mark.parametrize(("beyond", "found"), [(-1, 1), (0, 1), (1, 0)])
def test_the_longest_frame(beyond: int, found: int, little: bool) -> None:
    octets = struct.pack("<IIII" if little else ">IIII", 1, 2, MOST + beyond, 3) + bytes(MOST + 10)
    assert len(walk(octets, 0, len(octets), little, 2).rows[:1]) == found


@pytest.mark.parametrize("claim", [0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFF0, 0xFFFF_FFFF])
def test_a_length_that_a_signed_word_could_not_hold(claim: int) -> None:
    octets = walled(struct.pack("<IIII", 1, 2, claim, 3) + bytes(64))
    assert walk_records(octets, 0, len(octets), True, 1 << 62, walled_columns(4, 2)) == (0, 0)


@pytest.mark.parametrize(("start", "end"), [(-1, 10), (11, 10), (0, 101), (1 << 40, (1 << 40) + 1)])
def test_octets_that_are_not_there_are_refused(start: int, end: int) -> None:
    with pytest.raises(ValueError, match=rf"octets {start} to {end} of a block of 100"):
        walk_records(np.zeros(100, np.uint8), start, end, True, MOST, walled_columns(4, 2))


def test_columns_are_four() -> None:
    with pytest.raises(ValueError, match="3 columns, not 4"):
        walk_records(np.zeros(100, np.uint8), 0, 100, True, MOST, walled_columns(3, 2))


@given(block=blocks())
def test_the_records_are_those_that_the_reader_finds(block: tuple[bytes, bool]) -> None:
    octets, little = block
    file_format = PcapFormat(1, little=little, snaplen=MOST)
    padded = np.concatenate([np.frombuffer(octets, np.uint8), np.zeros(256, np.uint8)])
    batch, stop = file_format.read(padded, 0, len(octets), 1)
    columns = walled_columns(4, 9)
    n, found_stop = walk_records(padded, 0, len(octets), little, file_format.max_caplen, columns)
    assert (n, found_stop) == (len(batch), stop)
    for column, of_batch in zip(
        columns, (batch.offset, batch.caplen, batch.orig_len, batch.stamp.view(np.int64)), strict=True
    ):
        assert column[:n].tolist() == of_batch.tolist()
