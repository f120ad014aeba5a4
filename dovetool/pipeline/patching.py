"""The patches of `stages.patch`, worked out for many frames at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dovetool.capture.batch import Batch, Column, Octets
from dovetool.capture.copying import gather, scatter
from dovetool.stages.flow import FINISHER, FIRST_PORT, MULTIPLIERS, PORT_SHIFT
from dovetool.stages.patch import AddToSum, EntropyPort, LengthWord, SetBits, UdpChecksum


@dataclass(frozen=True, slots=True)
class Patched:
    """n frames being made, all with the same patches.

    Attributes:
        made: the new frames.
        source: the frames that they are made from.
        constants: (n, k) constants of the patch.
    """

    made: Batch
    source: Batch
    constants: NDArray[np.int64]

    def words(self, at: int) -> Column:
        """The 16-bit word at an offset of each new frame."""
        return gather(self.made.octets, self.made.offset + at, 2).view(">u2").astype(np.int64)

    def put(self, at: int, words: Column) -> None:
        """Write a 16-bit word at an offset of each new frame."""
        scatter(self.made.octets, self.made.offset + at, words.astype(">u2"), 2)


def _fold(total: Column) -> Column:
    for _ in range(3):  # three times is enough for 48 bits
        total = (total & 0xFFFF) + (total >> 16)
    return total


def _length_word(patch: LengthWord, frames: Patched) -> None:
    length = frames.made.orig_len - patch.base & 0xFFFF
    frames.put(patch.at, length)
    if patch.sum_at is not None:
        frames.put(patch.sum_at, _fold((frames.words(patch.sum_at) ^ 0xFFFF) + length) ^ 0xFFFF)


def _set_bits(patch: SetBits, frames: Patched) -> None:
    octets, at = frames.made.octets, frames.made.offset + patch.at
    mask, value = frames.constants[:, 0], frames.constants[:, 1]
    octets[at] = octets[at] & ~mask & 0xFF | value


def _add_to_sum(patch: AddToSum, frames: Patched) -> None:
    frames.put(patch.at, _fold((frames.words(patch.at) ^ 0xFFFF) + frames.constants[:, 0]) ^ 0xFFFF)


def _entropy_port(patch: EntropyPort, frames: Patched) -> None:
    first, end = patch.flow[0][0], patch.flow[-1][0] + 8
    heads = gather(frames.source.octets, frames.source.offset + first, end - first)
    words = heads.view("<u8").reshape(len(heads), -1)
    total = np.zeros(len(heads), np.uint64)
    for (offset, mask), multiplier in zip(patch.flow, MULTIPLIERS, strict=False):
        total += (words[:, (offset - first) // 8] & np.uint64(mask)) * np.uint64(multiplier)
    mixed = (total ^ total >> np.uint64(32)) * np.uint64(FINISHER)
    frames.put(patch.at, FIRST_PORT + (mixed >> np.uint64(PORT_SHIFT)).astype(np.int64))


def _udp_checksum(patch: UdpChecksum, frames: Patched) -> None:
    made = frames.made
    whole = np.flatnonzero(made.caplen >= made.orig_len)
    if not len(whole):
        return
    start = made.offset[whole] + patch.start
    length = made.orig_len[whole] - patch.start
    total = _sum_of_runs(made.octets, start, length) + frames.constants[whole, 0] + length
    checksum = _fold(total) ^ 0xFFFF
    checksum[checksum == 0] = 0xFFFF
    scatter(made.octets, made.offset[whole] + patch.at, checksum.astype(">u2"), 2)


def _sum_of_runs(octets: Octets, start: Column, length: Column) -> Column:
    """The sum of the big-endian 16-bit words of each run; an odd last octet counts as the upper half of a word."""
    first, last = int(start.min()) & ~1, int((start + length).max())
    words = octets[first : last + (last - first) % 2].view(">u2")
    sums = np.concatenate([[0], np.cumsum(words, dtype=np.int64)])  # of the words at even places of the block
    low, high = start - first, start - first + length
    even = sums[(high + 1) // 2] - sums[low // 2]  # whole words that cover the run, and up to an octet at either end
    even -= np.where(low % 2 == 1, octets[start - 1].astype(np.int64) << 8, 0)
    even -= np.where(high % 2 == 1, octets[start + length].astype(np.int64), 0)
    folded = _fold(even)
    swapped = (folded & 0xFF) << 8 | folded >> 8  # a run at an odd place: every octet is in the other half of its word
    return np.where(low % 2 == 1, swapped, folded)


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
