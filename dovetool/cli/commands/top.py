"""dovetool top: who sends how much, now."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dovetool.cli import options, selection
from dovetool.cli.command import add
from dovetool.cli.seconds import nanoseconds, seconds_option
from dovetool.views.top_rows import TopSort

_EXAMPLES = (
    "tcpdump -U -i eth0 -w - udp port 4789 | dovetool top - -m map.yaml",
    "top tep1.pcap tep2.pcap --by conversation",
    "top underlay.pcapng --by pair --interval 5 --window 60 > rates.txt",
    "top underlay.pcapng -m map.yaml --by vm --sort findings --once",
)

OptionalMap = Annotated[
    Path | None, typer.Option("--map", "-m", metavar="MAP", help="map file: gives names, and counts findings")
]


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    add(
        app,
        top,
        *_EXAMPLES,
        codes="0 done; 2 wrong usage, unreadable input; 3 the input is cut or corrupt (what came before was shown); "
        "129, 130, 143 ended by a signal.",
    )


def top(
    given: options.Given,
    by: Annotated[
        list[str] | None,
        typer.Option("--by", metavar="KEY", help="vnid, pair, conversation, vm, ... or any column, as for stats"),
    ] = None,
    map_file: OptionalMap = None,
    interval: Annotated[float, seconds_option("--interval", 0.1, 86400, "seconds between tables in a pipe")] = 1,
    window: Annotated[
        float,
        seconds_option("--window", 0.1, 86400, "seconds of the capture that rates are averaged over"),
    ] = 10,
    sort: Annotated[TopSort, typer.Option("--sort", help="what to sort by")] = TopSort.OCTETS,
    most: Annotated[int, typer.Option("--top", metavar="N", min=0, help="rows of a printed table; 0: all")] = 20,
    once: Annotated[bool, typer.Option("--once", help="print only the last table, also on a terminal")] = False,
    vnid: selection.Vnids = None,
    encap: selection.Encaps = None,
    tep: selection.Teps = None,
    mac: selection.Macs = None,
    ip: selection.Ips = None,
    vm: selection.Vms = None,
    decode_as: options.DecodeAs = None,
    tpid: selection.OptionalTpid = None,
    depth: options.Depth = 8,
) -> int:
    """Show live who sends how much: a table of rates.

    Frames and bits a second by network, or by what --by says, over the last --window seconds of the capture's own time;
    with a map also what is wrong by it, and how often. On a terminal the table goes on while the capture does: o, f, p
    and K sort it, q ends. Into a pipe goes a table each --interval, and the last one.

    On a terminal it needs Textual, which the extra `browse` brings.
    """
    from dovetool.analysis.frame_selection import Picker, Window
    from dovetool.analysis.group_sums import Amount
    from dovetool.analysis.rates import Rates
    from dovetool.cli.topping import Topping
    from dovetool.cli.watching import WATCH
    from dovetool.jobs.looking import Looking
    from dovetool.jobs.selection import frame_filter
    from dovetool.jobs.summing import keys_named, statistics_of
    from dovetool.views.top_rows import TopRows

    keys, inputs = keys_named(by), given.inputs()
    looking = Looking.of(inputs, map_file, decode_as, tpid, depth, WATCH)
    wanted = frame_filter(looking.names, vnid, encap, tep, mac, ip, vm)
    has_map = looking.names.vnid_map is not None
    counted = (*keys, "verdict") if has_map else keys
    interval_ns = nanoseconds(interval)
    slices = max(round(window / interval), 1)
    rates = Rates(
        lambda: statistics_of(counted, looking, Picker(Window()), wanted, None, Amount.OCTETS),
        interval_ns,
        slices,
        finds=has_map,
    )
    return Topping(inputs, looking, rates, TopRows(keys, has_map), sort, most, min(interval, 1)).carry_out(once=once)
