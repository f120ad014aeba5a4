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
    typer.Option("--shift", metavar="SECONDS", help="what is added to each time, as +1.5 or =-0.000001; down to a ns"),
]


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    add(app, time, *_EXAMPLES)


def time(shift: Shift, *, asked: options.Rewriting, jobs: options.Jobs = 0) -> int:
    """Shift the times of frames, exactly.

    For captures whose clocks were wrong, before they are merged with others. Nothing is rounded: a span that is no
    whole number of the ticks in which a capture counts time, and a time that OUT cannot hold, are errors.
    """
    from dovetool.cli.rewriting import rewrite
    from dovetool.errors import UsageError
    from dovetool.jobs.retiming import retiming

    if asked.annotate:
        raise UsageError("--annotate: time does nothing to frames that could be told")
    return rewrite(retiming(shift), asked, jobs=jobs)
