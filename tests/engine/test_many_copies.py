"""A broadcast to many tunnel end points: its copies are made and written part by part, and come out as if at once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from both_ways import batch_of
from frames import A1, BLUE, BROADCAST, eth, tagged
from small_network import network_map
from strategies import Captured

from dovetool.capture.pcap import RECORDS
from dovetool.engine import stage_runner
from dovetool.engine.stage_runner import Outcome, StageRunner
from dovetool.stages.encap import Encap
from dovetool.verdict.verdict import Frame
from dovetool.vnid_map import VnidMap

FRAMES, TEPS = 60, 40
PARTS = 4 << 10


@pytest.fixture(scope="module")
def wide() -> VnidMap:
    """The small network, and `TEPS` tunnel end points more of its blue."""
    names = [f"more{number}" for number in range(TEPS)]
    teps = {
        name: {"ip": f"192.0.2.{100 + number}", "mac": f"02:00:00:00:02:{number:02x}", "encap": ["vxlan"]}
        for number, name in enumerate(names)
    }
    return network_map(teps=teps, switches={f"sw-{name}": {"tep": name, "ports": {"p": "blue"}} for name in names})


def broadcasts(wide: VnidMap) -> Iterator[Outcome]:
    """What becomes of some broadcasts of one batch, from 60 to 119 octets long."""
    frames = [tagged(eth(BROADCAST, A1, 0x0800, bytes(46 + at)), BLUE) for at in range(FRAMES)]
    batch = batch_of([Captured(Frame(octets, len(octets)), at, 1) for at, octets in enumerate(frames)])
    return StageRunner(Encap(wide)).process(batch, RECORDS)


def test_copies_come_in_parts(wide: VnidMap, monkeypatch: pytest.MonkeyPatch) -> None:
    (at_once,) = broadcasts(wide)
    monkeypatch.setattr(stage_runner, "_MOST_MADE", PARTS)
    parts = [outcome.forwarded for outcome in broadcasts(wide)]
    assert len(parts) > 10
    of_one_frame = (TEPS + 2) * 400
    assert max(int(part.caplen.sum()) for part in parts) < PARTS + of_one_frame
    whole = at_once.forwarded
    frames = [(int(part.ts_ns[row]), part.frame(row)) for part in parts for row in range(len(part))]
    assert frames == [(int(whole.ts_ns[row]), whole.frame(row)) for row in range(len(whole))]
    assert len(frames) == FRAMES * (TEPS + 2)
