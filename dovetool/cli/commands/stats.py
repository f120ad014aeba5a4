"""dovetool stats: sum up the traffic of a capture."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from dovetool.cli import options, selection, window
from dovetool.cli.command import add
from dovetool.cli.seconds import nanoseconds, seconds_option
from dovetool.errors import UsageError
from dovetool.jobs.ranking import Sort
from dovetool.observe.by import By

_EXAMPLES = (
    "stats underlay.pcap",
    "stats underlay.pcap --by conversation --vnid 5001 --top 10",
    "stats underlay.pcap --by pair --from +10 --to +20",
    "stats underlay.pcap -m map.yaml --by vnid,pair --sort network --csv",
    "stats underlay.pcap --by vnid,ttl,dscp --top 5 --json",
    "stats underlay.pcap --by vnid -Y 'tcp.analysis.retransmission'",
    "stats underlay.pcap -m map.yaml --by time,vnid --plot",
    "stats underlay.pcap -m map.yaml --by vm --json | jq '.groups[0]'",
)


OptionalMap = Annotated[Path | None, typer.Option("--map", "-m", metavar="MAP", help="map file: gives names")]


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    add(app, stats, *_EXAMPLES)


def stats(
    given: options.Given,
    by: Annotated[
        list[str] | None,
        typer.Option(
            "--by",
            metavar="KEY",
            help=f"what to sum up by: {', '.join(By)}, a column of inspect -e help; or several of these",
        ),
    ] = None,
    map_file: OptionalMap = None,
    top: Annotated[
        int | None,
        typer.Option("--top", metavar="N", min=0, help="groups to show; 0: all; default: 50 in the table"),
    ] = None,
    sort: Annotated[
        str | None,
        typer.Option(
            "--sort",
            metavar="KEY",
            help=f"{', '.join(Sort)}, or a part of the key, as network; default: octets, or with --by time the time",
        ),
    ] = None,
    interval: Annotated[
        float | None,
        seconds_option("--interval", 0.001, 1e9, "length of a row of --by time, in seconds"),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON object, with all groups")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="print CSV, one line per group")] = False,
    plot: Annotated[
        bool, typer.Option("--plot", help="draw a bar for each group; with time among the keys, a line of rates")
    ] = False,
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
    *,
    deduplicating: options.Deduplicating,
    sharing: options.Sharing,
) -> int:
    """Sum up traffic by network, TEP, VM, conversation, time.

    Frames, octets, share, the overhead of tunnels, first and last frame, rate.

    vnid: the network of the innermost frame. encap: all headers, the outermost first. tep, host, pair: the ends of the
    outermost tunnel, host by the hosts of the map. A pair also shows how many source ports its tunnels use, and how
    evenly (1.00 is best), as ECMP spreads flows by them. vm, conversation: the ends of the innermost frame, by network,
    so tenants with the same addresses never merge. time: one row for each interval. Times are seconds after the first
    frame of the capture, as --from and --to take them with a plus sign.

    Keys can be combined, as vnid,pair, also with any column that `inspect -e help` lists. With tep, host or vm among
    them a frame counts for its sender and its receiver; an interval of time is 1 s then.

    --plot draws what --sort names: octets, frames or overhead. It shows as many bars as there is room for, or 5 lines
    and the rest, unless --top is given.

    -Y asks tshark which frames match a display filter, as for `inspect`.
    """
    from dovetool.analysis.frame_selection import Picker
    from dovetool.cli.plotting import Plotting
    from dovetool.cli.showing import tell_duplicates
    from dovetool.cli.tabling import Tabling
    from dovetool.cli.watching import WATCH
    from dovetool.engine.threads import use
    from dovetool.jobs.looking import Looking
    from dovetool.jobs.selection import frame_filter
    from dovetool.jobs.summing import count, keys_named, statistics_of
    from dovetool.jobs.window import window_of

    if as_json + as_csv + plot > 1:
        raise UsageError("--json, --csv and --plot: choose one of them")
    keys = keys_named(by)
    showing = Plotting.of(keys, sort, top) if plot else Tabling.of(keys, sort, top, as_json=as_json, as_csv=as_csv)
    use(jobs)
    looking = Looking.of(given.inputs(), map_file, decode_as, tpid, depth, WATCH)
    duplicates = deduplicating.duplicates(looking)
    picker = Picker(window_of(frame, first, last), duplicates=duplicates)
    wanted = frame_filter(looking.names, vnid, encap, tep, mac, ip, vm)
    interval_ns = None if interval is None else nanoseconds(interval)
    statistics, feed = statistics_of(showing.keys, looking, picker, wanted, interval_ns, showing.over_time)
    corpus = options.corpus_of(given, sharing.crew(), range_size=range_size)
    if corpus is not None:
        from dovetool.cli.corpora import count_each
        from dovetool.jobs.corpus import refuse_deduplication
        from dovetool.jobs.corpus_counting import Counting

        refuse_deduplication(duplicates)
        counting = Counting(showing.keys, looking, picker.window, wanted, interval_ns, showing.over_time)
        counting = replace(counting, display_filter=display_filter, decode_as=tuple(decode_as or ()))
        failure = count_each(corpus, counting, statistics, picker)
        showing.show(statistics, looking, picker)
        if failure is not None:
            raise failure
        return 0
    damage = count(looking, picker, feed, display_filter, decode_as or [])
    showing.show(statistics, looking, picker)
    tell_duplicates(duplicates)
    if damage is not None:
        raise damage
    return 0
