"""`dovetool map`: check a map file, show it, print the JSON Schema that editors check it by; import one.

pydantic, YAML and rich are imported by the commands that use them, so that `--help` does not wait for them.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from dovetool.cli.commands import map_import, map_learn, map_pairs
from dovetool.errors import UsageError

app = typer.Typer(no_args_is_help=True, help="Make, check, show and compare map files: who belongs where.")

MapPath = Annotated[str, typer.Argument(metavar="FILE", help="map file, YAML 1.2 or JSON; - is standard input")]
RowLimit = Annotated[
    int | None,
    typer.Option(
        "--rows",
        metavar="N",
        min=0,
        help="show the first N rows of each table (default: 50), or entries of each box (8)",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="print JSON, with the keys of a map file")]
AllRows = Annotated[bool, typer.Option("--all", help="show all rows, or entries")]
AsDot = Annotated[bool, typer.Option("--dot", help="draw a picture for Graphviz")]
AsMermaid = Annotated[bool, typer.Option("--mermaid", help="draw a picture as a Mermaid flowchart")]
Output = Annotated[
    Path | None,
    typer.Option("--output", "-o", metavar="OUT", readable=False, help="file to write; default: standard output"),
]
_ROWS, _IN_A_BOX = 50, 8


@app.command(epilog="Examples:\n\ndovetool map check map.yaml\n\ngenerate-map | dovetool map check -")
def check(file: MapPath) -> None:
    """Report every mistake in a map file by line and column.

    It also warns of what is allowed but hardly meant, such as TEPs of one network that share no encapsulation.

    Exit code 0: the map is valid; 2: it is not.
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


_SHOWS = (
    "dovetool map show map.yaml",
    "dovetool map show map.yaml --all | less",
    "dovetool map show map.yaml --json",
    "dovetool map show map.yaml --dot | dot -Tsvg > map.svg",
    "dovetool map show map.yaml --mermaid -o map.mmd",
)


@app.command(epilog="Examples:\n\n" + "\n\n".join(_SHOWS))
def show(
    file: MapPath,
    rows: RowLimit = None,
    show_all: AllRows = False,
    as_json: AsJson = False,
    as_dot: AsDot = False,
    as_mermaid: AsMermaid = False,
    output: Output = None,
) -> None:
    """Show a map as tables, or as a picture.

    It shows networks, TEPs and the encapsulations between them, switches, VMs, policies, VRFs and hosts.

    The JSON is a valid map file, in the shortest form, for jq and other programs.

    In the picture, TEPs hold switches, and these hold ports and their VMs, in the colours of the networks; arrows are
    policies.
    """
    from dovetool.cli.map_showing import check_roles, drawn, json_of, write
    from dovetool.views.maps.map_tables import map_tables
    from dovetool.views.terminal import UNFOLDED, make_console
    from dovetool.vnid_map.file.load import load

    if as_json + as_dot + as_mermaid > 1:
        raise UsageError("--json, --dot and --mermaid: choose one of them")
    if output is not None and not (as_json or as_dot or as_mermaid):
        raise UsageError("-o: say --json, --dot or --mermaid too")
    check_roles(file, output)
    model = load(file)
    if as_json:
        write(json_of(model), output)
    elif as_dot or as_mermaid:
        most = None if show_all else _IN_A_BOX if rows is None else rows
        write(drawn(model, most, as_mermaid=as_mermaid), output)
    else:
        console = make_console(UNFOLDED)
        for table in map_tables(model, None if show_all else _ROWS if rows is None else rows):
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
