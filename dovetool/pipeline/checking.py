"""The checks of `stages.check`, made of many frames at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dovetool.capture.batch import Batch, Column
from dovetool.capture.copying import gather
from dovetool.pipeline.patching import entropy_ports
from dovetool.pipeline.sums import fold_words, sum_of_fixed, sum_of_runs
from dovetool.stages.check import (
    Check,
    ChecksumRight,
    EntropyIsHash,
    HeaderSumRight,
    LeftToHardware,
    NotLonger,
)

Truth = NDArray[np.bool_]


def _words(frames: Batch, at: int) -> Column:
    return gather(frames.octets, frames.offset + at, 2).view(">u2").astype(np.int64)


def _checksum_right(check: ChecksumRight, frames: Batch) -> Truth:
    absent = _words(frames, check.checksum_at) == 0
    end = np.maximum(frames.orig_len, frames.caplen) - check.behind
    right = np.where(absent, check.zero_is_none, frames.caplen < end)
    rows = np.flatnonzero(~absent & (frames.caplen >= end))
    if len(rows):
        offset, length = frames.offset[rows], end[rows] - check.start
        total = sum_of_runs(frames.octets, offset + check.start, length)
        at, octets = check.addresses
        if octets:
            total += sum_of_fixed(frames.octets, offset + at, octets) + check.protocol + length
        right[rows] = fold_words(total) == 0xFFFF
    return right


def _entropy_is_hash(check: EntropyIsHash, frames: Batch) -> Truth:
    ports = entropy_ports(frames, check.flow)
    found = _words(frames, check.at) if check.length == 2 else frames.octets[frames.offset + check.at]
    same: Truth = found == ports if check.length == 2 else found == ports & 0xFF
    return same


def _header_sum_right(check: HeaderSumRight, frames: Batch) -> Truth:
    whole: Truth = frames.caplen >= check.start + check.length
    total = sum_of_fixed(frames.octets, np.where(whole, frames.offset + check.start, 0), check.length)
    right: Truth = ~whole | (fold_words(total) == 0xFFFF)
    return right


def _not_longer(check: NotLonger, frames: Batch) -> Truth:
    fits: Truth = np.maximum(frames.orig_len, frames.caplen) <= check.octets
    return fits


def _left_to_hardware(check: LeftToHardware, frames: Batch) -> Truth:
    checksum = check.check
    at, octets = checksum.addresses
    if not octets:
        return np.zeros(len(frames), np.bool_)
    covered = np.maximum(frames.orig_len, frames.caplen) - checksum.behind - checksum.start
    addresses = sum_of_fixed(frames.octets, frames.offset + at, octets)
    same: Truth = fold_words(addresses + checksum.protocol + covered) == _words(frames, checksum.checksum_at)
    return same


_WORK: dict[type, Callable[[Any, Batch], Truth]] = {  # the key says which check the function takes
    ChecksumRight: _checksum_right,
    EntropyIsHash: _entropy_is_hash,
    HeaderSumRight: _header_sum_right,
    NotLonger: _not_longer,
    LeftToHardware: _left_to_hardware,
}


def frames_pass(check: Check, frames: Batch) -> Truth:
    """Say for each frame (n,) whether the check holds for it."""
    return _WORK[type(check)](check, frames)
