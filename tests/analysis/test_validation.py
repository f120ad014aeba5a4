"""A capture is held against the map as its frames are one by one, and memory stays bounded whatever is in it."""

from __future__ import annotations

import random
import tracemalloc
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from audited_traffic import A2, Inner, Packet, captured, clean, ip, write_map
from both_ways import batch_of
from frames import BLUE, BROADCAST
from hypothesis import given, settings
from hypothesis import strategies as st
from plain_capture import write_capture
from strategies import Captured, captures, overlay_frames, sample_map, tagged_frames, vm_frames

from dovetool.analysis import validation as validation_module
from dovetool.analysis.findings import MOST_NUMBERS, MOST_TEXTS, Report
from dovetool.analysis.validation import Validation, validate
from dovetool.audit.audit import Audit
from dovetool.belonging.finding import Finding, Kind
from dovetool.capture.reader import CaptureReader
from dovetool.frame.view import FrameView
from dovetool.stages.map_selectors import selectors_of
from dovetool.verdict.verdict import Frame
from dovetool.vnid_map import VnidMap
from dovetool.wire.checksum import ones_sum

CORPUS = Path(__file__).resolve().parents[1] / "fuzz" / "corpus"
SAMPLE = sample_map()
ACROSS = {Kind.DUPLICATE_ADDRESS, Kind.BROADCAST_INCOMPLETE, Kind.NO_ENTROPY}
"""Kinds that depend on several frames, at least in part."""


def one_by_one(audit: Audit, frames: Sequence[Captured]) -> dict[Finding, list[int]]:
    """What is wrong with each frame by itself, with the frame's number."""
    found: defaultdict[Finding, list[int]] = defaultdict(list)
    for number, one in enumerate(frames, 1):
        view = FrameView(one.frame.octets, one.frame.orig_len, link_type=one.link_type, ts_ns=one.ts_ns)
        answer = audit.examine(view)
        about = dict.fromkeys(answer.findings)
        for check, findings in answer.checks:
            said = check.answer(one.frame.octets, view.orig_len)
            if said:
                about[findings[said - 1]] = None
        for finding in about:
            found[finding].append(number)
    return {finding: numbers for finding, numbers in found.items() if finding.kind not in ACROSS}


def all_at_once(audit: Audit, parts: Sequence[Sequence[Captured]]) -> dict[Finding, list[int]]:
    validation, first = Validation(audit), 1
    for part in parts:
        validation.feed(replace(batch_of(part), first_number=first))
        first += len(part)
    report = validation.checked.finish(audit.vnid_map)
    assert report.frames == first - 1 == sum(report.hops.values())
    assert all(entry.count >= len(entry.numbers) for entry in report.found())
    return {entry.finding: entry.numbers for entry in report.found() if entry.finding.kind not in ACROSS}


def agree(audit: Audit, parts: Sequence[Sequence[Captured]]) -> None:
    expected = one_by_one(audit, [one for part in parts for one in part])
    texts = Counter(finding.kind for finding in expected)
    if max(texts.values(), default=0) <= MOST_TEXTS:
        shown = {finding: numbers[:MOST_NUMBERS] for finding, numbers in expected.items()}
        assert all_at_once(audit, parts) == shown


@settings(max_examples=60)
@given(data=st.data())
def test_batch_equals_one_by_one(data: st.DataObject) -> None:
    frames = st.one_of(overlay_frames(), overlay_frames(), tagged_frames(), vm_frames())
    agree(Audit(SAMPLE, selectors_of(SAMPLE)), [data.draw(captures(frames)), data.draw(captures(frames))])


def test_mutated_frames() -> None:
    """Nothing that a frame holds makes it fail."""
    seeds, choice = [path.read_bytes() for path in sorted(CORPUS.iterdir())], random.Random(11)
    audit = Audit(SAMPLE, selectors_of(SAMPLE))
    for _ in range(60):
        agree(audit, [[_mutated(seeds, choice) for _ in range(20)]])


def _mutated(seeds: list[bytes], choice: random.Random) -> Captured:
    octets = bytearray(choice.choice(seeds))
    for _ in range(choice.randrange(4)):
        octets[choice.randrange(min(len(octets), 120))] = choice.choice((0, 1, 0x45, 0xFF, choice.randrange(256)))
    kept = octets if choice.random() < 0.8 else octets[: choice.randrange(len(octets))]
    return Captured(Frame(bytes(kept), len(octets)), choice.randrange(9) * 10**9, choice.choice((1, 1, 1, 113, 101)))


@pytest.mark.parametrize("size", [1, 3, 7])
def test_broadcasts_over_batches(size: int, tmp_path: Path) -> None:
    """Where a batch ends makes no difference to what is missed across frames."""
    vnid_map = VnidMap.load(write_map(tmp_path))
    frames = [Captured(Frame(one.octets, one.orig_len), one.ts_ns, 1) for one in captured(clean()[:1] + clean()[2:])]
    validation = Validation(Audit(vnid_map, selectors_of(vnid_map)))
    for at in range(0, len(frames), size):
        validation.feed(replace(batch_of(frames[at : at + size]), first_number=at + 1))
    (entry,) = validation.checked.finish(vnid_map).found()
    assert (entry.finding.kind, entry.numbers, entry.count) == (Kind.BROADCAST_INCOMPLETE, [1], 1)


def test_texts_are_bounded(tmp_path: Path) -> None:
    """A thousand intruders with an address each take no more memory than a few, and are all counted."""
    vnid_map = VnidMap.load(write_map(tmp_path))
    inner = [
        Inner(bytes((2, 9)) + number.to_bytes(4, "big"), A2 if number % 2 else BROADCAST, ip(77), arp=True)
        for number in range(1_000)
    ]
    packets = [Packet(1, 2, BLUE, each, ts_ns=number * 1000) for number, each in enumerate(inner)]
    source = write_capture(tmp_path / "intruders.pcap", captured(packets))
    validation = Validation(Audit(vnid_map, selectors_of(vnid_map)))
    tracemalloc.start()
    with CaptureReader(source) as reader:
        assert validate(reader, validation) is None
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    unknown = [entry for entry in validation.report.found() if entry.finding.kind is Kind.UNKNOWN_SOURCE]
    assert sum(entry.count for entry in unknown) == 1_000
    assert len(unknown) == MOST_TEXTS + 1
    assert peak < 8 << 20


def test_forgotten_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where very many different frames make it forget what it knew of flows, the findings are the same."""
    audit = Audit(SAMPLE, selectors_of(SAMPLE))
    seeds, choice = [path.read_bytes() for path in sorted(CORPUS.iterdir())], random.Random(3)
    parts = [[_mutated(seeds, choice) for _ in range(10)] for _ in range(12)]
    expected = all_at_once(audit, parts)
    assert len(expected) > 5
    monkeypatch.setattr(validation_module, "_MOST_ANSWERS", 3)
    assert all_at_once(audit, parts) == expected


def test_checksum_left_to_hardware(tmp_path: Path) -> None:
    """A capture on the sending host shows the sum of the pseudo-header alone: that is no fault, one more is."""
    vnid_map = VnidMap.load(write_map(tmp_path))
    octets = Packet(1, 2, BLUE, Inner()).octets()
    datagram_len = len(octets) - 34
    partial = ones_sum(octets[26:34], 17 + datagram_len)
    reasons = []
    for value in (partial, (partial + 1) & 0xFFFF):
        frame = octets[:40] + value.to_bytes(2, "big") + octets[42:]
        found = all_at_once(Audit(vnid_map, selectors_of(vnid_map)), [[Captured(Frame(frame, len(frame)), 0, 1)]])
        reasons.append([finding.kind for finding in found])
    assert reasons == [[Kind.CHECKSUM_OFFLOADED], [Kind.BAD_CHECKSUM]]


def test_report_counts_and_sorts() -> None:
    report = Report()
    warning, error = (Finding(kind, "text") for kind in (Kind.LOW_TTL, Kind.WRONG_TEP))
    numbers = [report.number(each) for each in (warning, error, warning)]
    assert numbers == [0, 1, 0]
    report.entries[0].add(range(1, 100), 99)
    report.entries[1].add([7], 1)
    assert [entry.finding for entry in report.found()] == [error, warning]
    assert report.found()[1].numbers == list(range(1, MOST_NUMBERS + 1))
    assert report.found()[1].count == 99
