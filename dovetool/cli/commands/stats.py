"""dovetool stats: sum up the traffic of a capture."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dovetool.cli import options, selection, window
from dovetool.cli.columns import column_named
from dovetool.cli.command import add
from dovetool.errors import UsageError
from dovetool.observe.by import By

if TYPE_CHECKING:
    from dovetool.analysis.column_statistics import ColumnStatistics
    from dovetool.analysis.frame_selection import Picker
    from dovetool.analysis.groups import Groups
    from dovetool.analysis.statistics import Statistics
    from dovetool.capture.batch import Batch
    from dovetool.cli.looking import Looking
    from dovetool.errors import CorruptCaptureError
    from dovetool.observe.frame_filter import FrameFilter

_EXAMPLES = (
    "stats underlay.pcap",
    "stats underlay.pcap --by conversation --vnid 5001 --top 10",
    "stats underlay.pcap --by pair --from +10 --to +20",
    "stats underlay.pcap -m map.yaml --by vnid,pair --sort network --csv",
    "stats underlay.pcap --by vnid,ttl,dscp --top 5 --json",
    "stats underlay.pcap --by vnid -Y 'tcp.analysis.retransmission'",
    "stats underlay.pcap -m map.yaml --by vm --json | jq '.groups[0]'",
)


class Sort(StrEnum):
    """What groups are sorted by."""

    OCTETS = "octets"
    FRAMES = "frames"
    OVERHEAD = "overhead"
    FIRST = "first"
    LAST = "last"
    KEY = "key"


OptionalMap = Annotated[Path | None, typer.Option("--map", "-m", metavar="MAP", help="map file: gives names")]


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    add(app, stats, *_EXAMPLES)


def stats(
    source: options.Source,
    by: Annotated[
        list[str] | None,
        typer.Option(
            "--by",
            metavar="KEY",
            help=f"what traffic is summed up by: {', '.join(By)}, a column of inspect -e help; or several of these",
        ),
    ] = None,
    map_file: OptionalMap = None,
    top: Annotated[
        int | None,
        typer.Option("--top", metavar="N", min=0, help="groups that are shown; 0: all; not said: 50 in the table"),
    ] = None,
    sort: Annotated[
        str | None,
        typer.Option(
            "--sort",
            metavar="KEY",
            help=f"{', '.join(Sort)}, or a part of the key, as network; not said: octets, or for --by time the time",
        ),
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

    Several keys, as vnid,pair, or any column that `inspect -e help` lists: a group has the names of each. With tep,
    host or vm among them a frame counts for its sender and its receiver; an interval of time is 1 s then.

    -Y asks tshark which frames a display filter chooses, as for `inspect`.
    """
    from dovetool.analysis.frame_selection import Picker
    from dovetool.cli.looking import Looking, show
    from dovetool.engine.threads import use
    from dovetool.views.statistics import StatisticsTable

    if as_json and as_csv:
        raise UsageError("--json and --csv: choose one of them")
    keys = _keys(by)
    use(jobs)
    picker = Picker(window.window_of(frame, first, last))
    looking = Looking.of(source, map_file, decode_as, tpid, depth)
    wanted = selection.frame_filter(looking.names, vnid, encap, tep, mac, ip, vm)
    order = _order(sort or (Sort.FIRST if keys == (By.TIME,) else Sort.OCTETS), keys)
    statistics, feed = _statistics(keys, looking, picker, wanted, None if interval is None else round(interval * 10**9))
    damage = _count(looking, picker, feed, display_filter, decode_as or [])
    most = (0 if as_json or as_csv else 50) if top is None else top
    groups = _ranked(statistics.groups(), order, most or None)
    if most and (as_json or as_csv):
        groups = groups[:most]
    has_map = looking.names.vnid_map is not None
    report = StatisticsTable(keys, groups, statistics.totals, statistics.bins.width_ns, picker.start_ns, has_map)
    if as_json:
        report.write_json()
    elif as_csv:
        report.write_csv()
    else:
        show(lambda width: report.shown(most, width))
    if damage is not None:
        raise damage
    return 0


def _keys(words: list[str] | None) -> tuple[str, ...]:
    """The keys that words name, which may have several with commas between them.

    Raises:
        UsageError: one is none.
    """
    if not words:
        return (By.VNID,)
    parts = [part.strip() for word in words for part in word.split(",")]
    known = tuple(By)
    return tuple(dict.fromkeys(By(part) if part in known else column_named(part, "--by", known) for part in parts))


def _order(word: str, keys: tuple[str, ...]) -> Sort | int:
    """What groups are sorted by: an amount, or the place of a part of the key.

    Raises:
        UsageError: there is no such part.
    """
    from dovetool.observe.grouping import key_names

    names = key_names(keys)
    if word in names:
        return names.index(word)
    if word not in tuple(Sort):
        raise UsageError(f"--sort {word}: expected {', '.join(Sort)}, or a part of the key: {', '.join(names)}")
    return Sort(word)


def _statistics(
    keys: tuple[str, ...], looking: Looking, picker: Picker, wanted: FrameFilter, interval_ns: int | None
) -> tuple[Statistics | ColumnStatistics, Callable[[Batch], object]]:
    """Counts frames, and what takes the batches of the capture; one key of its own takes the least time."""
    names = looking.names
    if len(keys) == 1 and keys[0] in tuple(By):
        from dovetool.analysis.statistics import Statistics
        from dovetool.observe.grouping import LATER, Grouping, detail_of

        by = By(keys[0])
        observe = looking.observe(detail_of(by, names) | wanted.detail, LATER[by])
        statistics = Statistics(Grouping(by, observe, names, wanted), interval_ns)
        return statistics, lambda batch: statistics.feed(picker.picked(batch))
    from dovetool.analysis.column_statistics import ColumnStatistics
    from dovetool.analysis.frame_selection import Finder
    from dovetool.analysis.frame_summary import Sight
    from dovetool.observe.observe import Detail

    judge = looking.judge() if "verdict" in keys else None
    sight = Sight(looking.observe(wanted.detail, later=Detail.ALL), names, judge, wanted)
    columns = ColumnStatistics(Finder(sight, picker), keys, interval_ns)
    return columns, columns.feed


def _count(
    looking: Looking,
    picker: Picker,
    feed: Callable[[Batch], object],
    display_filter: str | None,
    decode_as: list[str],
) -> CorruptCaptureError | None:
    """Count the picked frames of a capture; returns what is wrong with it from some point on."""

    def take(batch: Batch) -> bool:
        feed(batch)
        return not picker.is_done(batch)

    if display_filter is None:
        return looking.feed("stats", take)
    from dovetool.cli.asking_tshark import filtered, refuse_custom_block

    with filtered(looking, picker, display_filter, decode_as) as chosen:
        return chosen.feed("stats", take, refuse_custom_block)


def _ranked(groups: Groups, sort: Sort | int, most: int | None) -> Groups:
    """The largest amounts and the first times come first; at least the `most` that are shown are in order."""
    if sort is Sort.KEY:
        return groups.by_key()
    if isinstance(sort, int):
        return groups.by_key(sort)
    amounts = {
        Sort.OCTETS: -groups.octets.sum(axis=1),
        Sort.FRAMES: -groups.frames.sum(axis=1),
        Sort.OVERHEAD: -groups.overhead,
        Sort.LAST: groups.last_ns,
    }
    return groups.ranked(amounts.get(sort, groups.first_ns), most)
