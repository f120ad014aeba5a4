"""The man pages tell of every command what its help does, and man understands them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from shutil import which

import pytest
from typer.main import get_command

from dovetool.cli.app import app

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("man")
    command = (sys.executable, str(ROOT / "packaging" / "man.py"), str(folder))
    subprocess.run(command, check=True, env={**os.environ, "SOURCE_DATE_EPOCH": "1767225600"})
    return {path.stem: path.read_text(encoding="utf-8") for path in folder.glob("*.1")}


def test_each_command_has_a_page(pages: dict[str, str]) -> None:
    expected, left = set(), [("dovetool", get_command(app))]
    while left:
        name, command = left.pop()
        expected.add(name)
        left += [(f"{name}-{each}", below) for each, below in getattr(command, "commands", {}).items()]
    assert set(pages) == expected
    assert "dovetool-map-import" in expected


def test_a_page_has_what_the_help_has(pages: dict[str, str]) -> None:
    page = pages["dovetool-strip"].replace("\\-", "-").replace("\\&", "")
    assert page.startswith('.TH "DOVETOOL-STRIP" 1 "2026-01-01" "dovetool ')
    for section in ("NAME", "SYNOPSIS", "DESCRIPTION", "ARGUMENTS", "OPTIONS", "EXAMPLES", "SEE ALSO"):
        assert f"\n.SH {section}\n" in page
    assert "\\fB-d\\fR, \\fB--decode-as\\fR" in page
    assert "\ndovetool strip underlay.pcap inner.pcap\n" in page
    assert ".SH EXIT STATUS" in pages["dovetool"]
    assert all(re.search(r"\.SH NAME\n\S+ \\- \S", text) for text in pages.values())


@pytest.mark.skipif(which("groff") is None, reason="groff is not installed")
def test_man_has_nothing_to_complain_of(pages: dict[str, str]) -> None:
    for name, text in pages.items():
        done = subprocess.run(
            ("groff", "-man", "-Tutf8", "-ww", "-z"), input=text, text=True, capture_output=True, check=False
        )
        assert (name, done.returncode, done.stderr) == (name, 0, "")
