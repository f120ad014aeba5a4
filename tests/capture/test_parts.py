"""Parts that a killed run left are removed by the next that writes the same name; those of a running one stay."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
from pathlib import Path
from unittest import mock

import pytest
from cli_process import PATIENCE, started
from cli_traffic import Flavour
from frames import vm_frame

from dovetool.capture import parts, target_pool
from dovetool.capture.target import Target
from dovetool.capture.target_pool import TargetPool


def write(path: Path, octets: bytes = b"new") -> None:
    with Target(path) as target:
        target.write(octets)


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


@pytest.mark.parametrize("name", ["out.pcap", "n" * 255, "\u00e9" * 127, "a.0123abcd.part"])
def test_what_a_killed_run_left_is_removed(tmp_path: Path, name: str) -> None:
    target = Target(tmp_path / name)
    os.close(target.descriptor)  # as its end does
    (tmp_path / ".other.pcap.01234567.part").touch()
    assert len(names(tmp_path)) == 2
    write(tmp_path / name)
    assert names(tmp_path) == sorted([".other.pcap.01234567.part", name])


def test_a_run_that_is_killed(tmp_path: Path) -> None:
    process = started("strip", "-", "out.pcap", "--rejects", "lost.pcapng", cwd=tmp_path, stdin=subprocess.PIPE)
    assert process.stdin is not None
    process.stdin.write(Flavour().head() + Flavour().record(vm_frame()))
    process.stdin.flush()
    while len(names(tmp_path)) < 2:
        assert process.poll() is None
    before = names(tmp_path)
    write(tmp_path / "out.pcap")
    assert names(tmp_path) == [*before, "out.pcap"], "it is running"
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=PATIENCE)
    write(tmp_path / "out.pcap")
    write(tmp_path / "lost.pcapng")
    assert names(tmp_path) == ["lost.pcapng", "out.pcap"]


def test_two_that_write_the_same_name(tmp_path: Path) -> None:
    """Both come to their end, and the later one has the name."""
    first, second = Target(tmp_path / "out"), Target(tmp_path / "out")
    assert len(names(tmp_path)) == 2
    second.write(b"second")
    second.commit()
    first.write(b"first")
    first.commit()
    assert names(tmp_path) == ["out"]
    assert (tmp_path / "out").read_bytes() == b"first"


def test_long_names_have_parts_of_their_own(tmp_path: Path) -> None:
    """Names that are alike as far as a part has room for them."""
    paths = [tmp_path / ("n" * 254 + end) for end in "ab"]
    targets = [Target(path) for path in paths]
    assert all(len(os.fsencode(name)) <= 255 for name in names(tmp_path))
    for target in targets:
        target.write(target.name[-1].encode())
        target.commit()
    assert [path.read_bytes() for path in paths] == [b"a", b"b"]


def test_a_file_that_is_closed_for_a_while_is_still_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(target_pool, "_MOST_OPEN", 1)
    pool = TargetPool()
    targets = [pool.create(tmp_path / str(number)) for number in range(5)]
    for number in range(5):
        write(tmp_path / str(number), b"meanwhile")
    for target in targets:
        pool.write(target, b"pool")
    pool.commit()
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {str(at): b"pool" for at in range(5)}


def test_files_of_a_killed_pool(tmp_path: Path) -> None:
    pool = TargetPool()
    for number in range(5):
        os.close(pool.create(tmp_path / str(number)).descriptor)
    assert pool._lock is not None
    os.close(pool._lock)
    write(tmp_path / "3")
    assert len(names(tmp_path)) == 5
    other = TargetPool()
    for number in range(5):
        other.create(tmp_path / str(number))
    other.commit()
    assert names(tmp_path) == [str(number) for number in range(5)]


def test_without_locks_nothing_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".out.01234567.part").touch()
    monkeypatch.setattr(fcntl, "flock", mock.Mock(side_effect=OSError(95, "Operation not supported")))
    write(tmp_path / "out")
    assert names(tmp_path) == [".out.01234567.part", "out"]


def test_a_part_that_is_taken_for_left_before_it_is_locked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = parts._is_kept
    seen: list[Path] = []

    def removed_once(descriptor: int) -> bool:
        if not seen:
            seen.extend(tmp_path.iterdir())
            seen[0].unlink()
        return kept(descriptor)

    monkeypatch.setattr(parts, "_is_kept", removed_once)
    write(tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == b"new"
    assert names(tmp_path) == ["out"]


def test_what_only_looks_like_a_part_stays(tmp_path: Path) -> None:
    (tmp_path / ".out.01234567.part").mkdir()
    (tmp_path / ".out.0123456g.part").touch()
    os.mkfifo(tmp_path / ".out.01234568.part")
    (tmp_path / ".out.01234569.part").symlink_to("precious")
    (tmp_path / "precious").touch()
    before = names(tmp_path)
    write(tmp_path / "out")
    assert names(tmp_path) == [*before[:4], "out", "precious"]
