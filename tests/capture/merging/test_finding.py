"""Which captures folders, patterns and names mean."""

from __future__ import annotations

from pathlib import Path

import pytest
from capture_strategies import PcapFile

from dovetool.capture.merging.finding import captures_of
from dovetool.errors import CaptureError, UsageError

_PCAP = PcapFile("<", True, []).emit()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Captures by their suffixes and by their content, and what is none."""
    (tmp_path / "deep" / "deeper").mkdir(parents=True)
    for name in ("lan10.pcap", "lan9.pcap", "tcpdump.pcap3", "x.pcapng.gz", "deep/a.pcap", "deep/deeper/b.pcap"):
        (tmp_path / name).write_bytes(_PCAP)
    for name in ("notes.txt", ".x.pcap.01234567.part", ".hidden.pcap"):
        (tmp_path / name).write_bytes(b"no capture" if name == "notes.txt" else _PCAP)
    return tmp_path


def names(folder: Path, *words: str, recursive: bool = False) -> list[str]:
    found = captures_of([folder / word if word != "-" else Path("-") for word in words], recursive=recursive)
    return [str(path.relative_to(folder)) if path.is_absolute() else str(path) for path in found]


def test_folder_in_natural_order(folder: Path) -> None:
    """Hidden files are not meant: one that is being written is such."""
    assert names(folder, "") == ["lan9.pcap", "lan10.pcap", "tcpdump.pcap3", "x.pcapng.gz"]


def test_digits_that_are_no_numbers(folder: Path) -> None:
    for name in ("²1.pcap", "31.pcap", f"{'9' * 200}.pcap", "٣1.pcap"):
        (folder / "deep" / name).write_bytes(_PCAP)
    assert names(folder, "deep/?1.pcap") == ["deep/31.pcap", "deep/²1.pcap", "deep/٣1.pcap"]
    assert len(names(folder, "deep")) == 5


def test_folders_in_folders(folder: Path) -> None:
    assert {"deep/a.pcap", "deep/deeper/b.pcap"} < set(names(folder, "", recursive=True))


def test_patterns_that_no_shell_has_seen(folder: Path) -> None:
    assert names(folder, "lan*.pcap") == ["lan9.pcap", "lan10.pcap"]
    assert names(folder, "**/*.pcap")[-2:] == ["lan9.pcap", "lan10.pcap"]


def test_words_keep_their_order_and_each_file_counts_once(folder: Path) -> None:
    assert names(folder, "tcpdump.pcap3", "-", "lan9.pcap", "lan*")[:4] == [
        "tcpdump.pcap3",
        "-",
        "lan9.pcap",
        "lan10.pcap",
    ]


def test_a_file_may_be_called_like_a_pattern(folder: Path) -> None:
    (folder / "a[1].pcap").write_bytes(_PCAP)
    assert names(folder, "a[1].pcap") == ["a[1].pcap"]


def test_a_pattern_that_nothing_matches_is_a_name(folder: Path) -> None:
    assert names(folder, "none*.pcap") == ["none*.pcap"]


def test_a_folder_without_captures(folder: Path) -> None:
    (folder / "empty").mkdir()
    with pytest.raises(UsageError, match="empty: a folder without captures; --recursive"):
        names(folder, "empty")


def test_one_of_several_is_not_there(folder: Path) -> None:
    with pytest.raises(CaptureError, match="No such file"):
        names(folder, "lan9.pcap", "missing.pcap")
