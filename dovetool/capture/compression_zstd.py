"""The frames of a zstd stream, block by block.

The library gives no bound for what a chunk of input may become. A block never becomes more than 128 KiB, so feeding it
single blocks bounds the memory. It also shows where a frame ends, which tells a whole file from one that is cut.

Source: RFC 8878 section 3.1.

    frame:  magic 32 | descriptor 8 | window 0, 8 | dictionary 0..32 | content size 0..64 | blocks | checksum 0, 32
    block:  last 1 | type 2 | size 21 (little-endian) | content: `size` octets, or 1 octet for type 1
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

MAGIC = bytes.fromhex("28b52ffd")
SKIPPABLE = {bytes([0x50 + kind]) + bytes.fromhex("2a4d18") for kind in range(16)}
_RUN_LENGTH = 1  # block type: one octet, repeated


class DamagedStreamError(Exception):
    """The compressed octets make no sense, or end inside a frame; the text completes "what the zstd data holds ..."."""


class Inflater(Protocol):
    """A decompressor at work on one frame."""

    def decompress(self, octets: bytes, /) -> bytes:
        """Take octets, give what they became."""


class Puller:
    """Takes exact numbers of octets out of chunks of any size."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks, self._held = chunks, bytearray()

    def ended(self) -> bool:
        """True when no octet is left."""
        while not self._held:
            chunk = next(self._chunks, None)
            if chunk is None:
                return True
            self._held += chunk
        return False

    def take(self, size: int) -> bytes:
        """The next `size` octets.

        Raises:
            DamagedStreamError: there are fewer.
        """
        while len(self._held) < size:
            chunk = next(self._chunks, None)
            if chunk is None:
                raise DamagedStreamError("is cut short")
            self._held += chunk
        taken = bytes(self._held[:size])
        del self._held[:size]
        return taken

    def skip(self, size: int) -> None:
        """Drop octets, however many, without holding them."""
        while size:
            if self.ended():
                raise DamagedStreamError("is cut short")
            count = min(size, len(self._held))
            del self._held[:count]
            size -= count


def zstd_pieces(chunks: Iterator[bytes], inflater: Callable[[], Inflater]) -> Iterator[bytes]:
    """Decompress frames, one behind the other; skippable frames give nothing.

    Args:
        chunks: the compressed octets.
        inflater: makes a decompressor for one frame.

    Raises:
        DamagedStreamError: the octets end inside a frame, or are no frame.
    """
    octets = Puller(chunks)
    while not octets.ended():
        magic = octets.take(4)
        if magic in SKIPPABLE:
            octets.skip(int.from_bytes(octets.take(4), "little"))
        elif magic == MAGIC:
            yield from _frame(octets, inflater())
        else:
            raise DamagedStreamError("is followed by something else")


def _frame(octets: Puller, frame: Inflater) -> Iterator[bytes]:
    descriptor = octets.take(1)
    frame.decompress(MAGIC + descriptor + octets.take(_rest_of_header(descriptor[0])))
    last = 0
    while not last:
        head = octets.take(3)
        word = int.from_bytes(head, "little")
        last, kind, size = word & 1, word >> 1 & 3, word >> 3
        if piece := frame.decompress(head + octets.take(1 if kind == _RUN_LENGTH else size)):
            yield piece
    if descriptor[0] & 0x04:
        frame.decompress(octets.take(4))


def _rest_of_header(descriptor: int) -> int:
    """Octets between the frame header descriptor and the first block."""
    single = descriptor >> 5 & 1
    content_size = (single, 2, 4, 8)[descriptor >> 6]
    return (1 - single) + (0, 1, 2, 4)[descriptor & 3] + content_size
