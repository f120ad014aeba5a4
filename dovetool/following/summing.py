"""Sums of what became of packets: of all at a hop, and of each network, pair or flow."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dovetool.capture.batch import Column
from dovetool.following.delays import Delays, histogram
from dovetool.following.facts import NONE
from dovetool.following.flow_names import Ends, FlowNames
from dovetool.following.following import By, CaptureReport, Counts, Following, GroupReport, HopReport
from dovetool.following.hop import Hop
from dovetool.following.line_order import line_order
from dovetool.following.tracks import Tracks
from dovetool.observe.names import Names

_MOST_NUMBERS = 10
_COMPARED = ("head", "begin", "all")


def summed_up(
    tracks: Tracks, hops: Sequence[Hop], flows: FlowNames, names: Names, by: By, most: int | None, level: int
) -> Following:
    """Everything, with `most` groups at most."""
    group, first = _grouped(tracks, by)
    counts = [_counts(hop, group, len(first)) for hop in hops]
    order = _order(hops, group, len(first))
    groups = [
        _group(tracks, int(first[at]), flows, names, by, tuple(of_hop[at] for of_hop in counts))
        for at in order[:most].tolist()
    ]
    reports = [_report(tracks, hop) for hop in hops]
    likely = line_order(tracks)
    names_of = None if likely is None else tuple(tracks.places[place].name for place in likely)
    return Following(_captures(tracks), reports, by, groups, len(order), _COMPARED[level], names_of)


def _grouped(tracks: Tracks, by: By) -> tuple[Column, Column]:
    """The number (n,) of the group of each packet, and (g,) a packet of each group."""
    numbers = np.unique(tracks.vnid, return_inverse=True)[1].astype(np.int64)
    if by is not By.NETWORK:
        ends = np.unique(tracks.pair if by is By.PAIR else tracks.flow, return_inverse=True)[1]
        numbers = numbers * (int(ends.max(initial=0)) + 1) + ends
    _, first, which = np.unique(numbers, return_index=True, return_inverse=True)
    return which, first


def _order(hops: Sequence[Hop], group: Column, count: int) -> Column:
    """Groups, those with the most losses first, then those with the most packets."""
    lost, seen = np.zeros(count, np.int64), np.zeros(count, np.int64)
    for hop in hops:
        lost += np.bincount(group[hop.lost], minlength=count)
        seen += np.bincount(group[hop.arrived], minlength=count)
    order = np.lexsort((-seen, -lost))
    is_met: NDArray[np.bool_] = (seen + lost)[order] > 0
    return order[is_met]


def _counts(hop: Hop, group: Column, count: int) -> list[Counts]:
    """The counts of each group at a hop."""
    arrived, lost = group[hop.arrived], group[hop.lost]

    def many(of: Column) -> list[int]:
        numbers: list[int] = np.bincount(of, minlength=count).tolist()
        return numbers

    changed = {name: many(arrived[which]) for name, which in hop.changed.items()}
    columns = zip(
        many(np.concatenate([arrived, lost])),
        many(lost),
        many(lost[hop.is_seen_later]),
        many(group[hop.duplicated]),
        many(arrived[hop.is_reordered]),
        many(arrived[hop.is_misdelivered]),
        [dict(zip(changed, each, strict=True)) for each in zip(*changed.values(), strict=True)],
        Delays.by_group(hop.delay_ns, arrived, count),
        strict=True,
    )
    return [Counts(*each) for each in columns]


def _report(tracks: Tracks, hop: Hop) -> HopReport:
    total = _counts(hop, np.zeros(len(tracks.vnid), np.int64), 1)[0]
    place = tracks.places[hop.at]
    numbers = place.packets.number[tracks.rows(hop.at, hop.lost[:_MOST_NUMBERS])]
    ways = tracks.chains.ways[min(hop.at, hop.to)]
    return HopReport(
        place.name,
        tracks.places[hop.to].name,
        total,
        histogram(hop.delay_ns),
        hop.outside,
        len(hop.passing),
        tuple(sorted(numbers.tolist())),
        ways.offset_ns is None and ways.base_ns != 0,
    )


def _captures(tracks: Tracks) -> list[CaptureReport]:
    reports: list[CaptureReport] = []
    offset_ns: int | None = 0
    for number, place in enumerate(tracks.places):
        if number:
            step_ns = tracks.chains.ways[number - 1].offset_ns
            offset_ns = None if offset_ns is None or step_ns is None else offset_ns + step_ns
        told = place.frames, len(place.packets), place.cut, place.underlay, place.first_ns, place.last_ns
        reports.append(CaptureReport(place.name, *told, offset_ns))
    return reports


def _group(
    tracks: Tracks, packet: int, flows: FlowNames, names: Names, by: By, hops: tuple[Counts, ...]
) -> GroupReport:
    shown = int(tracks.vnid[packet])
    vnid = None if shown == NONE else shown
    if by is By.NETWORK:
        return GroupReport(vnid, names.network(vnid), None, None, None, None, None, None, hops)
    ends = flows.ends(int(tracks.flow[packet]))
    if by is By.PAIR:
        ends = Ends(ends.src, ends.dst)
    return GroupReport(vnid, names.network(vnid), *ends, hops)
