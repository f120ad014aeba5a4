"""The table of columns is that of the catalogue."""

from __future__ import annotations

import re
from pathlib import Path

from dovetool.observe.catalogue import ALL_COLUMNS

_PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "tables.md"


def test_every_column_has_its_row() -> None:
    table = _PAGE.read_text().split("## Columns\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \| ([^|]*) \| (?:`([^`]+)`)? \| (.*) \|$", table, re.MULTILINE)
    assert rows == [
        (each.name, f"{each.kind} ({each.unit})" if each.unit else each.kind, each.wireshark, each.told)
        for each in ALL_COLUMNS.values()
    ]
