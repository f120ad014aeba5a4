"""dovetool browse: look through a capture in the terminal."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dovetool.cli import options, selection
from dovetool.cli.columns import Columns
from dovetool.cli.command import add

_EXAMPLES = (
    "browse underlay.pcapng -m map.yaml",
    "browse underlay.pcapng --filter '--vnid 5001 --ip 10.0.0.1'",
    "browse underlay.pcapng -e number,vnid,src_ip,dst_ip,ttl,info",
    "browse tep1.pcap tep2.pcap -m map.yaml",
    "ssh host tcpdump -U -i eth0 -w - udp port 4789 | dovetool browse -",
)
OptionalMap = Annotated[
    Path | None,
    typer.Option("--map", "-m", metavar="MAP", help="map file: gives names, a verdict on each frame, and traces"),
]


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    add(
        app,
        browse,
        *_EXAMPLES,
        codes="0 you left it; 2 wrong usage, no terminal, unreadable input; 3 the input is cut or corrupt (what came "
        "before was shown); 130 Ctrl-C.",
    )


def browse(
    given: options.Given,
    columns: Columns = None,
    map_file: OptionalMap = None,
    line: Annotated[
        str | None,
        typer.Option("--filter", metavar="LINE", help="first content of the filter bar: options, COLUMN=VALUE, or -Y"),
    ] = None,
    decode_as: options.DecodeAs = None,
    tpid: selection.OptionalTpid = None,
    depth: options.Depth = 8,
) -> int:
    """Look through a capture in the terminal: list, detail, octets.

    ? shows the keys: those of Wireshark, termshark and less. The filter bar takes the options that choose frames, as
    --vnid 5001 --ip 10.0.0.1; any column of -e help, as ttl=64 or verdict!=ok; and Wireshark's display filters, which
    need tshark.

    Only the positions of frames are kept, and what is on the screen is read again, so a capture of millions of frames
    opens at once. Several captures are one list, in the order of time. Standard input is shown while it comes. It is
    copied to a temporary file, and so is a capture that is compressed or in a bucket. The keyboard is that of the
    terminal then.

    It needs Textual, which the extra `browse` brings.
    """
    from dovetool.cli.browsing import Browsing
    from dovetool.cli.columns import ColumnOptions
    from dovetool.cli.watching import WATCH
    from dovetool.jobs.looking import Looking

    inputs = given.inputs()
    looking = Looking.of(inputs, map_file, decode_as, tpid, depth, WATCH)
    return Browsing(inputs, looking, ColumnOptions(columns), line or "", decode_as or [], map_file).carry_out()
