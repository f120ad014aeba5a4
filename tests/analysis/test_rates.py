"""The window of `top` has what `stats` counts between its ends, whatever the slices, and forgets the rest."""

from __future__ import annotations

import io
import json
from contextlib import redirect_stdout
from pathlib import Path

import pytest

from dovetool import cli
from dovetool.analysis import rates as module
from dovetool.analysis.frame_selection import Picker, Window
from dovetool.analysis.group_sums import Amount
from dovetool.analysis.rates import Moment, Rates
from dovetool.capture.batch import Batch
from dovetool.capture.reader import CaptureReader
from dovetool.jobs.looking import Looking
from dovetool.jobs.selection import frame_filter
from dovetool.jobs.summing import statistics_of
from dovetool.vnid_map.texts import time_text

ROOT = Path(__file__).resolve().parents[2]
UNDERLAY, MAP = ROOT / "samples/two-tenants/taps/3-underlay.pcapng", ROOT / "samples/two-tenants/map.yaml"
MIGRATION = ROOT / "samples/migration"
MS = 1_000_000


def moments(source: Path, map_file: Path | None, by: str, interval_ns: int, slices: int) -> list[Moment]:
    """The window at the end of each slice, and at the end."""
    looking = Looking.of(source, map_file, None, None, 8)
    keys = (by, "verdict") if map_file is not None else (by,)
    wanted = frame_filter(looking.names)
    rates = Rates(
        lambda: statistics_of(keys, looking, Picker(Window()), wanted, None, Amount.OCTETS),
        interval_ns,
        slices,
        finds=map_file is not None,
    )
    found: list[Moment] = []
    with CaptureReader(source) as reader:
        for item in reader:
            if isinstance(item, Batch):
                rates.feed(item, found.append)
    return [*found, rates.moment()]


def counted(source: Path, *words: str) -> dict[tuple[object, ...], tuple[int, int]]:
    """What stats counts."""
    output = io.StringIO()
    with redirect_stdout(output):
        assert cli.run(["stats", str(source), *words, "--json"]) == 0
    by = next(word for word in words if word in ("vnid", "pair", "conversation"))
    names = {
        "vnid": ("vnid", "network"),
        "pair": ("src_tep", "src", "dst_tep", "dst", "encap"),
        "conversation": ("vnid", "network", "protocol", "vm_a", "a", "port_a", "vm_b", "b", "port_b"),
    }[by]
    groups = json.loads(output.getvalue())["groups"]
    return {tuple(group[name] for name in names): (group["frames"], group["octets"]) for group in groups}


@pytest.mark.parametrize("by", ["vnid", "pair", "conversation"])
@pytest.mark.parametrize(("interval_ms", "slices"), [(100, 3), (37, 5), (10_000, 1)])
def test_windows_have_what_stats_counts_there(by: str, interval_ms: int, slices: int) -> None:
    found = moments(UNDERLAY, None, by, interval_ms * MS, slices)
    assert found[-1].seen == 70
    for moment in (found[0], found[len(found) // 2], found[-1]):
        first = moment.last_ns // (interval_ms * MS) * (interval_ms * MS) - (slices - 1) * interval_ms * MS
        window = ("--from", time_text(first), "--to", time_text(moment.last_ns))
        expected = counted(UNDERLAY, "--by", by, *window)
        assert {key: (rate.frames, rate.octets) for key, rate in moment.groups.items()} == expected
        assert moment.frames == sum(frames for frames, _ in expected.values())
        assert moment.others.frames == 0


def test_findings_are_those_of_the_frames() -> None:
    output = io.StringIO()
    source, map_file = MIGRATION / "taps/3-underlay.pcapng", MAP
    with redirect_stdout(output):
        assert cli.run(["inspect", str(source), "-m", str(map_file), "-e", "vnid,verdict", "--json"]) == 0
    expected: dict[object, dict[str, int]] = {}
    for record in json.loads(output.getvalue()):
        found = expected.setdefault(record["vnid"], {})
        for reason in record["verdict"] or ():
            found[reason] = found.get(reason, 0) + 1
    (moment,) = moments(source, map_file, "vnid", 10**18, 1)
    assert {key[0]: rate.findings for key, rate in moment.groups.items()} == expected
    assert any(expected.values())


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of very many groups those with most are told apart, and a counter that knows many makes place for another one."""
    monkeypatch.setattr(module, "_MOST_KEPT", 2)
    monkeypatch.setattr(module, "_MOST_KNOWN", 3)
    whole = moments(UNDERLAY, None, "conversation", 50 * MS, 4)
    for moment in whole:
        assert moment.frames == sum(rate.frames for rate in moment.groups.values()) + moment.others.frames
        assert len(moment.groups) <= 2 * 4
    assert whole[-1].seen == 70
