"""Settings, and who says so: as a table, or as JSON."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from dovetool.capture.names import readable
from dovetool.views.plain import printable
from dovetool.views.terminal import UNFOLDED, make_console, make_table

if TYPE_CHECKING:
    from dovetool.records import settings as records
    from dovetool.settings import Setting, Settings


def write_settings(settings: Settings) -> None:
    """Print one JSON object."""
    told: dict[str, records.Setting] = {
        name: {"value": _value(setting), "source": setting.source.value, "place": readable(setting.place) or None}
        for name, setting in settings.all.items()
    }
    file = readable(settings.file) if settings.file is not None else None
    sys.stdout.write(json.dumps({"file": file, "settings": told}) + "\n")


def show_settings(settings: Settings) -> None:
    """Print a table."""
    table = make_table()
    for head in ("Setting", "Value", "From"):
        table.add_column(head)
    for name, setting in settings.all.items():
        value = _value(setting)
        shown = " ".join(value) if isinstance(value, list) else value or ""
        table.add_row(name, printable(shown) or "-", printable(readable(setting.place)) or setting.source.value)
    console = make_console(UNFOLDED)
    console.print(table)
    if settings.file is None:
        console.print("no dovetool.toml in this folder or above it, or none is read")


def _value(setting: Setting) -> str | list[str] | None:
    value = setting.value
    if isinstance(value, tuple):
        return list(value)
    return None if value is None else readable(str(value))
