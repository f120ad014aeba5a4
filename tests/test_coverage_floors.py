"""What is said of the part of each room's lines that tests reach."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from coverage_floors import complaints, rooms


def lines(reached: int, of: int) -> dict[str, Any]:
    return {"summary": {"covered_lines": reached, "num_statements": of}}


def test_lines_of_a_room_are_added_up_with_those_of_its_folders() -> None:
    files = {
        "dovetool/wire/vxlan.py": lines(9, 10),
        str(Path("elsewhere", "dovetool", "wire", "more", "gre.py")): lines(0, 2),
        "dovetool/wire/__init__.py": lines(0, 0),
        "dovetool/errors.py": lines(3, 4),
        "dovetool/empty/__init__.py": lines(0, 0),
    }
    assert rooms(files) == {"wire": 75.0, "dovetool": 75.0}


def test_each_room_has_a_floor_and_is_not_below_it() -> None:
    reached = {"wire": 95.0, "frame": 94.96, "stages": 90.0}
    assert list(complaints(reached, {"wire": 95, "frame": 95, "attic": 10})) == [
        "frame: tests reach 94.9 % of its lines; the floor is 95 %",
        "stages: has no floor in pyproject.toml; tests reach 90.0 % of its lines",
        "attic: has a floor in pyproject.toml, and is no room",
    ]
