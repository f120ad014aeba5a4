"""dovetool extcap: the capture interfaces that Wireshark lists, as it calls them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dovetool import __version__
from dovetool.errors import UsageError

_EXAMPLES = """Examples:

dovetool wireshark install --extcap && tshark -D

tshark -i dove-strip -o extcap.dove_strip.interface:eth0 -o extcap.dove_strip.vnid:5001

tshark -i dove-translate -o extcap.dove_translate.file:underlay.pcapng -o extcap.dove_translate.to:geneve
"""

_ASKED = "Asked by Wireshark"
_CHOSEN = "Capture"


def _flag(name: str, text: str) -> object:
    return typer.Option(name, help=text, rich_help_panel=_ASKED)


def _word(name: str, metavar: str, text: str) -> object:
    return typer.Option(name, metavar=metavar, help=text, rich_help_panel=_CHOSEN)


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command(epilog=_EXAMPLES)(extcap)


def extcap(
    interfaces: Annotated[bool, _flag("--extcap-interfaces", "list the capture interfaces")] = False,
    version: Annotated[str | None, _flag("--extcap-version", "version of the Wireshark that asks")] = None,
    dlts: Annotated[bool, _flag("--extcap-dlts", "list the link types of a capture interface")] = False,
    config: Annotated[bool, _flag("--extcap-config", "list the options of a capture interface")] = False,
    reload: Annotated[str | None, _flag("--extcap-reload-option", "with --extcap-config: only of this option")] = None,
    interface: Annotated[str | None, _flag("--extcap-interface", "the capture interface")] = None,
    capture: Annotated[bool, _flag("--capture", "capture until the reader goes away")] = False,
    fifo: Annotated[Path | None, _flag("--fifo", "named pipe that the capture is written to")] = None,
    capture_filter: Annotated[
        str | None,
        _flag("--extcap-capture-filter", "capture filter; without --capture: say what is wrong with it"),
    ] = None,
    device: Annotated[str | None, _word("--interface", "NAME", "interface to capture from")] = None,
    file: Annotated[str | None, _word("--file", "FILE", "capture to read instead")] = None,
    vnid: Annotated[str | None, _word("--vnid", "N,N", "only these networks, by VNID or name")] = None,
    map_file: Annotated[str | None, _word("--map", "MAP", "map file: who belongs where")] = None,
    to: Annotated[str | None, _word("--to", "E", "encapsulation to translate into; any: as the map says")] = None,
    tep: Annotated[str | None, _word("--tep", "TEP", "gateway of the map at work")] = None,
    ingress: Annotated[str | None, _word("--ingress", "SWITCH/PORT", "port that the frames come in by")] = None,
    decode_as: Annotated[str | None, _word("--decode-as", "udp.port==N,E;...", "more ports of tunnels")] = None,
    depth: Annotated[str | None, _word("--depth", "N", "tunnels to take off a frame at most")] = None,
    tpid: Annotated[str | None, _word("--tpid", "N", "TPID of the DOVE tag")] = None,
) -> int | None:
    """Capture interfaces for Wireshark, which calls this.

    Live traffic or a file is stripped, tagged or translated on its way in.

    Wireshark and tshark call this when `dovetool wireshark install --extcap` has told them of it; the interfaces are
    dove-strip, dove-tag and dove-translate. --vnid chooses among whole packets: outer fragments are left out then.
    A capture filter is about what is captured, so about the underlay in dove-strip.
    """
    del version  # the answers are the same for all
    from dovetool.wireshark import extcap as protocol

    if interfaces:
        typer.echo(protocol.interfaces_text(__version__), nl=False)
        return None
    if not (dlts or config or capture or capture_filter is not None):
        raise UsageError("Wireshark calls this, with --extcap-interfaces and the like (see: dovetool extcap --help)")
    asked = protocol.interface_named(interface)
    if dlts:
        typer.echo(protocol.dlts_text(), nl=False)
    elif config:
        from dovetool.wireshark.devices import devices

        found = devices()
        text = protocol.config_text(asked, found) if reload is None else protocol.reload_text(asked, reload, found)
        typer.echo(text, nl=False)
    elif capture:
        from dovetool.cli.extcap_capture import Request

        words = {
            "--interface": device,
            "--file": file,
            "--vnid": vnid,
            "--map": map_file,
            "--to": to,
            "--tep": tep,
            "--ingress": ingress,
            "--decode-as": decode_as,
            "--depth": depth,
            "--tpid": tpid,
        }
        return Request(asked, {option: word for option, word in words.items() if word}).carry_out(fifo, capture_filter)
    else:
        from dovetool.wireshark.live import filter_problem

        problem = filter_problem(capture_filter or "")
        typer.echo(problem, nl=bool(problem))  # Wireshark takes whatever is printed for a fault
    return None
