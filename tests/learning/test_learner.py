"""What is added up in columns is what is added up flow by flow, in the same order, whatever captures hold."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dovetool.capture.batch import Batch
from dovetool.capture.reader import CaptureReader
from dovetool.learning.facts import PAUSE_NS, Visit
from dovetool.learning.flows import FlowReader
from dovetool.learning.learner import Learner, learn
from dovetool.learning.ledger import Ledger
from dovetool.learning.rows import Spans, Tally, joined
from dovetool.wire.overlay import SELECTORS

LABS = Path(__file__).resolve().parents[1] / "map_sources/data"
CAPTURES = sorted(LABS.rglob("underlay-*.pcap*"))
TPID = 0x88B5


def flow_by_flow(path: Path, most: int) -> Ledger:
    ledger, reader = Ledger(most=most), FlowReader(SELECTORS, TPID)
    with CaptureReader(path) as capture:
        for batch in capture:
            assert isinstance(batch, Batch)
            flows = reader.read(batch)
            counts = zip(flows.frames.tolist(), flows.first_ns.tolist(), flows.last_ns.tolist(), strict=True)
            for seen, times in zip(reader.seen(flows), counts, strict=True):
                ledger.note(seen, *times)
            ledger.frames += len(batch)
            times_ns = batch.told_ns
            if len(times_ns):
                ledger.span.add(len(batch), int(times_ns.min()), int(times_ns.max()))
    ledger.tagged = reader.tagged
    return ledger


def in_columns(path: Path, most: int) -> Ledger:
    learner = Learner(SELECTORS, TPID, most=most)
    with CaptureReader(path) as capture:
        assert learn(capture, learner) is None
    return learner.ledger


@pytest.mark.parametrize("most", [400_000, 1000, 30, 5])
@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_columns_add_up_what_flows_do(path: Path, most: int) -> None:
    mine, other = in_columns(path, most), flow_by_flow(path, most)
    assert mine == other
    assert mine.frames > 0
    for name in ("teps", "guests", "targets", "groups", "claims"):
        assert list(getattr(mine, name)) == list(getattr(other, name))
    for guest, facts in mine.guests.items():
        assert list(facts.ips) == list(other.guests[guest].ips)
        assert list(facts.places) == list(other.guests[guest].places)
    for tep, tep_facts in mine.teps.items():
        assert tep_facts.encaps.most_common() == other.teps[tep].encaps.most_common()


def test_there_is_more_than_is_kept_account_of() -> None:
    assert any(in_columns(path, 5).beyond for path in CAPTURES)


def test_what_was_learnt_may_be_asked_for_before_the_end() -> None:
    learner = Learner(SELECTORS, TPID)
    with CaptureReader(CAPTURES[0]) as first, CaptureReader(CAPTURES[1]) as second:
        learn(first, learner)
        frames = learner.ledger.carried
        learn(second, learner)
    assert learner.ledger.carried > frames
    assert learner.senders == len(learner.ledger.guests)


@pytest.mark.parametrize("seed", range(20))
def test_spans_are_those_of_a_visit(seed: int) -> None:
    """In any order, within each other, and in more than one row."""
    random = np.random.default_rng(seed)
    count = int(random.integers(1, 60))
    rows, first = random.integers(0, 3, count), random.integers(0, 40, count) * PAUSE_NS // 4
    last = first + random.integers(0, 8, count) * PAUSE_NS // 4
    visits = [Visit(), Visit(), Visit()]
    for row, *times in zip(rows.tolist(), first.tolist(), last.tolist(), strict=True):
        visits[row].add(1, *times)
    expected = [
        [row, span.frames, span.first_ns, span.last_ns] for row, visit in enumerate(visits) for span in visit.spans
    ]
    ones = np.ones(count, np.int64)
    assert joined(np.array([rows, ones, first, last])).T.tolist() == expected


def test_a_row_has_no_more_spans_than_a_visit() -> None:
    spans, visit = Spans(), Visit()
    for number in range(200):
        first_ns = number * number * 3 * PAUSE_NS
        visit.add(2, first_ns, first_ns + 1)
        ones = np.ones(1, np.int64)
        spans.add(np.zeros(1, np.int64), Tally(2 * ones, first_ns * ones, (first_ns + 1) * ones, ones))
    expected = [[0, span.frames, span.first_ns, span.last_ns] for span in visit.spans]
    assert spans.told() == expected
    assert len(expected) == 64
