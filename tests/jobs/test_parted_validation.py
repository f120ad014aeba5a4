"""What is found in a capture is found in its parts, and in files that it is cut into, also what several frames show."""

from __future__ import annotations

import random
from itertools import pairwise
from pathlib import Path

import pytest
from audit_faults import FAULTS, Frames
from audited_traffic import MAP, write_map
from parted import in_parts
from plain_capture import Captured, write_capture

from dovetool.analysis.findings import Report
from dovetool.audit.audit import Audit
from dovetool.belonging.finding import Kind
from dovetool.capture.merging.opening import Inputs
from dovetool.jobs.corpus_auditing import Auditing, AuditingParts, found_in
from dovetool.jobs.task import Outcome, Task
from dovetool.jobs.validating import ValidateJob, audit_of

ACROSS = {Kind.BROADCAST_INCOMPLETE, Kind.DUPLICATE_ADDRESS, Kind.NO_ENTROPY}
_APART_NS = 250_000_000
"""Between faults: a broadcast is over then, and an address that is at two places is not."""
Found = dict[str, tuple[int, list[int], str]]


@pytest.fixture(scope="module")
def faulty() -> Frames:
    """The frames of all faults, in the order of time: what only several frames show is cut almost everywhere."""
    frames: list[Captured] = []
    for number, fault in enumerate(fault for fault in FAULTS if fault.map_text == MAP):
        frames += [frame._replace(ts_ns=frame.ts_ns + number * _APART_NS) for frame in fault.make()]
    return sorted(frames, key=lambda frame: frame.ts_ns)


def found(report: Report) -> Found:
    """What was found, in how many frames, and which."""
    return {
        f"{entry.finding.kind.reason}: {entry.finding.text}": (entry.count, entry.numbers, entry.example)
        for entry in report.found()
    }


def whole(job: ValidateJob, audit: Audit) -> Found:
    report, damage = job.carry_out(audit)
    assert damage is None
    assert {entry.finding.kind for entry in report.found()} >= ACROSS
    return found(report)


def audited(folder: Path, *sources: Path) -> tuple[ValidateJob, Audit]:
    audit = audit_of(write_map(folder), None, None, "2s")
    assert isinstance(audit, Audit)
    return ValidateJob(Inputs(sources, in_time_order=False), None, frozenset(Kind)), audit


@pytest.mark.parametrize("octets", [3000, 60_000, 1_000_000])
def test_parts(octets: int, faulty: Frames, tmp_path: Path) -> None:
    job, audit = audited(tmp_path, write_capture(tmp_path / "in.pcap", faulty))
    task = Task(tmp_path / "in.pcap")
    done = in_parts(AuditingParts(audit.vnid_map), Auditing(job, audit), task, octets)
    report = found_in([Outcome(task, done)], job, audit.vnid_map)
    assert report.frames == len(faulty)
    assert found(report) == whole(job, audit)


@pytest.mark.parametrize("seed", range(3))
def test_files(seed: int, faulty: Frames, tmp_path: Path) -> None:
    """Each finding names the same frames, by their file."""
    choice = random.Random(seed)
    ends = sorted([0, *choice.sample(range(1, len(faulty)), 4), len(faulty)])
    sources = [
        write_capture(tmp_path / f"{number}.pcap", faulty[begin:end])
        for number, (begin, end) in enumerate(pairwise(ends))
    ]
    job, audit = audited(tmp_path, *sources)
    auditing = Auditing(job, audit)
    outcomes = [Outcome(Task(source), auditing(Task(source))[0]) for source in sources]
    assert found(found_in(outcomes, job, audit.vnid_map)) == whole(job, audit)
