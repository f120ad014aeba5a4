"""What standard error tells of work on a capture: that it could go faster, and on a terminal, how far it is."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from dovetool.cli.engine import tell_slow_engine

_WORTH_SHOWING = 8 << 20


@contextmanager
def shown_files(what: str, count: int) -> Iterator[Callable[[], object]]:
    """Show how many of `count` captures are done, on a terminal; what it gives is called for each."""
    tell_slow_engine()
    if not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    columns = ("[progress.description]{task.description}", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=count)
        yield lambda: bar.advance(task)


@contextmanager
def shown_progress(what: str, size: int | None) -> Iterator[Callable[[int], None] | None]:
    """Show how much of a file of `size` octets is read; nothing for a pipe, a small file, or without a terminal."""
    tell_slow_engine()
    if size is None or size < _WORTH_SHOWING or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn, TransferSpeedColumn

    columns = ("[progress.description]{task.description}", BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=size)
        yield lambda position: bar.update(task, completed=position)
