"""What is different between two maps, as a table or as one JSON object."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dovetool.comparing.diff import Difference
    from dovetool.records import maps as records
    from dovetool.records.maps import MapDiff

_KINDS = {"tep": "TEP", "vm": "VM", "vrf": "VRF"}
_COLUMNS = ("", "What", "Name", "Key", "Before", "After")


def show_differences(found: Sequence[Difference], names: tuple[str, str], *, as_json: bool) -> None:
    """Show the differences on standard output."""
    counts = Counter(str(each.what) for each in found)
    if as_json:
        record: MapDiff = {
            "command": "map diff",
            "a": names[0],
            "b": names[1],
            "appeared": counts["appeared"],
            "vanished": counts["vanished"],
            "moved": counts["moved"],
            "changed": counts["changed"],
            "differences": [_record(each) for each in found],
        }
        sys.stdout.write(json.dumps(record) + "\n")
        return
    if found:
        _show_table(found)
    told = ", ".join(f"{count:,} {what}" for what, count in counts.items())
    sys.stdout.write(f"{told or 'no difference'}\n")


def _record(difference: Difference) -> records.Difference:
    what, kind, name, key, before, after = difference
    return {
        "what": str(what),
        "kind": kind,
        "name": name,
        "key": key or None,
        "before": before or None,
        "after": after or None,
    }


def _show_table(found: Sequence[Difference]) -> None:
    from dovetool.views.maps.map_tables import as_text
    from dovetool.views.terminal import UNFOLDED, make_console, make_table

    table = make_table()
    for column in _COLUMNS:
        table.add_column(column, overflow="fold")
    for what, kind, name, key, before, after in found:
        table.add_row(*map(as_text, (what, _KINDS.get(kind, kind), name, key, before, after)))
    make_console(UNFOLDED).print(table)
