"""`dovetool report`: what captures say, as one page of pictures and tables."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dovetool.cli import options, selection, window
from dovetool.cli.command import add
from dovetool.cli.configured import IN_FORCE
from dovetool.errors import UsageError

_EXAMPLES = (
    "report underlay.pcapng -o report.html",
    "report leaf1.pcapng leaf2.pcapng -m map.yaml -o report.html",
    "report underlay.pcap -m map.yaml --vnid blue --from +10 --to +20 -o blue.html",
    "report vm-a.pcap tep1.pcap tep2.pcap vm-b.pcap --follow -m map.yaml -o report.html",
    "report underlay.pcap -o report.html --png pictures",
    "tcpdump -i eth0 -c 100000 -w - udp port 4789 | dovetool report - -o report.html",
)

OptionalMap = Annotated[
    Path | None,
    typer.Option("--map", "-m", metavar="MAP", help="map file: gives names, and what frames are checked against"),
]
Output = Annotated[
    Path | None, typer.Option("-o", "--output", metavar="FILE", readable=False, help="the page; - is standard output")
]
Png = Annotated[
    Path | None,
    typer.Option("--png", metavar="DIR", readable=False, help="also write each picture into this directory, as PNG"),
]
Follow = Annotated[
    bool,
    typer.Option(
        "--follow", help="captures are of several places, in the order in which packets pass them: also follow packets"
    ),
]


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    codes = "0 done, whatever was found; 2 wrong usage; 3 a capture is damaged, and the page has what was before."
    add(app, report, *_EXAMPLES, codes=codes)


def report(
    sources: options.Sources,
    output: Output = None,
    map_file: OptionalMap = None,
    png: Png = None,
    follow: Follow = False,
    frame: window.Frames = None,
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
    recursive: options.Recursive = False,
    no_merge: options.NoMerge = False,
    jobs: options.Jobs = 0,
) -> int:
    """Write one HTML page of charts, tables and findings.

    It shows who talks to whom, when and how much, what is wrong, and who moved.

    The page is one HTML file that needs no network: charts that zoom, and tables that sort and filter; light or dark,
    and ready to print. It has a summary, who talks to whom (TEPs by network, VMs within one), the rate over time, how
    evenly source ports are used, packet sizes and what does not fit into which MTU, the findings of `validate` with
    their frames, migrations, and the map as seen; with a map, against that.

    With --follow, the captures are of the places that packets pass, as for `follow`: the page also has a lane for
    each, and what of a network, pair or flow was lost or late between them. In the rest of the page a packet counts
    wherever it was seen.

    Options that choose frames (--vnid, --tep, ...) apply to the whole page. Findings over several captures name each
    file and the frame's number in it, as `validate` does.
    """
    from dovetool.cli.watching import WATCH
    from dovetool.engine.threads import use
    from dovetool.jobs.following import places_of
    from dovetool.jobs.portraying import Portraying
    from dovetool.jobs.selection import frame_filter
    from dovetool.jobs.window import window_of
    from dovetool.pictures.writing import Writing

    if output is None and png is None:
        raise UsageError("report: say where the page goes (-o report.html), or the pictures (--png DIR)")
    use(jobs)
    inputs = options.captures(sources, recursive=recursive, no_merge=no_merge)
    places = places_of(sources, recursive=recursive) if follow else []
    job = Portraying.of(inputs, map_file, decode_as, tpid, depth, WATCH, IN_FORCE.roles())
    writing = Writing.of(output, png, job.roles)
    chosen = {"--frame": frame, "--from": first, "--to": last, "--vnid": vnid, "--encap": encap, "--tep": tep}
    chosen |= {"--mac": mac, "--ip": ip, "--vm": vm}
    wanted = frame_filter(job.names, vnid, encap, tep, mac, ip, vm)
    portrait, damage = job.portrait(wanted, window_of(frame, first, last), chosen, places)
    writing.write(portrait)
    if damage is not None:
        raise damage
    return 0
