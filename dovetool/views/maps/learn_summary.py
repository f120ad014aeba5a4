"""What `map learn` made of captures, in words or as one line of JSON on standard error."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from dovetool.views.maps.import_summary import counts_of, told_lines, told_record
from dovetool.views.plain import printable

if TYPE_CHECKING:
    from dovetool.learning.ledger import Ledger
    from dovetool.map_sources.assembly.told import Told
    from dovetool.records.maps import LearnSummary
    from dovetool.vnid_map.file.model import MapFile


def show_learnt(ledger: Ledger, told: Told, model: MapFile, seconds: float, *, as_json: bool) -> None:
    """Show the summary on standard error."""
    if as_json:
        record: LearnSummary = {
            "command": "map learn",
            "frames": ledger.frames,
            "in_tunnels": ledger.carried,
            "tagged": ledger.tagged,
            **told_record(told, model),
            "seconds": round(seconds, 3),
        }
        sys.stderr.write(json.dumps(record) + "\n")
        return
    tagged = f", {ledger.tagged:,} with a DOVE tag, which tells no place" if ledger.tagged else ""
    lines = [
        *told_lines(told),
        f"{ledger.frames:,} frames, {ledger.carried:,} of them in tunnels with a network{tagged}",
        f"{counts_of(model)}; {seconds:.2f} s",
    ]
    sys.stderr.writelines(f"{printable(line)}\n" for line in lines)
