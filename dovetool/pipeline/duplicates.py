"""Addresses that are at two places at the same time, among those that the map does not have.

What the map has is held against the map. Of any other address, one place after another is a move; back again within a
short time means that it is at both. (RFC 5227 section 2.4 says the same of IP addresses.)
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dovetool.capture.batch import Batch, Column
from dovetool.capture.copying import gather
from dovetool.pipeline.answers import NONE, Answers
from dovetool.pipeline.key_table import Ids
from dovetool.pipeline.report import Report
from dovetool.stages.examined import Sighting
from dovetool.stages.finding import Finding, Kind
from dovetool.stages.wording import address_text, network_name
from dovetool.vnid_map import VnidMap

_WINDOW_NS = 10_000_000_000
_MOST_ADDRESSES = 1 << 16
_MOST_PLACES = 4

Address = tuple[int, int, int]
"""VNID, octets of the address, the address as a number."""


class DuplicateWatch:
    """Remembers where addresses were seen."""

    def __init__(self, vnid_map: VnidMap, answers: Answers, report: Report) -> None:
        self._vnid_map, self._answers, self._report = vnid_map, answers, report
        self._places: dict[Address, dict[int, int]] = {}
        """Place -> when the address was last seen there, the latest place last."""

    def watch(self, batch: Batch, answers: Ids) -> tuple[Column, Column]:
        """The rows of frames that show an address back at a place, and the number of the finding about each."""
        numbers = self._answers.column("sightings", answers)
        found: list[tuple[int, int]] = []
        if (numbers != NONE).any():
            times = batch.ts_ns
            for number in np.flatnonzero(np.bincount(numbers[numbers != NONE])).tolist():
                rows = np.flatnonzero(numbers == number)
                for sighting in self._answers.sightings.values[number]:
                    found += self._seen(batch, rows, times, sighting)
        pairs = np.array(found, np.int64).reshape(-1, 2)
        return pairs[:, 0], pairs[:, 1]

    def _seen(self, batch: Batch, rows: Column, times: Column, sighting: Sighting) -> list[tuple[int, int]]:
        addresses = _octets(batch, rows, sighting.at, sighting.length)
        places = (
            np.full(len(rows), sighting.tep, np.uint64)
            if sighting.tep >= 0
            else _octets(batch, rows, sighting.place_at, 6)
        )
        found = []
        for first, last in _runs(addresses, places):
            address = sighting.vnid, sighting.length, int(addresses[first])
            if self._is_back(address, int(places[first]), int(times[rows[first]]), int(times[rows[last]])):
                found.append((int(rows[first]), self._report.number(self._finding(address, sighting))))
        return found

    def _is_back(self, address: Address, place: int, first_ns: int, last_ns: int) -> bool:
        if address not in self._places and len(self._places) >= _MOST_ADDRESSES:
            self._places.clear()
        places = self._places.setdefault(address, {})
        latest = next(reversed(places), place)
        before = places.pop(place, None)
        places[place] = last_ns
        if len(places) > _MOST_PLACES:
            del places[next(iter(places))]
        return latest != place and before is not None and first_ns - before <= _WINDOW_NS

    def _finding(self, address: Address, sighting: Sighting) -> Finding:
        vnid, length, number = address
        places = sorted(self._places[address])
        names = [
            self._vnid_map.teps[p].name if sighting.tep >= 0 else address_text(p.to_bytes(6, "big")) for p in places
        ]
        where = "behind" if sighting.tep >= 0 else "claimed by"
        who = f"{address_text(number.to_bytes(length, 'big'))} in {network_name(self._vnid_map, vnid)}"
        return Finding(Kind.DUPLICATE_ADDRESS, f"{who} is {where} {' and '.join(names)} in turn")


def _octets(batch: Batch, rows: Column, at: int, length: int) -> NDArray[np.uint64]:
    """The big-endian number of `length` octets, 8 at most, at a place of each frame."""
    words = gather(batch.octets, batch.offset[rows] + at, 8).view(">u8").astype(np.uint64)
    return words >> np.uint64(64 - 8 * length)


def _runs(addresses: NDArray[np.uint64], places: NDArray[np.uint64]) -> list[tuple[int, int]]:
    """First and last place of each run of frames, in their order, in which an address stays where it is."""
    order = np.argsort(addresses, kind="stable")
    begins = np.ones(len(order), np.bool_)
    begins[1:] = (np.diff(addresses[order]) != 0) | (places[order][1:] != places[order][:-1])
    starts = np.flatnonzero(begins)
    ends = np.append(starts[1:], len(order)) - 1
    return sorted(zip(order[starts].tolist(), order[ends].tolist(), strict=True))
