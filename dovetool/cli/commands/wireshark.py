"""`dovetool wireshark`: the plugin and the profile in their places, whether they work, and Wireshark with both.

What they need is imported by the commands when they run, so that `--help` does not wait for it.
"""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dovetool.cli import options
from dovetool.cli.exit_code import ExitCode

if TYPE_CHECKING:
    from dovetool.vnid_map.file.model import MapFile
    from dovetool.wireshark.files import Change

app = typer.Typer(no_args_is_help=True, help="Teach Wireshark the tag and overlay fields: plugin, profile.")

OptionalMap = Annotated[
    Path | None, typer.Option("--map", "-m", metavar="MAP", help="map file: Wireshark shows the names of its networks")
]
ForAll = Annotated[bool, typer.Option("--system", help="install for all users, in Wireshark's global plugin folder")]
WithExtcap = Annotated[
    bool, typer.Option("--extcap", help="also add the capture interfaces dove-strip, dove-tag and dove-translate")
]
Remove = Annotated[bool, typer.Option("--remove", help="remove the profile again")]
Capture = Annotated[Path, typer.Argument(metavar="FILE", help="capture to open", show_default=False)]
PrintOnly = Annotated[bool, typer.Option("--print", help="print the command line instead of running it")]


@app.command(
    epilog="Examples:\n\ndovetool wireshark install\n\ndovetool wireshark install -m map.yaml\n\n"
    "dovetool wireshark install --extcap && tshark -D\n\nsudo dovetool wireshark install --system"
)
def install(map_file: OptionalMap = None, for_all: ForAll = False, with_extcap: WithExtcap = False) -> None:
    """Put the plugin where Wireshark and tshark load it from.

    With a map, Wireshark also shows the names of its networks.

    `dovetool wireshark uninstall` removes what this wrote. Files that are not dovetool's are never overwritten.
    """
    from dovetool.errors import UsageError
    from dovetool.wireshark import extcap_launcher, plugin
    from dovetool.wireshark.folders import ask_folders
    from dovetool.wireshark.names import names_of
    from dovetool.wireshark.programs import find_program

    if for_all and map_file is not None:
        raise UsageError("--system with --map: names belong to a user; install them without --system")
    names = None if map_file is None else names_of(_load(map_file))
    folders = ask_folders(find_program())
    launcher = extcap_launcher.content() if with_extcap else b""
    _show(plugin.install_for_all(folders) if for_all else plugin.install(folders, names))
    if with_extcap:
        _show([extcap_launcher.install(folders.global_extcap if for_all else folders.personal_extcap, launcher)])
    typer.echo(f"To undo this: dovetool wireshark uninstall{' --system' if for_all else ''}")


@app.command(epilog="Examples:\n\ndovetool wireshark uninstall\n\nsudo dovetool wireshark uninstall --system")
def uninstall(for_all: ForAll = False) -> None:
    """Remove what install wrote, and nothing else.

    `dovetool wireshark profile --remove` removes the profile.
    """
    from dovetool.wireshark import extcap_launcher, plugin
    from dovetool.wireshark.folders import ask_folders
    from dovetool.wireshark.programs import find_program

    folders = ask_folders(find_program())
    changes = plugin.uninstall_for_all(folders) if for_all else plugin.uninstall(folders)
    changes += extcap_launcher.uninstall(folders.global_extcap if for_all else folders.personal_extcap)
    _show(changes) if changes else typer.echo("nothing was installed")


@app.command(epilog="Examples:\n\ndovetool wireshark status\n\ndovetool wireshark status || dovetool wireshark install")
def status() -> int:
    """Show what is installed, and whether tshark loads it.

    It is run on a frame with a tag.

    Exit code 0: it loads the plugin; 1: it does not; 2: tshark is not there, or too old.
    """
    from dovetool.views.plain import printable
    from dovetool.wireshark.status import status as find_status

    found = find_status()
    width = max(len(label) for label, _ in found.rows)
    for label, text in found.rows:
        typer.echo(f"{label + ':':{width + 1}} {printable(text)}")
    for note in found.notes:
        typer.echo(f"note: {printable(note)}")
    return ExitCode.DONE if found.loads else ExitCode.FINDINGS


@app.command(
    epilog="Examples:\n\ndovetool wireshark profile -m map.yaml && wireshark -C dovetool underlay.pcapng\n\n"
    "dovetool wireshark profile --remove"
)
def profile(map_file: OptionalMap = None, decode_as: options.DecodeAs = None, remove: Remove = False) -> None:
    """Write a Wireshark profile for overlays.

    It is named dovetool: `wireshark -C dovetool`.

    It has columns for the outer addresses, the VNID, its network, the encapsulation and the inner addresses, filter
    buttons, and with a map a colour and a button for each of its first 32 networks, the names of all, and the UDP ports
    and the TPID of the map. Writing it again resets it. --remove removes it with all that Wireshark keeps in it.
    """
    from dovetool.wireshark import profile as profiles
    from dovetool.wireshark.folders import ask_folders
    from dovetool.wireshark.programs import find_program

    folders = ask_folders(find_program())
    if remove:
        change = profiles.remove_profile(folders)
        _show([change]) if change is not None else typer.echo("there is no profile")
        return
    content = profiles.ProfileMap() if map_file is None else profiles.profile_map(_load(map_file))
    _show(profiles.write_profile(folders, content, decode_as or ()))
    hidden = len(content.names) - profiles.MOST_NETWORKS
    if hidden > 0:
        typer.echo(f"{hidden:,} of {len(content.names):,} networks have a name, but no colour and no button")
    typer.echo("To use it: wireshark -C dovetool\nTo undo this: dovetool wireshark profile --remove")


@app.command(
    "open",
    epilog="Examples:\n\ndovetool wireshark open underlay.pcapng -m map.yaml\n\n"
    "dovetool wireshark open -d udp.port==4799,vxlan underlay.pcapng",
)
def open_capture(
    capture: Capture, map_file: OptionalMap = None, decode_as: options.DecodeAs = None, print_only: PrintOnly = False
) -> None:
    """Start Wireshark on a capture, with plugin and profile.

    Unusual ports are set too. The plugin need not be installed. The profile is written when there is none, or when a
    map is given, which says what is in it.
    """
    from dovetool.wireshark import profile as profiles
    from dovetool.wireshark.files import check_home
    from dovetool.wireshark.folders import ask_folders
    from dovetool.wireshark.gui import check_capture, open_command
    from dovetool.wireshark.programs import find_program

    check_capture(capture)
    check_home()  # before Wireshark is asked for its version, as it makes one
    program, folders = find_program("wireshark"), ask_folders(find_program())
    content = profiles.ProfileMap() if map_file is None else profiles.profile_map(_load(map_file))
    command = open_command(program, capture, decode_as or (), content.ports)
    if map_file is not None or not profiles.is_written(folders):
        profiles.write_profile(folders, content, decode_as or ())
    if print_only:
        typer.echo(shlex.join(command))
        return
    sys.stdout.flush()
    os.execv(command[0], command)  # noqa: S606  (Wireshark takes our place)


def _load(path: Path) -> MapFile:
    from dovetool.vnid_map.file.load import load

    return load(path)


def _show(changes: Iterable[Change]) -> None:
    from dovetool.views.plain import printable

    for change in changes:
        typer.echo(printable(f"{change.path}: {change.outcome}"))
