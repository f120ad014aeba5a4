"""dovetool schema: the JSON Schemas of what commands write as JSON."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from dovetool.errors import UsageError

_EPILOG = """Examples:

dovetool schema

dovetool schema stats > stats.schema.json

dovetool stats underlay.pcap --json > stats.json && check-jsonschema --schemafile stats.schema.json stats.json
"""
_MAP = "map"


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command(epilog=_EPILOG)(schema)


def schema(
    name: Annotated[
        str | None,
        typer.Argument(metavar="[NAME]", help="which one; without it, their names are listed", show_default=False),
    ] = None,
) -> None:
    """Print the JSON Schema of an output, or list them.

    The schemas are strict: output with a key that they do not name comes from another version of dovetool. The version
    in `$id` is raised when a key changes its meaning or is removed, but not when one is added.
    """
    from dovetool.views.schemas import NAMES, schema_of

    known = {**NAMES, _MAP: "map files, and map show --json; as map schema prints it"}
    if name is None:
        width = max(map(len, known))
        typer.echo("\n".join(f"{each:{width}}  {told}" for each, told in known.items()))
        return
    if name not in known:
        from dovetool.jobs.known_names import did_you_mean

        raise UsageError(f"schema {name}: there is {', '.join(known)}{did_you_mean(name, known)}")
    if name == _MAP:
        from dovetool.vnid_map.file.model import json_schema

        made = json_schema()
    else:
        made = schema_of(name)
    typer.echo(json.dumps(made, indent=2))
