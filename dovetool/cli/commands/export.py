"""dovetool export: frames as rows of a table, for other tools to compute with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dovetool.cli import options, selection
from dovetool.cli.columns import Columns
from dovetool.cli.command import add
from dovetool.errors import UsageError
from dovetool.jobs.words import column_named

if TYPE_CHECKING:
    from dovetool.jobs.looking import Looking

_EXAMPLES = (
    "export underlay.pcapng frames.parquet -m map.yaml",
    "export monday.pcap tuesday.pcap frames.arrow -e number,time,vnid,src_ip,dst_ip,length",
    "export underlay.pcapng red.csv --vnid 5001",
)
_SUFFIXES = (".parquet", ".arrow", ".csv", ".tsv", ".jsonl")

Files = Annotated[
    list[Path],
    typer.Argument(metavar="IN... OUT", help=f"captures, and the table: {', '.join(_SUFFIXES)}", show_default=False),
]
OptionalMap = Annotated[
    Path | None, typer.Option("--map", "-m", metavar="MAP", help="map file: gives names, and a verdict on each frame")
]


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    add(app, export, *_EXAMPLES)


def export(
    files: Files,
    columns: Columns = None,
    map_file: OptionalMap = None,
    vnid: selection.Vnids = None,
    encap: selection.Encaps = None,
    tep: selection.Teps = None,
    mac: selection.Macs = None,
    ip: selection.Ips = None,
    vm: selection.Vms = None,
    decode_as: options.DecodeAs = None,
    tpid: selection.OptionalTpid = None,
    depth: options.Depth = 8,
    jobs: options.Jobs = 0,
) -> int:
    """Write one capture or several as a table, a row a frame.

    The suffix of OUT chooses the form: Parquet, Arrow (the IPC file format), CSV, TSV, JSON lines. The first two
    need pyarrow, which the extra `columns` brings. Rows come in the order of the captures; numbers begin again in each.
    Without -e there are all columns but time_ns and hash; in Parquet and Arrow time is a timestamp in ns.
    """
    from dovetool.analysis.frame_summary import Sight
    from dovetool.capture.target import Target
    from dovetool.cli.exporting import table_sink
    from dovetool.engine.threads import use
    from dovetool.jobs.exporting import Exporting
    from dovetool.jobs.selection import frame_filter
    from dovetool.observe.observe import Detail

    *sources, target = files
    if not sources:
        raise UsageError("export: needs at least one capture, and the table behind it")
    if target.suffix not in _SUFFIXES:
        raise UsageError(f"{target}: the suffix chooses the form; there is {', '.join(_SUFFIXES)}")
    chosen = _chosen(columns)
    use(jobs)
    lookings = _lookings(sources, target, map_file, decode_as, tpid, depth)
    names = lookings[0].names
    wanted = frame_filter(names, vnid, encap, tep, mac, ip, vm)
    judge = lookings[0].judge() if "verdict" in chosen else None
    sight = Sight(lookings[0].observe(wanted.detail, later=Detail.ALL), names, judge, wanted)
    with Target(target) as output, table_sink(target.suffix, output.write, names, chosen, map_file) as sink:
        damage = Exporting(lookings, sight, sink).carry_out()
    if damage is not None:
        raise damage
    return 0


def _chosen(words: list[str] | None) -> tuple[str, ...]:
    from dovetool.observe.catalogue import COLUMNS

    if not words:
        return tuple(name for name in COLUMNS if name not in ("time_ns", "hash"))
    return tuple(dict.fromkeys(column_named(part.strip()) for word in words for part in word.split(",")))


def _lookings(
    sources: list[Path],
    target: Path,
    map_file: Path | None,
    decode_as: list[str] | None,
    tpid: str | None,
    depth: int,
) -> list[Looking]:
    """The captures; no file plays two roles."""
    from dataclasses import replace

    from dovetool.capture.roles import IN, OUT
    from dovetool.cli.watching import WATCH
    from dovetool.jobs.looking import Looking

    first = Looking.of(sources[0], map_file, decode_as, tpid, depth, WATCH)
    for source in sources[1:]:
        first.roles.reads(IN, source)
    first.roles.writes(OUT, target)
    return [first, *(replace(first, source=source) for source in sources[1:])]
