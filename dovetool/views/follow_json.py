"""What came of following packets, as JSON."""

from __future__ import annotations

import json
import sys

from dovetool.following.following import By, CaptureReport, Counts, Following, GroupReport, HopReport

_PERCENTILES = ("min", "p50", "p90", "p99", "max")


def write_json(following: Following) -> None:
    """Write all of it to standard output, as one JSON object on one line."""
    record = {
        "command": "follow",
        "compared": following.compared,
        "captures": [_capture_record(each) for each in following.captures],
        "clock_offset_ns": {each.name: each.offset_ns for each in following.captures},
        "hops": [_hop_record(hop) for hop in following.hops],
        "by": str(following.by),
        "groups": [_group_record(following, group) for group in following.groups],
    }
    sys.stdout.write(json.dumps(record, ensure_ascii=False) + "\n")


def _capture_record(capture: CaptureReport) -> dict[str, object]:
    return {
        "name": capture.name,
        "frames": capture.frames,
        "followed": capture.packets,
        "cut": capture.cut,
        "underlay": capture.underlay,
        "first_ns": capture.first_ns,
        "last_ns": capture.last_ns,
    }


def _hop_record(hop: HopReport) -> dict[str, object]:
    bars = [{"from_ns": bar.from_ns, "to_ns": bar.to_ns, "packets": bar.count} for bar in hop.histogram]
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


def _counts_record(counts: Counts) -> dict[str, object]:
    return {
        "seen": counts.seen,
        "lost": counts.lost,
        "seen_later": counts.seen_later,
        "duplicated": counts.duplicated,
        "reordered": counts.reordered,
        "misdelivered": counts.misdelivered,
        "changed": dict(counts.changed),
        "delay_ns": {name: None if counts.delay is None else getattr(counts.delay, name) for name in _PERCENTILES},
    }


def _group_record(following: Following, group: GroupReport) -> dict[str, object]:
    record: dict[str, object] = {"vnid": group.vnid, "network": group.network}
    if following.by is not By.NETWORK:
        record |= {"src": group.src, "dst": group.dst}
    if following.by is By.FLOW:
        record |= {"protocol": group.protocol, "src_port": group.src_port, "dst_port": group.dst_port}
    hops = [
        {"from": hop.source, "to": hop.target, **_counts_record(counts)}
        for hop, counts in zip(following.hops, group.hops, strict=True)
    ]
    return {**record, "hops": hops}
