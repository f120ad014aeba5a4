"""The plugin is Lua as each version that Wireshark is built with takes it."""

from __future__ import annotations

import subprocess
from pathlib import Path
from shutil import which

import pytest

import dovetool.wireshark

PLUGIN = Path(dovetool.wireshark.__file__).with_name("dove.lua")


@pytest.mark.parametrize("version", ["5.2", "5.3", "5.4"])
def test_syntax(version: str) -> None:
    compiler = which(f"luac{version}")
    if compiler is None:
        pytest.skip(f"luac{version} is not installed")
    done = subprocess.run((compiler, "-p", str(PLUGIN)), capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_head_tells_what_one_needs_who_finds_the_file_alone() -> None:
    head = PLUGIN.read_text(encoding="utf-8").split("\n\n")[0]
    assert all(line.startswith("--") for line in head.splitlines())
    assert "-- SPDX-License-Identifier: Apache-2.0" in head
    assert "4.0 to" in head
