"""dovetool export: frames as rows of a table, for other tools to compute with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dovetool.capture.remote.location import place_of
from dovetool.cli import options, selection, window
from dovetool.cli.columns import Columns
from dovetool.cli.command import add
from dovetool.cli.configured import IN_FORCE
from dovetool.cli.table_form import TableForm

_EXAMPLES = (
    "export underlay.pcapng frames.parquet -m map.yaml",
    "export monday.pcap tuesday.pcap frames.arrow -e number,time,vnid,src_ip,dst_ip,length",
    "export underlay.pcapng red.csv --vnid 5001 --from +10 --to +20",
    "export nested.pcap headers.parquet --layers",
    "export underlay.pcapng - --format arrow -e all | python analyse.py",
)

Output = Annotated[
    Path,
    typer.Argument(
        metavar="OUT",
        help="table to write: .parquet, .arrow, .csv, .tsv, .jsonl or .ndjson, the last four also with .gz, .zst, .lz4;"
        " - is standard output; s3:// and the like too",
        parser=place_of,
        show_default=False,
    ),
]
OptionalMap = Annotated[
    Path | None, typer.Option("--map", "-m", metavar="MAP", help="map file: gives names, and a verdict on each frame")
]
Format = Annotated[
    TableForm | None, typer.Option("--format", help="form of the table; default: by the suffix of OUT, csv for -")
]
Layers = Annotated[
    bool,
    typer.Option(
        "--layers/--innermost",
        help="a row for each overlay header and tag, which the columns layer_... are about; or one for each frame",
    ),
]
Raw = Annotated[bool, typer.Option("--raw", help="MAC and IP addresses as octets, in Parquet and Arrow")]


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    add(app, export, *_EXAMPLES)


def export(
    given: options.Given,
    target: Output,
    columns: Columns = None,
    form: Format = None,
    by_layer: Layers = False,
    raw: Raw = False,
    map_file: OptionalMap = None,
    frame: window.Frames = None,
    display_filter: selection.Filter = None,
    first: window.First = None,
    last: window.Last = None,
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
    range_size: options.RangeSize = options.RANGE_SIZE,
    resume: options.Resume = False,
    *,
    deduplicating: options.Deduplicating,
    sharing: options.Sharing,
) -> int:
    """Write captures as a table, one row per frame.

    The suffix of OUT chooses the form: Parquet, Arrow (the IPC file format, to standard output its stream), CSV, TSV,
    JSON lines. The first two need pyarrow, which the extra `columns` brings. Several captures are read as one, in the
    order of time, and numbered as one.

    A row describes the innermost frame, with the outermost tunnel in columns outer_...; with --layers there is a row
    for each overlay header, and none for frames without one. Without -e there are the usual columns; -e all adds
    time_ns, vnids, outer_encap, outer_vlans, outer_protocol, ip_id, tcp_ack, tcp_window and hash. In Parquet and Arrow,
    time is a timestamp in ns.

    With --workers or --scheduler, each capture becomes a table of its own in the folder OUT, in the form --format, and
    is numbered by itself. A large file is processed in parts, and becomes one table, unless -Y is given.
    """
    from dovetool.analysis.frame_selection import Picker
    from dovetool.analysis.frame_summary import Sight
    from dovetool.capture.capture_target import CaptureTarget
    from dovetool.capture.roles import OUT
    from dovetool.capture.stdio import STDIO
    from dovetool.cli.exporting import Table
    from dovetool.cli.showing import tell_duplicates
    from dovetool.cli.watching import WATCH
    from dovetool.engine.threads import use
    from dovetool.jobs.exporting import Exporting
    from dovetool.jobs.looking import Looking
    from dovetool.jobs.selection import frame_filter
    from dovetool.jobs.window import window_of
    from dovetool.observe.observe import Detail

    table = Table.of(target, form, columns, by_layer=by_layer, raw=raw)
    use(jobs)
    within = window_of(frame, first, last)
    looking = Looking.of(given.inputs(), map_file, decode_as, tpid, depth, WATCH, IN_FORCE.roles())
    corpus = options.corpus_of(given, sharing.crew(), resumes=resume, range_size=range_size)
    claim = looking.roles.replaces if target == STDIO else looking.roles.writes
    claim(OUT, target)
    picker = Picker(within, duplicates=deduplicating.duplicates(looking))
    names = looking.names
    wanted = frame_filter(names, vnid, encap, tep, mac, ip, vm)
    judge = looking.judge() if "verdict" in table.chosen else None
    sight = Sight(looking.observe(wanted.detail, later=Detail.ALL), names, judge, wanted)
    if corpus is not None:
        from dovetool.cli.corpora import export_each
        from dovetool.cli.exporting import ExportEach
        from dovetool.jobs.corpus import refuse_deduplication

        refuse_deduplication(picker.duplicates)
        each = ExportEach(table, looking, sight, within, display_filter, tuple(decode_as or ()), map_file)
        return export_each(corpus, each)
    with CaptureTarget(target) as output, table.sink(output.write, names, map_file) as sink:
        damage = Exporting(looking, sight, sink, picker, display_filter, decode_as or []).carry_out()
    tell_duplicates(picker.duplicates)
    if damage is not None:
        raise damage
    return 0
