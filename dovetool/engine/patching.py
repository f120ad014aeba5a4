"""The patches of `verdict.patch`, worked out for many frames at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dovetool.capture.batch import Batch, Column
from dovetool.capture.copying import gather, scatter
from dovetool.engine.sums import fold_words, sum_of_runs
from dovetool.frame.flow_hash import FINISHER, FIRST_PORT, MULTIPLIERS, PORT_SHIFT, FlowFields
from dovetool.verdict.patch import (
    AddToSum,
    EntropyPort,
    FlowOctet,
    LengthWord,
    Relength,
    SetBits,
    UdpChecksum,
    UdpChecksumAgain,
)
from dovetool.wire.udp import PROTOCOL


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


def _length_word(patch: LengthWord, frames: Patched) -> None:
    length = frames.made.orig_len - patch.base & 0xFFFF
    frames.put(patch.at, length)
    if patch.sum_at is not None:
        frames.put(patch.sum_at, fold_words((frames.words(patch.sum_at) ^ 0xFFFF) + length) ^ 0xFFFF)


def _relength(patch: Relength, frames: Patched) -> None:
    old, new = frames.words(patch.at), frames.made.orig_len - patch.base
    new[new > 0xFFFF] = 0
    frames.put(patch.at, new)
    if patch.sum_at is not None:
        total = (frames.words(patch.sum_at) ^ 0xFFFF) + (old ^ 0xFFFF) + new
        frames.put(patch.sum_at, fold_words(total) ^ 0xFFFF)


def _set_bits(patch: SetBits, frames: Patched) -> None:
    octets, at = frames.made.octets, frames.made.offset + patch.at
    mask, value = frames.constants[:, 0], frames.constants[:, 1]
    octets[at] = octets[at] & ~mask & 0xFF | value


def _add_to_sum(patch: AddToSum, frames: Patched) -> None:
    frames.put(patch.at, fold_words((frames.words(patch.at) ^ 0xFFFF) + frames.constants[:, 0]) ^ 0xFFFF)


def entropy_ports(frames: Batch, flow: FlowFields) -> Column:
    """The UDP source port (n,) for the flow of each frame."""
    first, end = flow[0][0], flow[-1][0] + 8
    heads = gather(frames.octets, frames.offset + first, end - first).view(np.uint8).reshape(-1, end - first)
    total = np.zeros(len(heads), np.uint64)
    for (offset, mask), multiplier in zip(flow, MULTIPLIERS, strict=False):
        word = heads[:, offset - first : offset - first + 8].view("<u8").reshape(-1)
        total += (word & np.uint64(mask)) * np.uint64(multiplier)
    mixed = (total ^ total >> np.uint64(32)) * np.uint64(FINISHER)
    return FIRST_PORT + (mixed >> np.uint64(PORT_SHIFT)).astype(np.int64)


def _entropy_port(patch: EntropyPort, frames: Patched) -> None:
    frames.put(patch.at, entropy_ports(frames.source, patch.flow))


def _flow_octet(patch: FlowOctet, frames: Patched) -> None:
    octets = entropy_ports(frames.source, patch.flow).astype(np.uint8)
    frames.made.octets[frames.made.offset + patch.at] = octets


def _udp_checksum(patch: UdpChecksum, frames: Patched) -> None:
    whole = np.flatnonzero(frames.made.caplen >= frames.made.orig_len)
    if len(whole):
        _put_udp_checksum(patch.at, patch.start, frames.made.take(whole), frames.constants[whole, 0])


def _udp_checksum_again(patch: UdpChecksumAgain, frames: Patched) -> None:
    made = frames.made
    rows = np.flatnonzero(made.caplen >= made.orig_len)
    if len(rows):
        made = made.take(rows)
        at, length = patch.addresses
        pseudo = sum_of_runs(made.octets, made.offset + at, np.full(len(rows), length)) + PROTOCOL
        _put_udp_checksum(patch.at, patch.start, made, pseudo)


def _put_udp_checksum(at: int, start: int, made: Batch, pseudo: Column) -> None:
    length = made.orig_len - start
    total = sum_of_runs(made.octets, made.offset + start, length) + pseudo + length
    checksum = fold_words(total) ^ 0xFFFF
    checksum[checksum == 0] = 0xFFFF
    scatter(made.octets, made.offset + at, checksum.astype(">u2"), 2)


_WORK: dict[type, Callable[[object, Patched], None]] = {
    LengthWord: _length_word,  # type: ignore[dict-item]  # the key says which patch the function takes
    Relength: _relength,  # type: ignore[dict-item]
    FlowOctet: _flow_octet,  # type: ignore[dict-item]
    SetBits: _set_bits,  # type: ignore[dict-item]
    AddToSum: _add_to_sum,  # type: ignore[dict-item]
    EntropyPort: _entropy_port,  # type: ignore[dict-item]
    UdpChecksum: _udp_checksum,  # type: ignore[dict-item]
    UdpChecksumAgain: _udp_checksum_again,  # type: ignore[dict-item]
}


def patch_frames(patch: object, frames: Patched) -> None:
    """Work out one patch for all the frames."""
    _WORK[type(patch)](patch, frames)
