"""dovetool inspect: look at the frames of a capture."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dovetool.capture.remote.location import place_of
from dovetool.cli import options, selection, window
from dovetool.cli.columns import ColumnOptions
from dovetool.cli.command import add
from dovetool.cli.configured import IN_FORCE
from dovetool.errors import UsageError

if TYPE_CHECKING:
    from dovetool.analysis.frame_selection import Picker
    from dovetool.jobs.looking import Looking
    from dovetool.observe.frame_filter import FrameFilter

_EXAMPLES = (
    "inspect underlay.pcapng -m map.yaml",
    "inspect underlay.pcapng --vnid 5001 --ip 10.0.0.1 --from 2026-01-01T00:00:10Z",
    "inspect underlay.pcapng --from +1.5 --to +3",
    "inspect tagged.pcap --frame 17 -V -x",
    "inspect underlay.pcapng -Y 'overlay.vnid == 5001 && tcp.flags.syn == 1'",
    "inspect underlay.pcapng --vnid 5001 --to +10 -w tenant.pcapng",
    "inspect underlay.pcapng -e number,vnid,src_ip,dst_ip,ttl,outer_src_port --csv > frames.csv",
    "inspect underlay.pcapng -e time_ns -e frame.len -e verdict -m map.yaml --jsonl",
    "tcpdump -U -i eth0 -w - | dovetool inspect - --encap vxlan --jsonl",
)


class Engine(StrEnum):
    """Who takes frames apart."""

    DOVETOOL = "dovetool"
    TSHARK = "tshark"


OptionalMap = Annotated[
    Path | None, typer.Option("--map", "-m", metavar="MAP", help="map file: gives names, and a verdict on each frame")
]
Count = Annotated[int | None, typer.Option("-n", "--count", metavar="N", min=1, help="stop after N frames")]
Verbose = Annotated[bool, typer.Option("-V", "--verbose", help="every frame in full, layer by layer, bit by bit")]
Hex = Annotated[bool, typer.Option("-x", "--hex", help="the octets of every frame, each in the colour of its layer")]
Json = Annotated[bool, typer.Option("--json", help="print one JSON array of frames; with -V also their layers")]
JsonLines = Annotated[bool, typer.Option("--jsonl", help="print one JSON object per line, each as soon as it is known")]
EngineName = Annotated[
    Engine, typer.Option("--engine", help="what dissects frames for -V; tshark knows more protocols")
]
Write = Annotated[
    Path | None,
    typer.Option(
        "--write", "-w", metavar="FILE", help="write the frames to a capture, and do not list them", parser=place_of
    ),
]
Paged = Annotated[bool, typer.Option("--pager/--no-pager", help="use $PAGER on a terminal")]


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    add(app, inspect, *_EXAMPLES)


def inspect(
    given: options.Given,
    shown: ColumnOptions,
    map_file: OptionalMap = None,
    frame: window.Frames = None,
    verbose: Verbose = False,
    hexadecimal: Hex = False,
    display_filter: selection.Filter = None,
    engine: EngineName = Engine.DOVETOOL,
    count: Count = None,
    first: window.First = None,
    last: window.Last = None,
    vnid: selection.Vnids = None,
    vm: selection.Vms = None,
    tep: selection.Teps = None,
    mac: selection.Macs = None,
    ip: selection.Ips = None,
    encap: selection.Encaps = None,
    write: Write = None,
    as_json: Json = False,
    as_lines: JsonLines = False,
    pager: Paged = True,
    decode_as: options.DecodeAs = None,
    tpid: selection.OptionalTpid = None,
    depth: options.Depth = 8,
    jobs: options.Jobs = 0,
) -> int:
    """List frames: tunnels, networks, who sends what to whom.

    The capture may be from any hop.

    From and To are the ends of the outermost tunnel, Source and Destination those of the innermost frame; with a map
    they have names. Info says what else there is: ports, TCP flags, the kind of an ICMP message, what ARP asks, VLANs,
    the group policy ID, the ports of OVN. -V draws each frame bit by bit as Wireshark does, from a dissector of its
    own. The numbers are those that Wireshark shows, but for pcapng files with custom blocks, which Wireshark counts
    as frames.

    -e chooses columns, by our name or Wireshark's: as values with tabs between them, or as --csv, --json and --jsonl
    say. Without -e, --csv and --tsv have the columns of the list.

    -w writes the frames as they are to a capture, whose suffix chooses the format; - is standard output.

    -Y asks tshark, with dovetool's plugin, which frames a display filter chooses: dove.vnid, overlay.vnid and all of
    Wireshark's own fields. A pipe is then read to its end first.
    """
    from dovetool.analysis.frame_selection import Finder, Picker
    from dovetool.analysis.frame_summary import Sight
    from dovetool.cli.inspection import Inspection, OutputForm
    from dovetool.cli.watching import WATCH
    from dovetool.engine.threads import use
    from dovetool.jobs.looking import Looking
    from dovetool.jobs.selection import frame_filter
    from dovetool.jobs.window import window_of
    from dovetool.observe.observe import Detail

    columns = shown.form(as_json=as_json, as_lines=as_lines)
    if columns is not None and (verbose or hexadecimal or write is not None):
        raise UsageError("-e, --csv and --tsv: show columns, without -V, -x and -w")
    if hexadecimal and (as_json or as_lines):
        raise UsageError("-x: is for people; JSON has the octets of each field with -V")
    if engine is Engine.TSHARK and (hexadecimal or not verbose):
        raise UsageError("--engine tshark: takes frames apart for -V, and knows no octets for -x")
    if write is not None and (as_json or as_lines or verbose or hexadecimal):
        raise UsageError("-w: writes frames to a capture, and shows none of them")
    use(jobs)
    picker = Picker(window_of(frame, first, last))
    looking = Looking.of(given.inputs(), map_file, decode_as, tpid, depth, WATCH, IN_FORCE.roles())
    wanted = frame_filter(looking.names, vnid, encap, tep, mac, ip, vm)
    if write is not None:
        return _write(looking, wanted, picker, write, count, display_filter, decode_as or [])
    observe, seen = looking.observe(Detail.ALL), looking.observe(wanted.detail, later=Detail.ALL)
    finder = Finder(Sight(seen, looking.names, looking.judge(), wanted), picker)
    chosen = () if columns is None else shown.chosen()
    form = OutputForm(as_json, as_lines, verbose, hexadecimal, columns, chosen)
    if display_filter is None and engine is Engine.DOVETOOL:
        return Inspection(looking, observe, finder, form, count).carry_out(paged=pager)
    from dovetool.jobs.asking_tshark import dissector, filtered, refuse_custom_block, whole_file

    with whole_file(looking.inputs) as path:
        ask = dissector(path, looking, decode_as or []) if engine is Engine.TSHARK else None
        inspection = Inspection(looking.at(path), observe, finder, form, count, ask)
        if display_filter is None:
            return inspection.carry_out(paged=pager)
        with filtered(inspection.looking, picker, display_filter, decode_as or []):
            return inspection.carry_out(refuse_custom_block, paged=pager)


def _write(
    looking: Looking,
    wanted: FrameFilter,
    picker: Picker,
    target: Path,
    most: int | None,
    display_filter: str | None,
    decode_as: list[str],
) -> int:
    """Write the wanted frames to a capture of their own."""
    from dovetool.analysis.choosing import Chooser
    from dovetool.analysis.frame_summary import Sight
    from dovetool.cli.extracting import extract
    from dovetool.jobs.extraction import Extraction

    chooser = Chooser(Sight(looking.observe(wanted.detail), looking.names, wanted=wanted))
    if display_filter is None:
        return extract(Extraction(looking, chooser, picker, target, most))
    from dovetool.jobs.asking_tshark import filtered, refuse_custom_block

    with filtered(looking, picker, display_filter, decode_as) as filtering:
        return extract(Extraction(filtering, chooser, picker, target, most), refuse_custom_block)
