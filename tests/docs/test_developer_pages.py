"""The pages for developers: paths and modules that they name are there, and rooms are the layers of the contract."""

from __future__ import annotations

import re
import tomllib
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ARCHITECTURE = "docs/architecture.md"
PAGES = (ARCHITECTURE, "CONTRIBUTING.md")
each_page = pytest.mark.parametrize("page", PAGES)
_PATH = re.compile(r"(?<![\w./])(?:dovetool|tests|bench|samples)/[\w./]*\w")
_MODULE = re.compile(r"(?<![\w/])dovetool(?:\.[a-z_]\w*)+")
_ROOM = re.compile(r"^([ |]) (\w+) +\S", re.MULTILINE)


def text_of(page: str) -> str:
    return (ROOT / page).read_text()


@each_page
def test_paths_and_modules_are_there(page: str) -> None:
    """`NAME` stands for a file that a reader is to make."""
    paths = [path for path in _PATH.findall(text_of(page)) if "NAME" not in path]
    assert len(paths) > 20
    assert [path for path in paths if not (ROOT / path).exists()] == []
    assert [module for module in _MODULE.findall(text_of(page)) if find_spec(module) is None] == []


def test_rooms_are_the_layers_of_the_contract() -> None:
    """Rooms that share a floor are marked, and stand in one line of the contract."""
    picture = text_of(ARCHITECTURE).split("```text\n")[1].split("```")[0]
    floors: list[str] = []
    for mark, room in _ROOM.findall(picture):
        shared = f"{floors.pop()} | " if mark == "|" else ""
        floors.append(f"{shared}dovetool.{room}")
    contracts = tomllib.loads(text_of("pyproject.toml"))["tool"]["importlinter"]["contracts"]
    assert [floors] == [contract["layers"] for contract in contracts if contract["type"] == "layers"]
