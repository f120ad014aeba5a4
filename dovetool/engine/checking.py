"""The questions of `verdict.check`, asked of many frames at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dovetool.capture.batch import Batch, Column
from dovetool.capture.copying import gather
from dovetool.engine.patching import entropy_ports
from dovetool.engine.sums import fold_words, sum_of_fixed, sum_of_runs
from dovetool.verdict.check import (
    OFFLOADED,
    RIGHT,
    WRONG,
    Check,
    ChecksumRight,
    EntropyIsHash,
    HeaderSumRight,
    MadeAgain,
    NotLonger,
    Segment,
)
from dovetool.wire.ipv4 import Ipv4Header

Answers = NDArray[np.int64]
"""(n,) answers about n frames."""


def _words(frames: Batch, at: int) -> Column:
    return gather(frames.octets, frames.offset + at, 2).view(">u2").astype(np.int64)


def _checksum_right(check: ChecksumRight, frames: Batch) -> Answers:
    end = np.maximum(frames.orig_len, frames.caplen) - check.behind
    answers = np.full(len(frames), RIGHT)
    rows = np.flatnonzero(frames.caplen >= end)
    if len(rows):
        whole = frames if len(rows) == len(frames) else frames.take(rows)
        end, pseudo = end[rows], _pseudo(check, whole, end[rows])
        total = sum_of_runs(whole.octets, whole.offset + check.start, end - check.start) + pseudo
        wrong = np.flatnonzero(fold_words(total) != 0xFFFF)
        answers[rows[wrong]] = WRONG
        if len(wrong):
            left = _left_to_hardware(check, whole.take(wrong), end[wrong], pseudo[wrong])
            answers[rows[wrong[left]]] = OFFLOADED
    return answers


def _made_again(check: MadeAgain, frames: Batch) -> Answers:
    is_cut = frames.caplen < np.maximum(frames.orig_len, frames.caplen) - check.check.behind
    other: NDArray[np.bool_] = is_cut | (_checksum_right(check.check, frames) != RIGHT)
    return other.astype(np.int64)


def _pseudo(check: ChecksumRight, frames: Batch, end: Column) -> Column:
    """The sums of the pseudo-headers, not folded."""
    at, octets = check.addresses
    if not octets:
        return np.zeros(len(frames), np.int64)
    return sum_of_fixed(frames.octets, frames.offset + at, octets) + check.protocol + end - check.start


def _left_to_hardware(check: ChecksumRight, frames: Batch, end: Column, pseudo: Column) -> NDArray[np.bool_]:
    """Where a checksum that does not add up is one that the sending host left to its card, or covers such a one."""
    left: NDArray[np.bool_] = _words(frames, check.checksum_at) == fold_words(pseudo)
    for segment in check.segments:
        rows = np.flatnonzero(~left & (end >= segment.checksum_at + 2))
        if len(rows):
            left[rows] = _right_with(check, segment, frames.take(rows), end[rows], pseudo[rows])
    return left


def _right_with(
    check: ChecksumRight, segment: Segment, frames: Batch, end: Column, pseudo: Column
) -> NDArray[np.bool_]:
    at, octets = segment.addresses
    inner = np.zeros(len(frames), np.int64)
    if octets:
        counted = _words(frames, segment.length_at)
        covered = np.where(counted > 0, segment.counts_from + counted, end) - segment.start
        addresses = sum_of_fixed(frames.octets, frames.offset + at, octets)
        inner = fold_words(addresses + segment.protocol + np.maximum(covered, 0))
    before = np.full(len(frames), segment.start - check.start)
    total = sum_of_runs(frames.octets, frames.offset + check.start, before) + pseudo + (inner ^ 0xFFFF)
    same: NDArray[np.bool_] = (_words(frames, segment.checksum_at) == inner) & (fold_words(total) == 0xFFFF)
    return same


def _entropy_is_hash(check: EntropyIsHash, frames: Batch) -> Answers:
    ports = entropy_ports(frames, check.flow)
    if check.length == 2:
        other: NDArray[np.bool_] = _words(frames, check.at) != ports
    else:
        other = frames.octets[frames.offset + check.at] != ports & 0xFF
    return other.astype(np.int64)


def _header_sum_right(check: HeaderSumRight, frames: Batch) -> Answers:
    whole = frames.caplen >= check.start + check.length
    start = np.where(whole, frames.offset + check.start, 0)
    wrong = whole & (fold_words(sum_of_fixed(frames.octets, start, check.length)) != 0xFFFF)
    answers = np.where(wrong, WRONG, RIGHT)
    rows = np.flatnonzero(wrong)
    if len(rows):
        answers[rows[_words(frames.take(rows), check.start + Ipv4Header.CHECKSUM_AT) == 0]] = OFFLOADED
    return answers


def _not_longer(check: NotLonger, frames: Batch) -> Answers:
    return (np.maximum(frames.orig_len, frames.caplen) > check.octets).astype(np.int64)


_WORK: dict[type, Callable[[Any, Batch], Answers]] = {  # the key says which check the function takes
    ChecksumRight: _checksum_right,
    EntropyIsHash: _entropy_is_hash,
    HeaderSumRight: _header_sum_right,
    MadeAgain: _made_again,
    NotLonger: _not_longer,
}


def answers_about(check: Check, frames: Batch) -> Answers:
    """The answer (n,) about each frame."""
    return _WORK[type(check)](check, frames)


def combined_answers(checks: tuple[Check, ...], frames: Batch) -> Answers:
    """The place (n,) of each frame's answers among the `combinations` of several questions."""
    place = np.zeros(len(frames), np.int64)
    for check in checks:
        place = place * check.answers + answers_about(check, frames)
    return place
