"""Hold the part of each room's lines that tests reach to its floor, `tool.dovetool.coverage-floors` in pyproject.toml.

    coverage json -o FILE && python tests/coverage_floors.py FILE

Ends with 1 where a room is below its floor, has none, or is no room.
"""

from __future__ import annotations

import json
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping
from math import floor
from pathlib import Path, PurePath
from typing import Any

ROOT = Path(__file__).resolve().parents[1]


def main(report: str) -> int:
    """Print a line for each room; returns the exit code."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    floors: dict[str, int] = settings["tool"]["dovetool"]["coverage-floors"]
    reached = rooms(json.loads(Path(report).read_text(encoding="utf-8"))["files"])
    by_part = sorted(reached.items(), key=lambda each: each[1])
    faults = [*complaints(reached, floors)]
    sys.stdout.writelines(f"{part:6.1f} %  {room}\n" for room, part in by_part)
    sys.stderr.writelines(f"{fault}\n" for fault in faults)
    return 1 if faults else 0


def rooms(files: Mapping[str, Any]) -> dict[str, float]:
    """The percentage of lines reached in each folder of dovetool, and of its own files in `dovetool`."""
    all_lines, reached = Counter[str](), Counter[str]()
    for name, told in files.items():
        parts = PurePath(name).parts
        below = parts[parts.index("dovetool") :]
        room = below[1] if len(below) > 2 else "dovetool"
        all_lines[room] += told["summary"]["num_statements"]
        reached[room] += told["summary"]["covered_lines"]
    return {room: 100 * reached[room] / lines for room, lines in all_lines.items() if lines}


def complaints(reached: Mapping[str, float], floors: Mapping[str, int]) -> Iterable[str]:
    """What is wrong, a line for each."""
    for room, part in reached.items():
        if room not in floors:
            yield f"{room}: has no floor in pyproject.toml; tests reach {part:.1f} % of its lines"
        elif part < floors[room]:
            yield f"{room}: tests reach {floor(10 * part) / 10} % of its lines; the floor is {floors[room]} %"
    yield from (f"{room}: has a floor in pyproject.toml, and is no room" for room in floors if room not in reached)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
