"""The command that sorts the frames of a capture into many captures."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from dovetool.capture.remote.location import place_of
from dovetool.cli import options
from dovetool.cli.command import add
from dovetool.cli.configured import IN_FORCE
from dovetool.cli.exit_code import ExitCode
from dovetool.cli.options import SummaryForm
from dovetool.errors import UsageError
from dovetool.jobs.split_by import Format, SplitBy

Directory = Annotated[
    Path,
    typer.Argument(
        metavar="DIR",
        help="directory for the captures; created if it is not there; s3:// and the like too",
        parser=place_of,
        show_default=False,
    ),
]
Key = Annotated[SplitBy, typer.Option("--by", help="what frames are sorted by")]
Names = Annotated[
    Path | None, typer.Option("--map", "-m", metavar="MAP", help="map file: gives names to networks, TEPs and VMs")
]
AsFormat = Annotated[Format | None, typer.Option("--format", help="format of the captures; default: that of IN")]
Depth = Annotated[int, typer.Option("--depth", metavar="N", min=1, max=64, help="most tunnels to look into")]
Tpid = Annotated[
    str | None, typer.Option("--tpid", metavar="N", help="TPID of the DOVE tag; default: the map's, or 0x88B5")
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
    range_size: options.RangeSize = options.RANGE_SIZE,
    resume: options.Resume = False,
    summary: options.Summary = SummaryForm.TABLE,
    *,
    sharing: options.Sharing,
) -> int:
    """Write one capture for each network, VM, TEP or the like.

    The frames stay as they are. vnid: the network of the innermost frame. vm: the VMs of the map that send and receive
    it. tep: both ends of the outermost tunnel. encap: the outermost encapsulation, dove for a tag. reason: why a frame
    was rejected, as its packet's comment says in what --rejects wrote. A frame without one goes to no-vnid,
    no-vm, no-tep, untagged or no-reason; a frame of two VMs or TEPs goes to both. IP fragments show no tunnel.

    With --workers or --scheduler, each capture gets a directory of its name in DIR; large files are processed in parts.
    --resume skips captures of which all files are there.
    """
    from dovetool.capture.stdio import STDIO
    from dovetool.cli.watching import WATCH
    from dovetool.engine.threads import use
    from dovetool.jobs.looking import Looking
    from dovetool.jobs.splitting import SplitJob
    from dovetool.views.summary import show_summary

    if directory == STDIO:
        raise UsageError("split writes files: name a directory, not -")
    looking = Looking.of(given.inputs(), map_file, decode_as, tpid, depth, WATCH, IN_FORCE.roles())
    job = SplitJob(looking, by, to, annotate)
    job.sorting()
    corpus = options.corpus_of(given, sharing.crew(), resumes=resume, range_size=range_size)
    if corpus is not None:
        from dovetool.cli.corpora import show_each
        from dovetool.jobs.corpus_splitting import split_each

        if resume and overwrite:
            raise UsageError("--resume keeps what --overwrite replaces: say one of the two")
        coming = split_each(corpus, job, directory, overwrite=overwrite)
        return show_each("split", len(corpus.paths), coming, summary)
    began = time.monotonic()
    use(jobs)
    came, damage = job.carry_out(directory, overwrite=overwrite)
    finished, files = came.finished, came.frames
    if summary is not SummaryForm.NONE:
        as_json, seconds = summary is SummaryForm.JSON, time.monotonic() - began
        show_summary("split", finished.tallies, finished.total, seconds, as_json=as_json, files=files)
    if damage is not None:
        raise damage
    return ExitCode.DONE
