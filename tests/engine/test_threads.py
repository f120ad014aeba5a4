"""Several threads make of a capture what one does, whatever stands between its packets."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from capture_strategies import Packet, block, interface, option, section, simple
from frames import eth, eth4, underlay
from in_process import dovetool

from dovetool.engine import threads

ENOUGH = 1 << 20
COMMENT, NAMES, STATISTICS = 1, 4, 5


def packets(order: str, octets: int, interfaces: int, seed: int) -> Iterator[bytes]:
    """Overlay packets, a few frames of another kind, comments here and there, and what decap rejects."""
    rng = random.Random(seed)
    frames = [underlay(eth4(rng.randbytes(rng.choice([20, 700, 1400])))) for _ in range(30)]
    frames += [frames[0][:70], frames[0][:45], eth(bytes(6), bytes(6)), b"short"]
    ticks = 0
    while octets > 0:
        ticks += rng.randrange(1000)
        options = option(COMMENT, b"looked at", order) + bytes(4) if rng.random() < 0.1 else b""
        frame = rng.choice(frames)
        packet = Packet(frame, len(frame) + 2000, ticks, rng.randrange(interfaces), options, order).emit()
        packet = simple(frame, len(frame), order) if rng.random() < 0.01 else packet
        octets -= len(packet)
        yield packet


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two sections of either byte order, with names in the midst of the first one's packets and statistics behind."""
    path = tmp_path_factory.mktemp("several") / "in.pcapng"
    with path.open("wb") as file:
        file.writelines([section("<"), interface("<"), interface("<", snaplen=65535)])
        file.writelines(packets("<", ENOUGH, 2, 1))
        file.write(block(NAMES, bytes(4), "<"))
        file.writelines(packets("<", ENOUGH, 2, 2))
        file.write(block(STATISTICS, bytes(12), "<"))
        file.writelines([section(">"), interface(">")])
        file.writelines(packets(">", ENOUGH, 1, 3))
    return path


@pytest.fixture(autouse=True)
def _few_rows_are_worth_a_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "_LEAST_ROWS", 50)


def made(source: Path, folder: Path, jobs: int, suffix: str) -> tuple[bytes, bytes, dict[str, Any]]:
    target, rejects = folder / f"{jobs}{suffix}", folder / f"{jobs}-rejects.pcapng"
    summary = dovetool("strip", source, target, "-j", str(jobs), "--rejects", rejects)
    summary.pop("seconds")
    return target.read_bytes(), rejects.read_bytes(), summary


@pytest.mark.parametrize("suffix", [".pcapng", ".pcap"])
def test_they_find_what_one_does(source: Path, suffix: str, tmp_path: Path) -> None:
    """Octet for octet, and count for count."""
    one = made(source, tmp_path, 1, suffix)
    assert all(made(source, tmp_path, jobs, suffix) == one for jobs in (2, 3, 5))
    assert one[2]["rejected"]


def test_damage_ends_the_work_where_one_would_have_ended(source: Path, tmp_path: Path) -> None:
    """The good frames before it are there."""
    damaged = tmp_path / "damaged.pcapng"
    octets = bytearray(source.read_bytes()[:ENOUGH])
    octets[-4:] = b"\0\0\0\1"
    damaged.write_bytes(octets)
    found: list[bytes] = []
    for jobs in ("1", "3"):
        target = tmp_path / f"{jobs}.pcapng"
        with pytest.raises(AssertionError, match=r"after [0-9,]+ good frames"):
            dovetool("strip", damaged, target, "-j", jobs)
        found.append(target.read_bytes())
    assert found[0] == found[1]


def test_each_row_is_worked_on_once() -> None:
    several, worked = threads.Threads(4), np.zeros(1003, np.int64)

    def work(start: int, stop: int) -> None:
        worked[start:stop] += 1

    several.share(work, len(worked))
    assert worked.tolist() == [1] * len(worked)


def test_what_one_of_them_raises_is_raised_when_all_have_ended() -> None:
    ended: list[int] = []

    def work(start: int, stop: int) -> None:
        if start == 0:
            raise ValueError("the first one fails")
        time.sleep(0.01)
        ended.append(stop)

    with pytest.raises(ValueError, match="the first one fails"):
        threads.Threads(3).share(work, 300)
    assert sorted(ended) == [200, 300]


def test_a_forked_process_has_threads_of_its_own() -> None:
    worked = np.zeros(1000, np.int64)

    def work(start: int, stop: int) -> None:
        worked[start:stop] += 1

    threads.use(3)
    threads.THREADS.share(work, len(worked))
    child = os.fork()
    if not child:
        threads.THREADS.share(work, len(worked))
        os._exit(int(worked.sum() != 2 * len(worked)))
    assert os.waitpid(child, 0)[1] == 0
    threads.use(1)
