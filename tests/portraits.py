"""Portraits of captures, made as the command makes them, and what other commands say of the same captures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from overlay_expectations import shown

from dovetool.analysis.frame_selection import Window
from dovetool.capture.merging.opening import Inputs
from dovetool.jobs.portraying import Portraying
from dovetool.jobs.selection import frame_filter
from dovetool.portrait.portrait import Portrait


def portrait_of(
    *captures: Path,
    map_file: Path | None = None,
    window: Window | None = None,
    in_time_order: bool = True,
    **chosen: list[str],
) -> Portrait:
    """A portrait; `chosen` are words of options, as `vnids=["5001"]`."""
    job = Portraying.of(Inputs(captures, in_time_order=in_time_order), map_file, None, None, 8)
    wanted = frame_filter(job.names, **chosen)
    portrait, damage = job.portrait(wanted, window or Window(), {f"--{name}": words for name, words in chosen.items()})
    assert damage is None
    return portrait


def summed(capture: Path, *words: str | Path) -> dict[str, Any]:
    """What `stats --json` says."""
    record: dict[str, Any] = json.loads(shown("stats", capture, "--json", *words))
    return record


def validated(*words: str | Path) -> list[dict[str, Any]]:
    """The findings of `validate --json`."""
    import contextlib
    import io

    from dovetool import cli

    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(io.StringIO()):
        cli.run(["validate", "--json", *map(str, words)])
    found: list[dict[str, Any]] = json.loads(said.getvalue())["findings"]
    return found
