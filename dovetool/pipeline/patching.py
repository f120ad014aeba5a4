"""The patches of `stages.patch`, worked out for many frames at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dovetool.capture.batch import Column, Octets
from dovetool.capture.copying import gather, scatter
from dovetool.stages.flow import FINISHER, FIRST_PORT, MULTIPLIERS, PORT_SHIFT
from dovetool.stages.patch import AddToSum, EntropyPort, LengthWord, SetBits, UdpChecksum


@dataclass(frozen=True, slots=True)
class Patched:
    """n frames being made, all with the same patches.

    Attributes:
        octets: the block that holds the new frames.
        offset: (n,) where they begin in it.
        caplen: (n,) octets that they have there.
        orig_len: (n,) octets that they have on the wire.
        source: the block of the frames that they are made from.
        source_at: (n,) where those begin in it.
        constants: (n, k) constants of the patch.
    """

    octets: Octets
    offset: Column
    caplen: Column
    orig_len: Column
    source: Octets
    source_at: Column
    constants: NDArray[np.int64]

    def words(self, at: int) -> Column:
        """The 16-bit word at an offset of each frame."""
        return gather(self.octets, self.offset + at, 2).view(">u2").astype(np.int64)

    def put(self, at: int, words: Column) -> None:
        """Write a 16-bit word at an offset of each frame."""
        scatter(self.octets, self.offset + at, words.astype(">u2"), 2)


def _fold(total: Column) -> Column:
    for _ in range(3):  # three times is enough for 48 bits
        total = (total & 0xFFFF) + (total >> 16)
    return total


def _length_word(patch: LengthWord, frames: Patched) -> None:
    length = frames.orig_len - patch.base & 0xFFFF
    frames.put(patch.at, length)
    if patch.sum_at is not None:
        frames.put(patch.sum_at, _fold((frames.words(patch.sum_at) ^ 0xFFFF) + length) ^ 0xFFFF)


def _set_bits(patch: SetBits, frames: Patched) -> None:
    at = frames.offset + patch.at
    mask, value = frames.constants[:, 0], frames.constants[:, 1]
    frames.octets[at] = frames.octets[at] & ~mask & 0xFF | value


def _add_to_sum(patch: AddToSum, frames: Patched) -> None:
    frames.put(patch.at, _fold((frames.words(patch.at) ^ 0xFFFF) + frames.constants[:, 0]) ^ 0xFFFF)


def _entropy_port(patch: EntropyPort, frames: Patched) -> None:
    total = np.zeros(len(frames.offset), np.uint64)
    for (offset, mask), multiplier in zip(patch.flow, MULTIPLIERS, strict=False):
        word = gather(frames.source, frames.source_at + offset, 8).view("<u8") & np.uint64(mask)
        total += word * np.uint64(multiplier)
    mixed = (total ^ total >> np.uint64(32)) * np.uint64(FINISHER)
    frames.put(patch.at, FIRST_PORT + (mixed >> np.uint64(PORT_SHIFT)).astype(np.int64))


def _udp_checksum(patch: UdpChecksum, frames: Patched) -> None:
    whole = np.flatnonzero(frames.caplen >= frames.orig_len)
    if not len(whole):
        return
    start = frames.offset[whole] + patch.start
    length = frames.orig_len[whole] - patch.start
    total = _sum_of_runs(frames.octets, start, length) + frames.constants[whole, 0] + length
    checksum = _fold(total) ^ 0xFFFF
    checksum[checksum == 0] = 0xFFFF
    scatter(frames.octets, frames.offset[whole] + patch.at, checksum.astype(">u2"), 2)


def _sum_of_runs(octets: Octets, start: Column, length: Column) -> Column:
    """The sum of the big-endian 16-bit words of each run; an odd last octet counts as the upper half of a word."""
    first, last = int(start[0]), int((start + length).max())
    block = octets[first:last].astype(np.int64)
    sums = [np.concatenate([[0], np.cumsum(half)]) for half in (block[0::2], block[1::2])]  # at even and odd places
    low, high = start - first, start - first + length
    even = sums[0][(high + 1) // 2] - sums[0][(low + 1) // 2]
    odd = sums[1][high // 2] - sums[1][low // 2]
    upper = np.where(low % 2 == 0, even, odd)
    result: Column = upper * 256 + (even + odd - upper)
    return result


_WORK: dict[type, Callable[[object, Patched], None]] = {
    LengthWord: _length_word,  # type: ignore[dict-item]  # the key says which patch the function takes
    SetBits: _set_bits,  # type: ignore[dict-item]
    AddToSum: _add_to_sum,  # type: ignore[dict-item]
    EntropyPort: _entropy_port,  # type: ignore[dict-item]
    UdpChecksum: _udp_checksum,  # type: ignore[dict-item]
}


def patch_frames(patch: object, frames: Patched) -> None:
    """Work out one patch for all the frames."""
    _WORK[type(patch)](patch, frames)
