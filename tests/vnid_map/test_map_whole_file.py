"""A file without an end is a clear error, and not all of the memory."""

from __future__ import annotations

from pathlib import Path

import pytest

from dovetool.errors import MapError
from dovetool.vnid_map import whole_file
from dovetool.vnid_map.file.load import load


def test_a_device_without_an_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whole_file, "MOST_OCTETS", 1 << 20)
    with pytest.raises(MapError, match="/dev/zero: cannot be read: it has more than 1 MB"):
        load("/dev/zero")


def test_a_file_as_large_as_may_be_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x" * 100)
    monkeypatch.setattr(whole_file, "MOST_OCTETS", 100)
    assert whole_file.read_whole(str(tmp_path / "file")) == b"x" * 100
