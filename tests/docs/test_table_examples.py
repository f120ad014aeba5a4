"""The examples of DuckDB, pandas and Polars run, and say what `stats` says."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cli_process import dovetool, environment
from documents import ROOT, blocks

DEMO = ROOT / "samples" / "demo"
UNDERLAY, MAP = DEMO / "taps" / "3-underlay.pcapng", DEMO / "map.yaml"
EXAMPLES = {block.text.split()[1]: block.text for block in blocks("docs/reference/tables.md", "python")}
"""By the library that they begin with."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the table is that the examples read."""
    pytest.importorskip("pyarrow", reason="pyarrow is not installed (extra columns)")
    made = tmp_path_factory.mktemp("tables")
    shutil.copy(UNDERLAY, made / "underlay.pcapng")
    ended = dovetool("export", "underlay.pcapng", "frames.parquet", "-m", MAP, cwd=made)
    assert (ended.code, ended.stderr) == (0, "")
    return made


def printed(library: str, folder: Path) -> list[list[str]]:
    """The words of each line that an example prints, without what draws the table."""
    pytest.importorskip(library, reason=f"{library} is not installed (dependency group dev)")
    command = [sys.executable, "-c", EXAMPLES[library]]
    done = subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [re.sub(r"[│┆|]", " ", line).split() for line in done.stdout.splitlines()]


def groups(by: str, *options: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(
        dovetool("stats", UNDERLAY, "-m", MAP, "--by", by, "--json", *options).stdout
    )["groups"]
    return found


def test_all_are_tried() -> None:
    assert set(EXAMPLES) == {"duckdb", "pandas", "polars"}


def test_duckdb(folder: Path) -> None:
    told = printed("duckdb", folder)
    for group in groups("vnid"):
        words = [str(group[key]) for key in ("vnid", "network", "frames", "octets", "overhead")]
        assert words in told


def test_pandas(folder: Path) -> None:
    told = printed("pandas", folder)
    heads = next(line[1:] for line in told if line[:1] == ["dst_tep"])
    rows = {line[0]: line[1:] for line in told if line[:1] != ["dst_tep"] and len(line) == len(heads) + 1}
    for group in groups("src_tep,dst_tep"):
        assert float(rows[group["src_tep"]][heads.index(group["dst_tep"])]) == group["octets"]


def test_polars(folder: Path) -> None:
    told = printed("polars", folder)
    found = sorted(groups("time,vnid", "--interval", "1"), key=lambda group: (group["time"], group["vnid"]))
    expected = [[str(group["vnid"]), str(group["octets"])] for group in found]
    assert expected
    assert [line[-2:] for line in told if line[:1] and line[0].startswith("2026-")] == expected
