"""The captures that pages are about: they are what `samples/underlays.py` makes."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest
from documents import ROOT


def test_captures_of_pages_are_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "samples"))
    runpy.run_path(str(ROOT / "samples" / "underlays.py"))["main"]([str(tmp_path)])
    made = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*.pcap"))
    assert len(made) >= 5
    assert [path for path in made if (tmp_path / path).read_bytes() != (ROOT / "samples" / path).read_bytes()] == []
