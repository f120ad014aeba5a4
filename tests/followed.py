"""`follow` run inside the test process, and captures to be followed, a packet a millisecond."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from plain_capture import Captured, write_capture

from dovetool import cli

MS = 1_000_000
START_NS = 1_800_000_000 * 10**9

Record = dict[str, Any]


def followed(*words: str | Path) -> Record:
    """What `follow --json` says."""
    said, complained = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(complained):
        code = cli.run(["follow", *map(str, words), "--json"])
    assert code == 0, complained.getvalue()
    found: Record = json.loads(said.getvalue())
    return found


def sent(frames: Iterable[bytes], step_ns: int = MS) -> list[Captured]:
    """Frames as they are seen at a first place."""
    return [Captured(START_NS + at * step_ns, len(octets), octets) for at, octets in enumerate(frames)]


def later(frames: Sequence[Captured], by_ns: int, without: Iterable[int] = ()) -> list[Captured]:
    """The same so much later, but for those that are lost, by their place."""
    lost = set(without)
    return [frame._replace(ts_ns=frame.ts_ns + by_ns) for at, frame in enumerate(frames) if at not in lost]


def between(folder: Path, first: Iterable[Captured], second: Iterable[Captured], *words: str) -> Record:
    """The hop between two captures, one after the other."""
    captures = [write_capture(folder / f"{name}.pcap", each) for name, each in (("one", first), ("two", second))]
    found = followed(*captures, *words)
    hop: Record = found["hops"][0]
    return hop
