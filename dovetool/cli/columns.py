"""The options that choose columns, and what they mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from dovetool.cli.configured import IN_FORCE
from dovetool.errors import UsageError
from dovetool.jobs.columns import columns_named
from dovetool.values import dataclass

if TYPE_CHECKING:
    from dovetool.views.frames.chosen_columns import Form

_HELP = "help"


def _tell_columns(value: list[str] | bool | None) -> list[str] | bool | None:
    """List all columns, where that is asked, and end."""
    if value is True or value == [_HELP]:
        import sys

        from dovetool.views.frames.chosen_columns import column_list

        sys.stdout.write(column_list())
        raise typer.Exit
    return value


Columns = Annotated[
    list[str] | None,
    typer.Option(
        "-e",
        "--column",
        metavar="COLUMN",
        callback=_tell_columns,
        is_eager=True,
        help="only these columns, in this order; repeatable, or with commas; -e help lists them, -e all shows all",
    ),
]
ListColumns = Annotated[
    bool, typer.Option("--columns", callback=_tell_columns, is_eager=True, help="list the columns, and exit")
]
Csv = Annotated[bool, typer.Option("--csv", help="print columns as CSV (RFC 4180)")]
Tsv = Annotated[bool, typer.Option("--tsv", help="the same with tabs, as -e does by itself")]


@dataclass(frozen=True, slots=True)
class ColumnOptions:
    """Which columns are shown, and how."""

    columns: Columns = None
    list_columns: ListColumns = False
    as_csv: Csv = False
    as_tsv: Tsv = False

    def form(self, *, as_json: bool, as_lines: bool) -> Form | None:
        """How columns are written; None where frames are shown otherwise.

        Raises:
            UsageError: two forms were asked for.
        """
        forms = {"csv": self.as_csv, "tsv": self.as_tsv, "json": as_json, "jsonl": as_lines}
        asked = [name for name, is_asked in forms.items() if is_asked]
        if len(asked) > 1:
            raise UsageError(f"--{asked[0]} and --{asked[1]}: choose one of them")
        if not (self.columns or self.as_csv or self.as_tsv):
            return None
        from dovetool.views.frames.chosen_columns import Form

        return Form(asked[0]) if asked else Form.TSV

    def chosen(self) -> tuple[str, ...]:
        """The columns that were asked for, else those of `dovetool.toml`, else those of every list.

        Raises:
            UsageError: there is no such column, or Wireshark's name is that of several.
            SettingsError: so it is in the file.
        """
        from dovetool.observe.catalogue import LISTED

        asked = self.columns or IN_FORCE.columns() or ()
        return columns_named(asked) or LISTED
