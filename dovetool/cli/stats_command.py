"""dovetool stats: sum up the traffic of a capture."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dovetool.cli import options, selection, window
from dovetool.cli.command import add
from dovetool.errors import UsageError
from dovetool.observe.by import By

if TYPE_CHECKING:
    from dovetool.analysis.frame_selection import Picker
    from dovetool.analysis.groups import Groups
    from dovetool.analysis.statistics import Statistics
    from dovetool.capture.batch import Batch
    from dovetool.cli.looking import Looking
    from dovetool.errors import CorruptCaptureError

_EXAMPLES = (
    "stats underlay.pcap",
    "stats underlay.pcap --by conversation --vnid 5001 --top 10",
    "stats underlay.pcap --by pair --from +10 --to +20",
    "stats underlay.pcap --by vnid -Y 'tcp.analysis.retransmission'",
    "stats underlay.pcap -m map.yaml --by vm --json | jq '.groups[0]'",
)


class Sort(StrEnum):
    """What groups are sorted by."""

    OCTETS = "octets"
    FRAMES = "frames"
    FIRST = "first"
    KEY = "key"


OptionalMap = Annotated[Path | None, typer.Option("--map", "-m", metavar="MAP", help="map file: gives names")]


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    add(app, stats, *_EXAMPLES)


def stats(
    source: options.Source,
    by: Annotated[By, typer.Option("--by", help="what traffic is summed up by")] = By.VNID,
    map_file: OptionalMap = None,
    top: Annotated[int, typer.Option("--top", metavar="N", min=0, help="groups in the table; 0: all")] = 50,
    sort: Annotated[
        Sort | None, typer.Option("--sort", help="order of the groups; not said: octets, or for --by time the time")
    ] = None,
    interval: Annotated[
        float | None, typer.Option("--interval", metavar="S", min=0.001, max=1e9, help="seconds of a row of --by time")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON object, with all groups")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="print CSV, a line a group")] = False,
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
) -> int:
    """Sum up traffic by network, TEP, VM, conversation, time.

    Frames, octets, share, the overhead of tunnels, first and last frame, rate.

    vnid: the network of the innermost frame. encap: all headers, the outermost first. tep, host, pair: who sends the
    outermost tunnel to whom, host by the hosts of the map. A pair also tells how many source ports its tunnels use, and
    how evenly (1.00 is best), as ECMP spreads flows by them. vm, conversation: the innermost frame; they are told apart
    by network, so tenants with the same addresses never merge. time: one row an interval, which begins at a multiple of
    it. Other times are seconds after the first frame of the capture, as --from and --to take them with a plus sign.

    -Y asks tshark which frames a display filter chooses, as for `inspect`.
    """
    from dovetool.analysis.frame_selection import Picker
    from dovetool.analysis.statistics import Statistics
    from dovetool.cli.looking import Looking, show
    from dovetool.engine.threads import use
    from dovetool.observe.grouping import LATER, Grouping, detail_of
    from dovetool.views.statistics import StatisticsTable

    if as_json and as_csv:
        raise UsageError("--json and --csv: choose one of them")
    use(jobs)
    picker = Picker(window.window_of(frame, first, last))
    looking = Looking.of(source, map_file, decode_as, tpid, depth)
    wanted = selection.frame_filter(looking.names, vnid, encap, tep, mac, ip, vm)
    observe = looking.observe(detail_of(by, looking.names) | wanted.detail, LATER[by])
    statistics = Statistics(
        Grouping(by, observe, looking.names, wanted), None if interval is None else round(interval * 10**9)
    )
    damage = _count(looking, picker, statistics, display_filter, decode_as or [])
    order = sort or (Sort.FIRST if by is By.TIME else Sort.OCTETS)
    groups = _ranked(statistics.groups(), order, None if as_json or as_csv or not top else top)
    has_map = looking.names.vnid_map is not None
    report = StatisticsTable(by, groups, statistics.totals, statistics.bins.width_ns, picker.start_ns, has_map)
    if as_json:
        report.write_json()
    elif as_csv:
        report.write_csv()
    else:
        show(lambda width: report.shown(top, width))
    if damage is not None:
        raise damage
    return 0


def _count(
    looking: Looking, picker: Picker, statistics: Statistics, display_filter: str | None, decode_as: list[str]
) -> CorruptCaptureError | None:
    """Count the picked frames of a capture; returns what is wrong with it from some point on."""

    def take(batch: Batch) -> bool:
        statistics.feed(picker.picked(batch))
        return not picker.is_done(batch)

    if display_filter is None:
        return looking.feed("stats", take)
    from dovetool.cli.asking_tshark import filtered, refuse_custom_block

    with filtered(looking, picker, display_filter, decode_as) as chosen:
        return chosen.feed("stats", take, refuse_custom_block)


def _ranked(groups: Groups, sort: Sort, most: int | None) -> Groups:
    """The largest octets or frames come first; at least the `most` that are shown are in order."""
    if sort is Sort.KEY:
        return groups.by_key()
    amounts = {Sort.OCTETS: -groups.octets.sum(axis=1), Sort.FRAMES: -groups.frames.sum(axis=1)}
    return groups.ranked(amounts.get(sort, groups.first_ns), most)
