"""More files under construction than may be open: each gets what was written to it, or none of them stays."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dovetool.capture import target_pool
from dovetool.capture.target import SUSPENDED, Target
from dovetool.capture.target_pool import TargetPool
from dovetool.errors import CaptureError


@pytest.fixture
def pool(monkeypatch: pytest.MonkeyPatch) -> TargetPool:
    monkeypatch.setattr(target_pool, "_MOST_OPEN", 3)
    return TargetPool()


def filled(pool: TargetPool, folder: Path) -> list[Target]:
    targets = [pool.create(folder / f"{number}.pcap") for number in range(10)]
    for turn in range(3):
        for number, target in enumerate(targets):
            pool.write(target, f"{turn} of {number}\n".encode())
            assert sum(each.descriptor != SUSPENDED for each in targets) <= 3
    return targets


def test_each_file_gets_its_own(tmp_path: Path, pool: TargetPool) -> None:
    filled(pool, tmp_path)
    assert not list(tmp_path.glob("*.pcap"))
    pool.commit()
    for number in range(10):
        assert (tmp_path / f"{number}.pcap").read_text() == "".join(f"{turn} of {number}\n" for turn in range(3))
    assert len(list(tmp_path.iterdir())) == 10


def test_what_was_written_last_stays_open(tmp_path: Path, pool: TargetPool) -> None:
    first, *others = [pool.create(tmp_path / name) for name in "abc"]
    pool.write(first, b"again")
    pool.create(tmp_path / "d")
    assert [first.descriptor == SUSPENDED, others[0].descriptor == SUSPENDED] == [False, True]
    pool.discard()


def test_nothing_stays_of_what_is_discarded(tmp_path: Path, pool: TargetPool) -> None:
    (tmp_path / "3.pcap").write_bytes(b"old")
    before = len(os.listdir("/dev/fd"))  # noqa: PTH208
    filled(pool, tmp_path)
    pool.discard()
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("3.pcap", b"old")]
    assert len(os.listdir("/dev/fd")) == before  # noqa: PTH208


def test_what_has_its_name_stays_when_another_cannot_get_it(tmp_path: Path, pool: TargetPool) -> None:
    filled(pool, tmp_path)
    (tmp_path / "0.pcap").mkdir()
    with pytest.raises(CaptureError, match=r"cannot write .*0\.pcap: Is a directory"):
        pool.commit()
    pool.discard()
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"{number}.pcap" for number in range(10)]


def test_a_part_that_went_away(tmp_path: Path) -> None:
    target = Target(tmp_path / "a")
    target.suspend()
    next(tmp_path.iterdir()).unlink()
    with pytest.raises(CaptureError, match=r"cannot write .*a: No such file"):
        target.write(b"more")
    target.discard()
