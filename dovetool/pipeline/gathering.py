"""Pieces of packets in batches: outer fragments and segments are held until their packet is whole.

The scalar `Reassembler` decides; here its frames come out of batches and go back into them, each at the place of the
piece that completed it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dovetool.capture.batch import SLACK, Annex, Batch, Column
from dovetool.pipeline.key_table import Ids
from dovetool.pipeline.recipe import NONE, VerdictTable
from dovetool.stages.reassembly import Fed, Fragment, Reassembler
from dovetool.stages.verdict import Reason, Reject

UNDECIDED = -1
"""In the place of a verdict: the frame has just been put together, and is to be decided about."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much may be held.

    Attributes:
        octets: of pieces in all.
        packets: that are not whole yet.
        timeout_ns: how long after its first piece a packet is given up, in capture time.
    """

    octets: int = 64 << 20
    packets: int = 4096
    timeout_ns: int = 30_000_000_000


class Entry(NamedTuple):
    """A frame of the batch to be: its place, its verdict, and the batch that holds it alone."""

    place: tuple[int, int]
    verdict: int
    alone: Batch

    def before(self, row: int, count: int) -> Entry:
        """The same as one of `count` before the frame of a row, if it has its place at that row."""
        at, step = self.place
        return self._replace(place=(row, step - count - 1)) if at == row else self


@dataclass(slots=True)
class _Token:
    """A piece as it came: in a batch of its own, with its verdict, the number of the batch it was in, and its row."""

    alone: Batch
    verdict: int
    batch: int
    row: int


class Gatherer:
    """Holds the pieces that a stage comes upon.

    Attributes:
        absorbed: pieces that went into a packet, all but one of each.
    """

    def __init__(self, table: VerdictTable, bounds: Bounds) -> None:
        self.absorbed = 0
        self._table = table
        self._reassembler = Reassembler(
            most_octets=bounds.octets, most_packets=bounds.packets, timeout_ns=bounds.timeout_ns
        )
        self._batch = 0

    @property
    def pending(self) -> bool:
        """True while a later frame may depend on what was seen so far."""
        return self._reassembler.pending

    def move_to(self, table: VerdictTable) -> None:
        """Go by the numbers of another table of verdicts."""
        for fragment in self._reassembler.held:
            token = _token(fragment)
            token.verdict = table.number(self._table.verdicts[token.verdict])
        self._table = table

    def gathered(self, batch: Batch, verdicts: Ids) -> tuple[Batch, Ids]:
        """Take the pieces out of a batch, and put in what has become whole or is given up.

        What is given up because time has passed comes before the frame that showed it.

        Args:
            batch: n frames.
            verdicts: (n,) their verdicts.

        Returns:
            The frames that go on or are rejected now, with their verdicts; `UNDECIDED` for a frame that is whole.
        """
        self._batch += 1
        is_piece = self._table.column("piece")[verdicts] != NONE
        pieces = np.flatnonzero(is_piece).tolist()
        entries: list[Entry] = []
        times, start = batch.ts_ns, 0
        for row in pieces:
            entries += self._expired(times, start, row)
            entries += self._fed(batch, row, int(times[row]), int(verdicts[row]))
            start = row + 1
        entries += self._expired(times, start, len(batch))
        if not pieces and not entries:
            return batch, verdicts
        rows = np.flatnonzero(~is_piece)
        return merged(batch, rows, verdicts[rows], entries)

    def _expired(self, times: Column, start: int, end: int) -> list[Entry]:
        """What the times of the frames from `start` to `end` show to be too old."""
        entries: list[Entry] = []
        while self.pending and start < end:
            late = times[start:end] > self._reassembler.expires_ns
            at = int(late.argmax())
            if not late[at]:
                break
            row = start + at
            settled = self._settled(self._reassembler.expire(int(times[row])), row)
            entries += [entry.before(row, len(settled)) for entry in settled]
            start = row + 1
        return entries

    def _fed(self, batch: Batch, row: int, ts_ns: int, verdict: int) -> list[Entry]:
        single = alone(batch, row)
        token = _Token(single, verdict, self._batch, row)
        piece = self._table.pieces[int(self._table.column("piece")[verdict])]
        fragment = Fragment(batch.frame(row), int(batch.orig_len[row]), ts_ns, int(batch.interface[row]), token, piece)
        fed = self._reassembler.feed(fragment)
        entries = self._settled(fed, row)
        if fed.whole is not None:
            octets = np.frombuffer(fed.whole.octets + bytes(SLACK), np.uint8)
            caplen, orig_len = np.array([[len(fed.whole.octets)], [fed.whole.orig_len]], np.int64)
            whole = replace(single, octets=octets, offset=np.zeros(1, np.int64), caplen=caplen, orig_len=orig_len)
            entries.append(Entry((row, len(entries)), UNDECIDED, whole))
        return entries

    def flushed(self, like: Batch) -> tuple[Batch, Ids]:
        """All that is still held, at the end of the capture or of a section; `like` is a batch of it."""
        rows: Column = np.empty(0, np.int64)
        return merged(like, rows, rows.astype(np.int32), self._settled(self._reassembler.flush(), 0))

    def _settled(self, fed: Fed, row: int) -> list[Entry]:
        self.absorbed += len(fed.absorbed)
        otherwise = self._table.column("otherwise")
        settled = [(_token(fragment), int(otherwise[_token(fragment).verdict])) for fragment in fed.passed]
        settled += [(_token(fragment), self._table.number(Reject(Reason(reason)))) for fragment, reason in fed.rejected]
        return [
            Entry((token.row if token.batch == self._batch else row, at), verdict, token.alone)
            for at, (token, verdict) in enumerate(settled)
        ]


def _token(fragment: Fragment) -> _Token:
    assert isinstance(fragment.token, _Token)  # noqa: S101  (`_fed` has put it there)
    return fragment.token


def alone(batch: Batch, row: int) -> Batch:
    """One frame in a batch with octets of its own, which outlive those of the batch."""
    one = batch.take(np.array([row]))
    octets = np.frombuffer(batch.frame(row) + bytes(SLACK), np.uint8)
    annex = one.annex
    if annex is not None:
        start, length = int(annex.offset[0]), int(annex.length[0])
        kept = np.concatenate([annex.octets[start : start + length], np.zeros(SLACK, np.uint8)])
        annex = replace(annex, octets=kept, offset=np.zeros(1, np.int64))
    return replace(one, octets=octets, offset=np.zeros(1, np.int64), annex=annex)


def merged(batch: Batch, rows: Column, verdicts: Ids, entries: Sequence[Entry]) -> tuple[Batch, Ids]:
    """The frames `rows` of a batch and those of the entries, in the order of their places."""
    if not entries:
        return batch.take(rows), verdicts
    places = [(row, -1) for row in rows.tolist()] + [entry.place for entry in entries]
    order = np.array(sorted(range(len(places)), key=places.__getitem__), np.int64)
    joint = joined([batch.take(rows), *(entry.alone for entry in entries)])
    numbers = np.concatenate([verdicts, np.array([entry.verdict for entry in entries], np.int32)])
    return joint.take(order), numbers[order].astype(np.int32)


def joined(batches: Sequence[Batch]) -> Batch:
    """The frames of batches of one section as one batch, whose interfaces are those that the first one knows."""
    first = batches[0]
    bases = np.cumsum([0, *(len(batch.octets) for batch in batches[:-1])])

    def column(name: str) -> NDArray[np.int64]:
        return np.concatenate([getattr(batch, name) for batch in batches])

    path = first.path
    if path is not None:
        parts = [batch.path for batch in batches if batch.path is not None]
        ways = {name: np.concatenate([getattr(part, name) for part in parts]) for name in ("ingress", "tep", "local")}
        path = replace(path, **ways)
    return replace(
        first,
        octets=np.concatenate([batch.octets for batch in batches]),
        offset=np.concatenate([batch.offset + base for batch, base in zip(batches, bases.tolist(), strict=True)]),
        caplen=column("caplen"),
        orig_len=column("orig_len"),
        stamp=np.concatenate([batch.stamp for batch in batches]),
        interface=column("interface"),
        annex=_joined_annexes([batch.annex for batch in batches if batch.annex is not None]),
        path=path,
        framed_for=None,
    )


def _joined_annexes(annexes: Sequence[Annex]) -> Annex | None:
    if not annexes:
        return None
    bases = np.cumsum([0, *(len(annex.octets) for annex in annexes[:-1])])
    return replace(
        annexes[0],
        octets=np.concatenate([annex.octets for annex in annexes]),
        offset=np.concatenate([annex.offset + base for annex, base in zip(annexes, bases.tolist(), strict=True)]),
        length=np.concatenate([annex.length for annex in annexes]),
        simple=np.concatenate([annex.simple for annex in annexes]),
    )
