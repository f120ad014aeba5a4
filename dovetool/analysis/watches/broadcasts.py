"""Did every tunnel end point of a network get its copy of a broadcast (RFC 7348 section 4.2)?

A tunnel end point without a multicast group sends a copy of a broadcast to each of the others, back to back. Copies of
one inner frame from one sender within a short time belong together, and the map says how many there should be. What
the capture cannot have seen is not missed: a copy is, if packets of the same sender to the same receiver are in the
capture elsewhere, or if all packets in the capture are this sender's, so that it was taken there.
"""

from __future__ import annotations

from hashlib import blake2b
from struct import pack

import numpy as np
from numpy.typing import NDArray

from dovetool.analysis.finding_columns import NONE, Answers
from dovetool.analysis.findings import Report
from dovetool.analysis.watches.copies import NO_COPIES, Copies, CopyLedger
from dovetool.belonging.finding import Finding, Kind
from dovetool.capture.batch import Batch, Column, Octets
from dovetool.engine.flow_table import Ids
from dovetool.vnid_map import VnidMap


class BroadcastWatch:
    """Gathers the copies of broadcasts."""

    def __init__(self, answers: Answers, ledger: CopyLedger) -> None:
        self._answers, self._ledger = answers, ledger
        self._columns: NDArray[np.int64] = np.empty((0, 5), np.int64)

    def watch(self, batch: Batch, answers: Ids, frame_numbers: Column) -> None:
        """Take the copies out of a batch, whose frames have these numbers (n,)."""
        if not len(batch):
            return
        ledger, numbers = self._ledger, self._answers.column("broadcast", answers)
        times = batch.told_ns
        ledger.begin(int(times[0]))
        rows = np.flatnonzero(numbers != NONE)
        seen = NO_COPIES
        if len(rows):
            seen = self._seen(batch, rows, numbers[rows], times[rows], frame_numbers[rows])
        ledger.take(seen, (int(times[-1]), int(times.max())))

    def _seen(self, batch: Batch, rows: Column, numbers: Column, times: Column, frame_numbers: Column) -> Copies:
        start, behind, receiver, flood_list, sender = self._by_number()[numbers].T
        length = batch.wire_len[rows] - behind - start
        begin = batch.offset[rows] + start
        end = np.minimum(batch.offset[rows] + batch.caplen[rows], begin + length)
        told = zip(begin.tolist(), end.tolist(), length.tolist(), sender.tolist(), strict=True)
        keys = [_key(batch.octets[first:last], rest) for first, last, *rest in told]
        return Copies(np.array(keys, np.uint64), times, frame_numbers, receiver, flood_list)

    def _by_number(self) -> NDArray[np.int64]:
        """Start, octets behind, receiver, flood list, and network and sender in one, of each kind of copy."""
        known, number = self._answers.broadcasts.values, self._ledger.flood_lists.number
        new = [
            (
                each.start,
                each.behind,
                each.receiver,
                number((each.vnid, each.sender, each.expected)),
                each.vnid << 32 | each.sender,
            )
            for each in known[len(self._columns) :]
        ]
        if new:
            self._columns = np.concatenate([self._columns, np.array(new, np.int64)])
        return self._columns


def tell_misses(ledger: CopyLedger, vnid_map: VnidMap, report: Report) -> None:
    """Say what was missed, as far as the capture could have shown it; no more frames come."""
    ledger.finish()
    for (flood_list, receiver), miss in ledger.misses.items():
        vnid, sender, _ = ledger.flood_lists.values[flood_list]
        ground = _ground(ledger.paths, sender, receiver)
        if ground is not None:
            found = Finding(Kind.BROADCAST_INCOMPLETE, _text(vnid_map, vnid, sender, receiver, ground))
            report.tell(found, miss.numbers, miss.count)


def _ground(paths: set[tuple[int, int]], sender: int, receiver: int) -> str | None:
    """Why the capture should show a copy, if it should."""
    if (sender, receiver) in paths:
        return "the capture has other packets on that way"
    peers = {end for path in paths for end in path} - {sender}
    if len(peers) > 1 and all(sender in path for path in paths):
        return "all packets of the capture are its own"
    return None


def _text(vnid_map: VnidMap, vnid: int, sender: int, receiver: int, ground: str) -> str:
    teps, network = vnid_map.teps, vnid_map.network(vnid)
    name = network.name if network is not None else str(vnid)
    return f"a broadcast in {name} from {teps[sender].name}: no copy to {teps[receiver].name}, and {ground}"


def _key(octets: Octets, told: list[int]) -> int:
    """A hash of an inner frame, and of what else there is to tell of it."""
    hashed = blake2b(octets.data, digest_size=8, salt=pack("<qq", *told))
    return int.from_bytes(hashed.digest(), "little")
