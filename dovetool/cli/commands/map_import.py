"""`dovetool map import`: a map from what switches, controllers and tables say."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dovetool.cli import options
from dovetool.cli.configured import IN_FORCE
from dovetool.cli.exit_code import ExitCode
from dovetool.cli.options import SummaryForm
from dovetool.errors import MapSourceError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dovetool.map_sources.assembly.told import Told
    from dovetool.map_sources.documents import Source
    from dovetool.map_sources.reading import Found

_IN, _OUT = "a FILE", "-o"
_STDIO = Path("-")

Sources = Annotated[
    str, typer.Argument(metavar="SOURCE", help="what the files are of: one source, or several as SOURCE,SOURCE")
]
Files = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[FILE]...", help="files, or folders with one host each; HOST=FILE names the host; - is standard input"
    ),
]
Output = Annotated[
    Path, typer.Option("--output", "-o", metavar="MAP", readable=False, help="map file to write; - is standard output")
]
Times = Annotated[
    list[str] | None,
    typer.Option(
        "--at", metavar="TIME", help="when the files were taken (RFC 3339); once for all of them, or once for each FILE"
    ),
]
Live = Annotated[
    bool,
    typer.Option("--live", help="run the commands of SOURCE on this host, and read what they print, beside any FILE"),
]
Strict = Annotated[bool, typer.Option("--strict", help="exit with 1 when sources contradict each other")]
_EXAMPLES = (
    "dovetool map import iproute2 --live -o map.yaml",
    "dovetool map import iproute2 hosts/ -o map.yaml",
    "dovetool map import csv inventory.csv -o map.yaml",
    "dovetool map import ovn databases/ chassis/ -o map.yaml",
    "dovetool map import kubernetes nodes.json pods.json -o -",
    "dovetool map import ovn before/ after/ --at 2026-01-01T10:00:00Z --at 2026-01-01T10:05:00Z -o map.yaml",
)


def register(app: typer.Typer) -> None:
    """Add the command to those of maps."""
    from dovetool.map_sources import sources

    listed = "\n\n".join(f"{name}: {sources.summary(name)}" for name in sources.names())
    examples = "\n\n".join(_EXAMPLES)
    app.command("import", epilog=f"Sources:\n\n{listed}\n\nExamples:\n\n{examples}")(import_)


def import_(
    source: Sources,
    files: Files = None,
    output: Output = _STDIO,
    at: Times = None,
    live: Live = False,
    strict: Strict = False,
    summary: options.Summary = SummaryForm.TABLE,
) -> int:
    """Make a map from what switches, controllers or tables say.

    A folder stands for the host of its name, and so does each folder in it. Files are recognised by content, not by
    name; in a folder, files that are not of SOURCE are skipped and counted. What sources say is joined: TEPs by name
    and address, VMs by name and MAC address. Guesses are marked in the map by a comment, `# guessed: why`; where two
    files contradict each other, both are reported. With the times of two snapshots (--at), a VM that has moved may be
    at either place between them.

    Exit code 0: done; 1: --strict, and there are contradictions; 2: a file cannot be read, or is not of that source.
    """
    from dovetool.map_sources import sources
    from dovetool.map_sources.live import ask
    from dovetool.map_sources.reading import read
    from dovetool.vnid_map.file.collector import paused

    began = time.monotonic()
    wanted, words = sources.chosen(source), files or []
    if not words and not live:
        raise UsageError("name a FILE or a folder, or --live for what this host says itself")
    with paused():
        found = read(words, _times(at or [], len(words)), sources.reduction(wanted))
        if live:
            ask(wanted, found, _tell, time.time_ns() if at else None)
        _keep_apart(found, output)
        told = _import(wanted, found, output, began, summary)
    return ExitCode.FINDINGS if strict and told.contradictions else ExitCode.DONE


def _import(wanted: Sequence[Source], found: Found, output: Path, began: float, summary: SummaryForm) -> Told:
    """Make the map and write it; what was made on the way is let go of, as it may be hundreds of megabytes."""
    from dovetool.jobs.map_writing import write_map
    from dovetool.map_sources.assembly.assemble import assemble
    from dovetool.map_sources.gathering import gather
    from dovetool.views.maps.import_summary import Imported, show_imported
    from dovetool.vnid_map.file.draft import settled

    gathered = gather(wanted, found.documents)
    found.documents = []
    skipped = len(gathered.skipped) + len(found.foreign)
    if not gathered.kinds:
        names = " or ".join(each.name for each in wanted)
        raise MapSourceError(f"no file of {names}", "", f"{skipped:,} were skipped, {len(found.empty):,} are empty")
    statements = len(gathered.statements)
    told = assemble(gathered.taken())
    result = settled(told.draft)
    told.draft.data = {}
    told.left_out += result.left_out
    write_map(result, f"made by: dovetool map import {','.join(each.name for each in wanted)}", output)
    if summary is not SummaryForm.NONE:
        imported = Imported(result.model, told, gathered.kinds, skipped, len(found.empty), statements)
        show_imported(imported, time.monotonic() - began, as_json=summary is SummaryForm.JSON)
    return told


def _times(words: Sequence[str], files: int) -> list[int | None]:
    """The times of all FILEs, or of each of them."""
    from dovetool.jobs.amounts import time_named

    if len(words) > 1 and len(words) != files:
        raise UsageError(f"--at {words[-1]}: expected one for all files, or {files}, one for each; found {len(words)}")
    return [time_named("--at", word) for word in words]


def _tell(line: str) -> None:
    from dovetool.views.plain import printable

    typer.echo(printable(f"dovetool: {line}"), err=True)


def _keep_apart(found: Found, output: Path) -> None:
    """The map takes the place of no file that is read."""
    roles = IN_FORCE.roles()
    for document in found.documents:
        path = Path(document.origin.file)
        if path.exists():
            roles.reads(_IN, path)
    if output != _STDIO:
        roles.writes(_OUT, output)
