"""The program and its commands."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from dovetool import __version__
from dovetool.cli.commands import CommandGroup
from dovetool.cli.configured import IN_FORCE, Defaults
from dovetool.settings.reading import CONFIG_VARIABLE

_HELP = """Strip, translate, inspect and validate packet captures of overlay networks: VXLAN, Geneve, NVGRE and more.

strip takes the tunnels off a capture and keeps the inner frames; translate turns one encapsulation into another.

inspect lists frames and stats sums them up, by virtual network; follow finds packets again in captures of other places;
export writes tables, report a page.

A map is a YAML file that says which VM is in which network, behind which tunnel end point (TEP). validate checks a
capture against it, and trace says what happens to one frame at every hop, and why. tag, encap, decap and untag do the
work of one hop of a distributed overlay virtual Ethernet (DOVE) network, and run does all of it, from VM to VM.
"""
_EPILOG = """Examples:

dovetool demo --dir demo

dovetool strip underlay.pcapng inner.pcapng

tcpdump -U -i eth0 -w - udp port 4789 | dovetool strip - - | tshark -r -

dovetool translate vxlan.pcapng geneve.pcapng --to geneve

dovetool run vms.pcap delivered.pcap -m map.yaml --taps hops

dovetool inspect underlay.pcapng --vnid 5001

dovetool validate underlay.pcapng -m map.yaml

Exit codes: 0 done; 1 validate found errors (with --fail-on warning: or warnings), map diff found differences, with
--strict a frame was rejected, a packet lost (follow) or a contradiction met (map import, map merge), or wireshark
status found that tshark does not load the plugin; 2 wrong usage, bad map, unreadable input, no space; 3 the input is
cut or corrupt (what came before was written); 129, 130, 143 ended by a signal; 141 the reader of a pipe went away.

Ctrl-C on a live input ends the input, not the work: whatever the pipe has brought is processed and written. A second
Ctrl-C stops at once, and so does the first one when IN is a file; no half-written output is left behind.
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
