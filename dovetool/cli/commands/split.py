"""The command that sorts the frames of a capture into many captures."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from dovetool.capture.remote.location import place_of
from dovetool.cli import options
from dovetool.cli.command import add
from dovetool.cli.exit_code import ExitCode
from dovetool.cli.options import SummaryForm
from dovetool.errors import UsageError
from dovetool.jobs.split_by import Format, SplitBy

Directory = Annotated[
    Path,
    typer.Argument(
        metavar="DIR",
        help="directory for the captures; made when it is not there; s3:// and the like too",
        parser=place_of,
        show_default=False,
    ),
]
Key = Annotated[SplitBy, typer.Option("--by", help="what frames are sorted by")]
Names = Annotated[
    Path | None, typer.Option("--map", "-m", metavar="MAP", help="map file: what networks, TEPs and VMs are called")
]
AsFormat = Annotated[Format | None, typer.Option("--format", help="format of the captures; else that of IN")]
Depth = Annotated[int, typer.Option("--depth", metavar="N", min=1, max=64, help="tunnels looked into at most")]
Tpid = Annotated[
    str | None, typer.Option("--tpid", metavar="N", help="TPID of the DOVE tag; else the map's, or 0x88B5")
]
_EXAMPLES = (
    "split underlay.pcapng networks --by vnid -m map.yaml",
    "split underlay.pcap hosts --by tep --format pcapng --annotate",
    "split lost.pcapng reasons --by reason",
)


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    add(app, split, *_EXAMPLES)


def split(
    given: options.Given,
    directory: Directory,
    by: Key,
    map_file: Names = None,
    to: AsFormat = None,
    depth: Depth = 8,
    decode_as: options.DecodeAs = None,
    tpid: Tpid = None,
    annotate: options.Annotate = False,
    overwrite: options.Overwrite = False,
    jobs: options.Jobs = 0,
    summary: options.Summary = SummaryForm.TABLE,
    *,
    sharing: options.Sharing,
) -> int:
    """Write one capture for each network, VM, TEP or the like.

    The frames stay as they are. vnid: the network of the innermost frame. vm: the VMs of the map that send and receive
    it. tep: both ends of the outermost tunnel. encap: the outermost encapsulation, dove for a tag. reason: why a frame
    was rejected, as its packet's comment says in what --rejects wrote. A frame for which there is no such thing goes
    to no-vnid, no-vm, no-tep, untagged or no-reason; one of two VMs or TEPs to both. IP fragments show no tunnel.

    With --workers or --scheduler, each capture gets a directory of its own in DIR, which has its name.
    """
    from dovetool.capture.stdio import STDIO
    from dovetool.cli.watching import WATCH
    from dovetool.engine.threads import use
    from dovetool.jobs.looking import Looking
    from dovetool.jobs.splitting import SplitJob
    from dovetool.jobs.watch import Watch
    from dovetool.views.summary import show_summary

    if directory == STDIO:
        raise UsageError("split writes files: name a directory, not -")
    looking = Looking.of(given.inputs(), map_file, decode_as, tpid, depth, WATCH)
    job = SplitJob(looking, by, to, annotate)
    job.sorting()
    corpus = options.corpus_of(given, sharing.crew())
    if corpus is not None:
        from dovetool.cli.corpora import show_each
        from dovetool.jobs.task import is_there

        tasks = corpus.tasks(looking.roles, directory)
        if not overwrite and any(is_there(task) for task in tasks):
            raise UsageError(f"{directory}: has such directories already; --overwrite replaces the captures in them")
        each = replace(job, looking=replace(looking, watch=Watch()))  # which other processes can be given
        return show_each("split", len(tasks), corpus.outcomes(each, tasks), summary)
    began = time.monotonic()
    use(jobs)
    finished, files, damage = job.carry_out(directory, overwrite=overwrite)
    if summary is not SummaryForm.NONE:
        as_json, seconds = summary is SummaryForm.JSON, time.monotonic() - began
        show_summary("split", finished.tallies, finished.total, seconds, as_json=as_json, files=files)
    if damage is not None:
        raise damage
    return ExitCode.DONE
