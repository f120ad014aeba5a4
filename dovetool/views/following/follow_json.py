"""What came of following packets, as JSON."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from dovetool.following.delays import Delays
from dovetool.following.following import By, CaptureReport, Counts, Following, GroupReport, HopReport

if TYPE_CHECKING:
    from dovetool.records import following as records


def write_json(following: Following) -> None:
    """Write all of it to standard output, as one JSON object on one line."""
    sys.stdout.write(json.dumps(follow_record(following), ensure_ascii=False) + "\n")


def follow_record(following: Following) -> records.Following:
    """All of it as a JSON object."""
    return {
        "command": "follow",
        "compared": following.compared,
        "captures": [_capture_record(each) for each in following.captures],
        "likely_order": None if following.likely_order is None else list(following.likely_order),
        "clock_offset_ns": {each.name: each.offset_ns for each in following.captures},
        "hops": [_hop_record(hop) for hop in following.hops],
        "by": str(following.by),
        "groups": [_group_record(following, group) for group in following.groups],
    }


def _capture_record(capture: CaptureReport) -> records.Capture:
    return {
        "name": capture.name,
        "frames": capture.frames,
        "followed": capture.packets,
        "cut": capture.cut,
        "underlay": capture.underlay,
        "first_ns": capture.first_ns,
        "last_ns": capture.last_ns,
    }


def _hop_record(hop: HopReport) -> records.Hop:
    bars: list[records.Bar] = [
        {"from_ns": bar.from_ns, "to_ns": bar.to_ns, "packets": bar.count} for bar in hop.histogram
    ]
    return {
        "from": hop.source,
        "to": hop.target,
        **_counts_record(hop.counts),
        "delay_from_least": hop.is_from_least,
        "delay_histogram": bars,
        "outside": hop.outside,
        "passing": hop.passing,
        "lost_frames": list(hop.lost_frames),
    }


def _counts_record(counts: Counts) -> records.Counts:
    return {
        "seen": counts.seen,
        "lost": counts.lost,
        "seen_later": counts.seen_later,
        "duplicated": counts.duplicated,
        "reordered": counts.reordered,
        "misdelivered": counts.misdelivered,
        "changed": dict(counts.changed),
        "delay_ns": _delay_record(counts.delay),
    }


def _delay_record(delay: Delays | None) -> records.Delay:
    if delay is None:
        return {"min": None, "p50": None, "p90": None, "p99": None, "max": None}
    return {"min": delay.min, "p50": delay.p50, "p90": delay.p90, "p99": delay.p99, "max": delay.max}


def _group_record(following: Following, group: GroupReport) -> records.Group:
    hops: list[records.GroupHop] = [
        {"from": hop.source, "to": hop.target, **_counts_record(counts)}
        for hop, counts in zip(following.hops, group.hops, strict=True)
    ]
    record: records.Group = {"vnid": group.vnid, "network": group.network, "hops": hops}
    if following.by is not By.NETWORK:
        record["src"], record["dst"] = group.src, group.dst
    if following.by is By.FLOW:
        record["ethertype"] = group.ethertype
        record["protocol"], record["src_port"], record["dst_port"] = group.protocol, group.src_port, group.dst_port
    return record
