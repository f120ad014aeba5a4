"""`dovetool map diff` and `map merge`: two maps, or more."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dovetool.cli.commands.map_import import Output
from dovetool.cli.configured import IN_FORCE
from dovetool.cli.exit_code import ExitCode
from dovetool.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dovetool.capture.roles import Roles
    from dovetool.comparing.diff import Difference
    from dovetool.vnid_map.file.model import MapFile

_STDIO = Path("-")
First = Annotated[str, typer.Argument(metavar="A", help="map file; - is standard input")]
Second = Annotated[str, typer.Argument(metavar="B", help="map file that it is compared with")]
Maps = Annotated[
    list[str], typer.Argument(metavar="MAP...", help="map files, two or more; the first one takes precedence")
]
AsJson = Annotated[bool, typer.Option("--json", help="print one JSON object instead of the table")]
Without = Annotated[
    list[str] | None,
    typer.Option("--without", metavar="KEY[,KEY]", help="leave out what differs in these, as in name,port; repeatable"),
]
Strict = Annotated[bool, typer.Option("--strict", help="exit with 1 when maps contradict each other")]
_DIFFS = (
    "dovetool map diff yesterday.yaml today.yaml",
    "dovetool map diff map.yaml learnt.yaml --without name,port --json",
)
_MERGES = ("dovetool map merge fabric.yaml tenants.yaml -o map.yaml",)


def register(app: typer.Typer) -> None:
    """Add the commands to those of maps."""
    app.command("diff", epilog="Examples:\n\n" + "\n\n".join(_DIFFS))(diff_)
    app.command("merge", epilog="Examples:\n\n" + "\n\n".join(_MERGES))(merge_)


def diff_(first: First, second: Second, as_json: AsJson = False, without: Without = None) -> int:
    """Show what differs between two maps.

    It shows what appeared, vanished, moved and changed from A to B.

    Networks are the same by their VNID, TEPs by an underlay address, VMs by their network and MAC address (without one,
    IP address), whatever they are called. A VM has moved when it is behind another TEP, in another network or at
    another time; at another port of the same TEP its `port` has changed.

    Exit code 0: no difference; 1: there are some; 2: a map cannot be read.
    """
    from dovetool.capture.names import readable
    from dovetool.comparing.diff import differences
    from dovetool.views.maps.map_differences import show_differences

    _roles((first, second))
    models = [_loaded(name) for name in (first, second)]
    left_out = {key.strip() for word in without or () for key in word.split(",")}
    found = [each for each in differences(*models) if not _is_left_out(each, left_out)]
    show_differences(found, (readable(first), readable(second)), as_json=as_json)
    return ExitCode.FINDINGS if found else ExitCode.DONE


def _is_left_out(difference: Difference, keys: set[str]) -> bool:
    return difference.key in keys or difference.kind in keys


def merge_(maps: Maps, output: Output = _STDIO, strict: Strict = False) -> int:
    """Make one map from several.

    Entries that are the same by VNID or address become one, with the name that the first map has for it.

    Lists of addresses and encapsulations are united. Where two maps contradict each other, the first one holds, and a
    line on standard error says so.

    Exit code 0: done; 1: --strict, and there are contradictions; 2: a map cannot be read.
    """
    from dovetool.comparing.merge import merge
    from dovetool.jobs.map_writing import write_map
    from dovetool.views.plain import printable

    if len(maps) < 2:
        raise UsageError("name two maps at least")
    roles = _roles(maps)
    roles.writes("-o", None if output == _STDIO else output)
    merged = merge([(name, _loaded(name)) for name in maps])
    write_map(merged.result, f"made by: dovetool map merge of {len(maps)} maps", output)
    for line in (*(f"contradiction: {each}" for each in merged.contradictions), *merged.result.left_out):
        typer.echo(printable(f"dovetool: {line}"), err=True)
    return ExitCode.FINDINGS if strict and merged.contradictions else ExitCode.DONE


def _roles(maps: Sequence[str]) -> Roles:
    """The files of the command; raises a UsageError where standard input would be two maps."""
    roles = IN_FORCE.roles()
    for number, name in enumerate(maps, 1):
        roles.reads(f"map {number}", Path(name))
    return roles


def _loaded(name: str) -> MapFile:
    from dovetool.vnid_map.file.load import load

    return load(name)
