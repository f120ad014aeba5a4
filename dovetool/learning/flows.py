"""Frames of a batch that show the same, together: read in columns, so that nothing is done once a frame, or a flow."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dovetool.capture.batch import Batch, Column
from dovetool.engine import kernel
from dovetool.engine.flow_table import Classifier, Numbered
from dovetool.engine.value_numbers import ValueNumbers
from dovetool.frame.selectors import Selectors
from dovetool.learning.looker import Looked, Looker
from dovetool.learning.seen import Claim, Outline, Seen
from dovetool.wire.fields import is_group, is_multicast

_MOST_ANSWERS = 1 << 15
_OTHER, _TAGGED = -1, -2
_NOWHERE = -1
_KEY = 3
_EVERYBODY = b"\xff" * 4
_NEVER = np.iinfo(np.int64).max
_HEAD = ("src", "dst", "src_mac", "dst_mac")
_INSIDE = ("inner_src", "inner_dst", "src_ip", "dst_ip", "ttl", "claim_mac", "claim_ip")
VALUES = (*_HEAD, *_INSIDE)
"""What frames have for themselves, by the names of `Seen`."""


class Flows(NamedTuple):
    """m flows, in the order of their first frames: those frames of a batch that show the same.

    Attributes:
        outline: (m,) number of what they are.
        values: (11, m) numbers of the `VALUES`; 0 for none.
        frames: (m,) how many.
        first_ns: (m,) time of the first, in ns since 1970.
        last_ns: (m,) time of the last.
    """

    outline: Column
    values: NDArray[np.int64]
    frames: Column
    first_ns: Column
    last_ns: Column

    def __len__(self) -> int:
        return len(self.frames)

    def value(self, name: str) -> Column:
        """(m,) numbers of one of the values."""
        column: Column = self.values[VALUES.index(name)]
        return column

    def part(self, start: int, stop: int | None) -> Flows:
        """Some of them, one after the other."""
        outline, values, *counts = self
        return Flows(outline[start:stop], values[:, start:stop], *(each[start:stop] for each in counts))


class FlowReader:
    """Reads batches.

    Attributes:
        outlines: what frames are, by number.
        tagged: frames with a DOVE tag and in no tunnel, so far.
    """

    def __init__(self, selectors: Selectors, tpid: int) -> None:
        self.outlines: Numbered[Outline] = Numbered()
        self.tagged = 0
        self._classifier: Classifier[Looked] = Classifier(Looker(selectors, tpid).look, most=_MOST_ANSWERS)
        self._generation = 0
        self._outline: Column = np.zeros(0, np.int64)
        self._places: NDArray[np.int64] = np.zeros((len(VALUES), 2, 0), np.int64)
        self._values = ValueNumbers()
        self._kinds: NDArray[np.uint8] = np.zeros(1, np.uint8)

    @property
    def octets(self) -> list[bytes]:
        """The values by number."""
        return self._values.values

    def forget_values(self) -> None:
        """Number values anew."""
        self._values, self._kinds = ValueNumbers(), np.zeros(1, np.uint8)

    def read(self, batch: Batch, until_ns: int | None = None) -> Flows:
        """The flows of a batch that are in tunnels, of the frames before a time."""
        looks = self._classifier.numbers(batch)
        self._learn()
        outline = self._outline[looks]
        is_early = np.True_ if until_ns is None else batch.told_ns < until_ns
        self.tagged += int(np.count_nonzero((outline == _TAGGED) & is_early))
        rows = np.flatnonzero((outline >= 0) & is_early)
        part = batch if len(rows) == len(batch) else batch.take(rows)
        return self._flows(part, looks[rows], outline[rows])

    def _learn(self) -> None:
        """Take in what looks are new; all are, when those from before were forgotten."""
        if self._classifier.generation != self._generation:
            self._generation = self._classifier.generation
            self._outline, self._places = self._outline[:0], self._places[:, :, :0]
        new = self._classifier.answers[len(self._outline) :]
        if not new:
            return
        self._outline = np.concatenate([self._outline, np.array([self._number(looked) for looked in new], np.int64)])
        places = np.zeros((len(VALUES), 2, len(new)), np.int64)
        places[:, 0] = _NOWHERE
        for number, looked in enumerate(new):
            for name, place in looked.places:
                places[VALUES.index(name), :, number] = place
        self._places = np.concatenate([self._places, places], axis=2)

    def _number(self, looked: Looked) -> int:
        if looked.outline is None:
            return _TAGGED if looked.is_tagged else _OTHER
        return self.outlines.number(looked.outline)

    def _flows(self, batch: Batch, looks: NDArray[np.int32], outline: Column) -> Flows:
        """The flows of frames that are all in tunnels."""
        values, keys = np.empty((len(VALUES), len(batch)), np.int32), np.empty((_KEY, len(batch)), np.uint64)
        for number, (at, length) in enumerate(self._places):
            places = np.ascontiguousarray(at), np.ascontiguousarray(length)
            kernel.read_keys(batch.octets, batch.offset, batch.caplen, looks, *places, keys)
            values[number] = self._values.codes(keys)
        table, flows = kernel.ValueTable(len(VALUES) + 1), np.empty(len(batch), np.int32)
        table.number(np.concatenate([outline[None], values]).astype(np.uint64), flows)
        frames = np.bincount(flows, minlength=len(table))
        first_row, first, last = (np.full(len(table), limit, np.int64) for limit in (_NEVER, _NEVER, -_NEVER))
        np.minimum.at(first_row, flows, np.arange(len(batch)))
        np.minimum.at(first, flows, batch.told_ns)
        np.maximum.at(last, flows, batch.told_ns)
        order = np.argsort(first, kind="stable")
        rows = first_row[order]
        return Flows(outline[rows], values[:, rows].astype(np.int64), frames[order], first[order], last[order])

    def are(self, kind: int, numbers: Column) -> NDArray[np.bool_]:
        """(m,) which values are of one of the `GROUP`, `MANY`, `ANY`."""
        new = self.octets[len(self._kinds) :]
        if new:
            self._kinds = np.concatenate([self._kinds, np.array([_kind(value) for value in new], np.uint8)])
        found: NDArray[np.bool_] = (self._kinds[numbers] & kind).astype(np.bool_)
        return found

    def seen(self, flows: Flows) -> list[Seen]:
        """What each of the flows shows, in one value."""
        told, octets = [], self.octets
        for number, codes in zip(flows.outline.tolist(), flows.values.T.tolist(), strict=True):
            encap, port, vnid, is_answer = self.outlines.values[number]
            *ends, src_ip, dst_ip, ttl, claim_mac, claim_ip = [octets[code] for code in codes]
            src, dst, src_mac, dst_mac, inner_src, inner_dst = ends
            claim = Claim(claim_mac, claim_ip) if any(claim_ip) else None
            inside = inner_src, inner_dst, src_ip, dst_ip, ttl[0] if ttl else 0, claim, is_answer
            told.append(Seen(src, dst, src_mac, dst_mac, encap, port, vnid, *inside))
        return told


GROUP, MANY, ANY = 1, 2, 4
"""A MAC address of a group; an IP address of a group, or that of everybody; octets that are not all 0."""


def _kind(value: bytes) -> int:
    is_mac = len(value) == 6
    is_for_many = not is_mac and (is_multicast(value) or value == _EVERYBODY)
    return GROUP * (is_mac and is_group(value)) | MANY * is_for_many | ANY * any(value)
