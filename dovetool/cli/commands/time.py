"""dovetool time: other times for the same frames."""

from __future__ import annotations

from typing import Annotated

import typer

from dovetool.cli import options
from dovetool.cli.command import add

_EXAMPLES = (
    "time leaf1.pcapng leaf1-set-right.pcapng --shift +1.5",
    "time vm.pcap vm-in-utc.pcap --shift=-7200",
    "time a.pcapng b.pcapng both.pcapng --shift +0.000000250",
)

Shift = Annotated[
    str,
    typer.Option("--shift", metavar="SECONDS", help="added to each time, as +1.5 or =-0.000001; down to 1 ns"),
]


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    add(app, time, *_EXAMPLES, without={"annotate", "range_size"})


def time(shift: Shift, *, asked: options.Rewriting, jobs: options.Jobs = 0) -> int:
    """Shift the times of frames, exactly.

    Use it to correct captures whose clock was wrong, before they are merged with others. Nothing is rounded: it is an
    error if the shift is not a whole number of the capture's ticks, or if OUT cannot hold a time.
    """
    from dovetool.cli.rewriting import rewrite
    from dovetool.jobs.retiming import retiming

    return rewrite(retiming(shift), asked, jobs=jobs)
