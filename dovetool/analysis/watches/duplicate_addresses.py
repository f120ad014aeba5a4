"""Addresses that are at two places at the same time, among those that the map does not have.

What the map has is held against the map. Of any other address, one place after another is a move; back again within a
short time means that it is at both. (RFC 5227 section 2.4 says the same of IP addresses.)
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dovetool.analysis.finding_columns import NONE, Answers
from dovetool.analysis.findings import Report
from dovetool.analysis.watches.places import Back, PlaceLedger
from dovetool.audit.examined import SeenAddress
from dovetool.belonging.finding import Finding, Kind
from dovetool.belonging.wording import address_text, network_name
from dovetool.capture.batch import Batch, Column
from dovetool.capture.copying import gather
from dovetool.engine.flow_table import Ids
from dovetool.vnid_map import VnidMap

_NO_ROWS: Column = np.empty(0, np.int64)


class DuplicateWatch:
    """Looks where addresses are."""

    def __init__(self, vnid_map: VnidMap, answers: Answers, report: Report, ledger: PlaceLedger) -> None:
        self._vnid_map, self._answers, self._report, self._ledger = vnid_map, answers, report, ledger

    def watch(self, batch: Batch, answers: Ids, frame_numbers: Column) -> tuple[Column, Column]:
        """The rows of frames that show an address back at a place, and the number of the finding about each."""
        numbers = self._answers.column("seen_addresses", answers)
        shown = np.flatnonzero(numbers != NONE)
        if not len(shown):
            return _NO_ROWS, _NO_ROWS
        shown = shown[np.argsort(numbers[shown], kind="stable")]
        present, starts = np.unique(numbers[shown], return_index=True)
        seen = [
            self._seen(batch, rows, address)
            for number, rows in zip(present.tolist(), np.split(shown, starts[1:]), strict=True)
            for address in self._answers.seen_addresses.values[number]
        ]
        found = self._back(batch.told_ns, frame_numbers, np.concatenate(seen, axis=1))
        pairs = np.array(found, np.int64).reshape(-1, 2)
        return pairs[:, 0], pairs[:, 1]

    def _seen(self, batch: Batch, rows: Column, seen: SeenAddress) -> NDArray[np.uint64]:
        """Row, kind, address and place (4, n) of each frame."""
        kind = self._ledger.kinds.number((seen.vnid, seen.length, seen.tep >= 0))
        addresses = _octets(batch, rows, seen.at, seen.length)
        is_known = seen.tep >= 0
        places = np.full(len(rows), seen.tep, np.uint64) if is_known else _octets(batch, rows, seen.place_at, 6)
        return np.stack([rows.astype(np.uint64), np.full(len(rows), kind, np.uint64), addresses, places])

    def _back(self, times: Column, frame_numbers: Column, seen: NDArray[np.uint64]) -> list[tuple[int, int]]:
        """Rows of frames that show an address back at a place, with the number of the finding."""
        seen = seen[:, np.lexsort((seen[0], seen[2], seen[1]))]
        begins = np.ones(seen.shape[1], np.bool_)  # of a run of frames in which an address stays where it is
        begins[1:] = (seen[1:, 1:] != seen[1:, :-1]).any(axis=0)
        starts = np.flatnonzero(begins)
        ends = np.append(starts[1:], seen.shape[1]) - 1
        found = []
        for (first, kind, number, place), last in zip(seen[:, starts].T.tolist(), seen[0, ends].tolist(), strict=True):
            span = int(times[first]), int(times[last])
            back = self._ledger.take((kind, number), place, span, int(frame_numbers[first]))
            if back is not None:
                found.append((first, self._report.number(finding_of(back, self._vnid_map))))
        return found


def finding_of(back: Back, vnid_map: VnidMap) -> Finding:
    """What is said of an address that is back at a place."""
    vnid, length, is_at_tep = back.kind
    names = [vnid_map.teps[at].name if is_at_tep else address_text(at.to_bytes(6, "big")) for at in back.places]
    where = "behind" if is_at_tep else "claimed by"
    who = f"{address_text(back.address.to_bytes(length, 'big'))} in {network_name(vnid_map, vnid)}"
    return Finding(Kind.DUPLICATE_ADDRESS, f"{who} is {where} {' and '.join(names)} in turn")


def _octets(batch: Batch, rows: Column, at: int, length: int) -> NDArray[np.uint64]:
    """The big-endian number of `length` octets, 8 at most, at a place of each frame."""
    words = gather(batch.octets, batch.offset[rows] + at, 8).view(">u8").astype(np.uint64)
    return words >> np.uint64(64 - 8 * length)
