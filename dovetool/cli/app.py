"""The program and its commands."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from dovetool import __version__
from dovetool.cli.commands import CommandGroup
from dovetool.cli.configured import IN_FORCE, Defaults
from dovetool.settings.reading import CONFIG_VARIABLE

_HELP = """Carry packet captures through overlay networks, and back; look at them, and hold them to a map.

strip takes VXLAN, Geneve, NVGRE and the like off a capture of any kind; translate makes one of the other. tag, encap,
decap and untag do the work of one hop of a distributed overlay virtual Ethernet (DOVE) network, checked against a map
of who belongs where; run does all of it, from VM to VM.

inspect lists frames, stats sums them up, trace follows one through every stage, validate says whether a capture obeys
the map, and split sorts frames into a capture for each network, VM and the like. wireshark lets Wireshark see it too.
"""
_EPILOG = """Examples:

dovetool strip underlay.pcapng inner.pcapng

tcpdump -i eth0 -w - udp port 4789 | dovetool strip - - | tshark -r -

dovetool translate vxlan.pcapng geneve.pcapng --to geneve

dovetool run vms.pcap delivered.pcap -m map.yaml --taps hops

dovetool inspect underlay.pcapng --vnid 5001

dovetool validate underlay.pcapng -m map.yaml

Exit codes: 0 done; 1 --strict and a frame was rejected, or validate found errors; 2 wrong usage, bad map, unreadable
input, no space; 3 the input is cut or corrupt (what came before was written); 129, 130, 143 ended by a signal; 141 the
reader of a pipe went away.

Ctrl-C ends a live input, and not the work: what a pipe has brought is carried through. A second one gives up at once,
and so does the first one when IN is a file; nothing half-written stays.
"""

app = typer.Typer(
    cls=CommandGroup,
    help=_HELP,
    epilog=_EPILOG,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,  # that of Typer hands names of maps to a shell that evaluates them; see `completion`
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        from dovetool.cli.engine import engine_name

        typer.echo(f"dovetool {__version__}\nengine: {engine_name()}")
        raise typer.Exit


@app.callback()
def program(
    ctx: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="show the version and exit")
    ] = False,
    no_config: Annotated[bool, typer.Option("--no-config", help="read no dovetool.toml")] = False,
) -> None:
    """Options of the program itself."""
    if no_config:
        os.environ[CONFIG_VARIABLE] = ""
    IN_FORCE.begin()
    ctx.default_map = Defaults()
