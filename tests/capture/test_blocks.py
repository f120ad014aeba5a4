"""Blocks of memory: they are used again when nobody needs them, and lie where the kernel copies fastest."""

from __future__ import annotations

import mmap
import os
from pathlib import Path

import pytest

from dovetool.capture.batch import SLACK, Octets
from dovetool.capture.blocks import Blocks
from dovetool.capture.source import BLOCK, BlockBuffer, open_stream


def address(octets: Octets) -> int:
    return int(octets.__array_interface__["data"][0])


@pytest.mark.parametrize("size", [0, 1, 4096, 100_000])
def test_a_block_begins_with_a_page_and_has_room(size: int) -> None:
    block = Blocks().take(size)
    assert address(block) % mmap.PAGESIZE == 0
    assert len(block) >= size + SLACK
    block[:] = 7  # it may be written


def test_a_block_is_used_again_when_nobody_refers_to_it() -> None:
    """A view of a part of it keeps it, and so does a memoryview."""
    blocks = Blocks()
    block = blocks.take(1000)
    place = address(block)
    part = block[10:20]
    del block
    assert address(blocks.take(1000)) != place
    octets = part.data
    del part
    assert address(blocks.take(1000)) != place
    del octets
    assert address(blocks.take(1000)) == place


@pytest.mark.parametrize("head", [0, 4, 24])
def test_pages_of_a_file_become_pages_of_a_block(head: int, tmp_path: Path) -> None:
    """Whatever was read of it before, all but the first block begins where a page of the file does."""
    path = tmp_path / "file"
    path.write_bytes(os.urandom(2 * BLOCK + 5000))
    stream = open_stream(path)
    taken = bytearray(head)
    stream.readinto(memoryview(taken))
    buffer = BlockBuffer(stream, bytes(taken))
    seen = b""
    while True:
        seen += buffer.view[buffer.start : buffer.end].tobytes()
        if len(seen) > head + BLOCK:
            assert (address(buffer.octets) + buffer.start - buffer.position) % mmap.PAGESIZE == 0
        buffer.start = buffer.end
        if not buffer.refill():
            break
    assert seen == path.read_bytes()
    stream.close()
