"""dovetool config: the settings of `dovetool.toml` and of the environment."""

from __future__ import annotations

from typing import Annotated

import typer

from dovetool.cli.configured import IN_FORCE

_EPILOG = """Examples:

dovetool config

DOVETOOL_MAP=other.yaml dovetool config --json | jq .settings.map

dovetool --no-config config

Settings of dovetool.toml:

map: the map file of commands that are given no -m; translate, anonymise, wireshark install and wireshark profile need
an -m, as they do other work with a map than without.

decode_as: default of -d, as a list of texts.

columns: default of -e for inspect --csv and --tsv, and for export.

colour: auto, always or never.

Environment: DOVETOOL_MAP names the map (empty: none), DOVETOOL_CONFIG the file that is read (empty: none). NO_COLOR
and FORCE_COLOR are obeyed.
"""


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command(epilog=_EPILOG)(config)


def config(as_json: Annotated[bool, typer.Option("--json", help="print one JSON object")] = False) -> None:
    """Show which settings are in force, and where they come from.

    Settings come from the command line, else from the environment, else from dovetool.toml in the working folder or the
    nearest one above it. Paths in that file are relative to its folder.
    """
    from dovetool.views.settings import show_settings, write_settings

    settings = IN_FORCE.settings
    IN_FORCE.decode_as()
    IN_FORCE.columns()
    (write_settings if as_json else show_settings)(settings)
