"""`dovetool map`: check a map file, show it, print the JSON Schema that editors check it by; import one.

pydantic, YAML and rich are imported by the commands that use them, so that `--help` does not wait for them.
"""

from __future__ import annotations

import json
from typing import Annotated

import typer

from dovetool.cli.commands import map_import, map_learn, map_pairs

app = typer.Typer(no_args_is_help=True, help="Check, show and describe map files: who belongs where.")

_PIPE_WIDTH = 10_000  # so that no row is folded where no window sets a width

MapPath = Annotated[str, typer.Argument(metavar="FILE", help="map file, YAML 1.2 or JSON; - is standard input")]
RowLimit = Annotated[int, typer.Option("--rows", metavar="N", min=0, help="show the first N rows of each table")]
AsJson = Annotated[bool, typer.Option("--json", help="the model as JSON, its keys those of a map file")]
AllRows = Annotated[bool, typer.Option("--all", help="show all rows")]


@app.command(epilog="Examples:\n\ndovetool map check map.yaml\n\ngenerate-map | dovetool map check -")
def check(file: MapPath) -> None:
    """Report every mistake in a map file by line and column.

    What is allowed but hardly meant, such as TEPs of one network that share no encapsulation, is a warning.

    Exit code 0: it is right; 2: it is not.
    """
    from dovetool.views.plain import printable
    from dovetool.vnid_map import VnidMap
    from dovetool.vnid_map.advice import advice
    from dovetool.vnid_map.file.load import load

    model = load(file)
    counts = (
        _count(len(model.networks), "network"),
        _count(len(model.teps), "TEP"),
        _count(len(model.switches), "switch", "switches"),
        _count(len(model.vms), "VM"),
        _count(len(model.policies), "policy", "policies"),
        *([_count(len(model.vrfs), "VRF")] if model.vrfs else []),
        *([_count(len(model.hosts), "host")] if model.hosts else []),
    )
    for line in advice(VnidMap.compiled(model)):
        typer.echo(printable(f"dovetool: {file}: warning: {line}"), err=True)
    typer.echo(f"{file}: ok ({', '.join(counts)})")


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"


_SHOWS = ("dovetool map show map.yaml", "dovetool map show map.yaml --all | less", "dovetool map show map.yaml --json")


@app.command(epilog="Examples:\n\n" + "\n\n".join(_SHOWS))
def show(file: MapPath, rows: RowLimit = 50, show_all: AllRows = False, as_json: AsJson = False) -> None:
    """Show a map as tables.

    Networks, TEPs and the encapsulations between them, switches, VMs, policies, VRFs, hosts.

    As JSON it is a map file again, in the shortest form, for jq and for other programs.
    """
    from dovetool.views.map_tables import map_tables
    from dovetool.views.terminal import UNFOLDED, make_console
    from dovetool.vnid_map.file.load import load
    from dovetool.vnid_map.file.writing import data_of

    model = load(file)
    if as_json:
        typer.echo(json.dumps(data_of(model), indent=2, ensure_ascii=False))
        return
    console = make_console(UNFOLDED)
    for table in map_tables(model, None if show_all else rows):
        console.print(table)


@app.command(epilog="Examples:\n\ndovetool map schema > map.schema.json")
def schema() -> None:
    """Print the JSON Schema of map files.

    Editors check and complete a map with it, for instance by a first line
    `# yaml-language-server: $schema=map.schema.json`.
    """
    from dovetool.vnid_map.file.model import json_schema

    typer.echo(json.dumps(json_schema(), indent=2))


map_import.register(app)
map_learn.register(app)
map_pairs.register(app)
