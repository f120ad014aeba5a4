"""Pieces of packets in batches: outer fragments and segments are held until their packet is whole.

The scalar `Reassembler` decides; here its frames come out of batches and go back into them, each at the place of the
piece that completed it.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import NamedTuple, Self

import numpy as np

from dovetool.capture.batch import Batch, Column
from dovetool.engine.flow_table import Ids
from dovetool.engine.kept_frames import KeptFrame, batch_of_kept, joined, kept_frame
from dovetool.engine.verdict_table import NONE, VerdictTable
from dovetool.values import dataclass
from dovetool.verdict.partial_packet import Fed, Fragment, PartialPacket
from dovetool.verdict.reasons import Reason
from dovetool.verdict.reassembly import Reassembler
from dovetool.verdict.verdict import Reject, Verdict

Held = tuple[tuple[Hashable, PartialPacket], ...]
"""What is held of packets, the oldest first; it can be sent, and compared."""
UNDECIDED = -1
"""In the place of a verdict: the frame has just been put together, and is to be decided about."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much may be held.

    Attributes:
        octets: of memory, for pieces in all.
        packets: that are not whole yet.
        timeout_ns: how long after its first piece a packet is given up, in capture time.
    """

    octets: int = 64 << 20
    packets: int = 4096
    timeout_ns: int = 30_000_000_000

    @classmethod
    def of(cls, megabytes: int, packets: int, seconds: float) -> Self:
        """Those that people say: in MB of 2**20 octets, packets, and seconds."""
        return cls(megabytes << 20, packets, round(seconds * 1_000_000_000))


class Entry(NamedTuple):
    """A frame of the batch to be: its place, its verdict, and the frame."""

    place: tuple[int, int]
    verdict: int
    frame: KeptFrame

    def before(self, row: int, count: int) -> Entry:
        """The same as one of `count` before the frame of a row, if it has its place at that row."""
        at, step = self.place
        return self._replace(place=(row, step - count - 1)) if at == row else self


@dataclass(slots=True)
class _Token:
    """A piece as it came, with its verdict, the number of the batch that it was in, and its row."""

    frame: KeptFrame
    verdict: int
    batch: int
    row: int


class _Lent(NamedTuple):
    """A piece for another gatherer, which has other numbers."""

    frame: KeptFrame
    verdict: Verdict


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

    @property
    def held(self) -> Held:
        """What is held."""

        def lent(fragment: Fragment) -> _Lent:
            token = _token(fragment)
            return _Lent(token.frame, self._table.verdicts[token.verdict])

        return tuple((key, packet.copied(lent)) for key, packet in self._reassembler.packets)

    def take_over(self, held: Held) -> None:
        """Go on with what another has held."""

        def own(fragment: Fragment) -> _Token:
            assert isinstance(fragment.token, _Lent)  # noqa: S101  (`held` has put it there)
            return _Token(fragment.token.frame, self._table.number(fragment.token.verdict), self._batch, 0)

        self._reassembler.take_over((key, packet.copied(own)) for key, packet in held)

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
        frame = kept_frame(batch, row)
        token = _Token(frame, verdict, self._batch, row)
        piece = self._table.pieces[int(self._table.column("piece")[verdict])]
        fragment = Fragment(
            frame.octets, frame.orig_len, ts_ns, frame.interface, token, piece, attached=len(frame.options)
        )
        fed = self._reassembler.feed(fragment)
        entries = self._settled(fed, row)
        if fed.whole is not None:
            whole = frame._replace(octets=fed.whole.octets, orig_len=fed.whole.orig_len)
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
            Entry((token.row if token.batch == self._batch else row, at), verdict, token.frame)
            for at, (token, verdict) in enumerate(settled)
        ]


def _token(fragment: Fragment) -> _Token:
    assert isinstance(fragment.token, _Token)  # noqa: S101  (`_fed` has put it there)
    return fragment.token


def merged(batch: Batch, rows: Column, verdicts: Ids, entries: Sequence[Entry]) -> tuple[Batch, Ids]:
    """The frames `rows` of a batch and those of the entries, in the order of their places."""
    if not entries:
        return batch.take(rows), verdicts
    places = [(row, -1) for row in rows.tolist()] + [entry.place for entry in entries]
    order = np.array(sorted(range(len(places)), key=places.__getitem__), np.int64)
    joint = joined(batch.take(rows), batch_of_kept([entry.frame for entry in entries], batch))
    numbers = np.concatenate([verdicts, np.array([entry.verdict for entry in entries], np.int32)])
    return joint.take(order), numbers[order].astype(np.int32)
