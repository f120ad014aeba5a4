"""tshark with dove.lua, for the tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from lua_tshark import LuaTshark, lua_tshark


@pytest.fixture(scope="session")
def tshark() -> Iterator[LuaTshark]:
    """One for all tests that change nothing in its folders."""
    with lua_tshark() as one:
        yield one


@pytest.fixture
def own_tshark() -> Iterator[LuaTshark]:
    """One for a test that puts files into its folders."""
    with lua_tshark() as one:
        yield one
