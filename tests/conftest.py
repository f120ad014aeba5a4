"""Fixtures that many tests share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from lua_tshark import LuaTshark, lua_tshark


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of captures that other projects test with: `$DOVETOOL_CORPUS`, else beside the repository."""
    default = Path(__file__).resolve().parents[2] / "shared" / "captures"
    folder = Path(os.environ.get("DOVETOOL_CORPUS", default))
    if not folder.is_dir():
        pytest.skip(f"no corpus of captures at {folder}; set DOVETOOL_CORPUS")
    return folder


@pytest.fixture(scope="session")
def tshark() -> Iterator[LuaTshark]:
    """tshark with dove.lua, for tests that change nothing in its folders."""
    with lua_tshark() as one:
        yield one


@pytest.fixture
def own_tshark() -> Iterator[LuaTshark]:
    """tshark with dove.lua, for a test that puts files into its folders."""
    with lua_tshark() as one:
        yield one


@pytest.fixture(autouse=True)
def no_width(monkeypatch: pytest.MonkeyPatch) -> None:
    """The terminal that tests are run from has no say in how wide a table is."""
    monkeypatch.delenv("COLUMNS", raising=False)
