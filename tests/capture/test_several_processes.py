"""Several processes make of a large pcapng file what one does, whatever stands between its packets."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from capture_strategies import Packet, block, interface, option, section, simple
from frames import eth, eth4, underlay
from in_process import dovetool

from dovetool.capture.reader import CaptureReader
from dovetool.engine import parallel
from dovetool.engine.ring import Report

ENOUGH = 17 << 20  # more than it takes to work with several processes
COMMENT, NAMES, STATISTICS = 1, 4, 5


def packets(order: str, octets: int, interfaces: int, seed: int) -> Iterator[bytes]:
    """Overlay packets, a few frames of another kind, comments here and there, and what decap rejects."""
    rng = random.Random(seed)
    frames = [underlay(eth4(rng.randbytes(rng.choice([20, 700, 1400])))) for _ in range(30)]
    frames += [frames[0][:70], eth(bytes(6), bytes(6)), b"short"]
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
        file.writelines(packets("<", ENOUGH + (2 << 20), 2, 1))
        file.write(block(NAMES, bytes(4), "<"))
        file.writelines(packets("<", ENOUGH, 2, 2))
        file.write(block(STATISTICS, bytes(12), "<"))
        file.writelines([section(">"), interface(">")])
        file.writelines(packets(">", ENOUGH + (2 << 20), 1, 3))
    return path


@pytest.fixture
def rings(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The octets that several processes have covered, each time that they were called for."""
    covered: list[int] = []
    ring: Callable[..., list[Report]] = parallel._ring

    def counting(reader: CaptureReader, *rest: object) -> list[Report]:
        start = reader.place[0]
        reports = ring(reader, *rest)
        covered.append(reader.place[0] - start)
        return reports

    monkeypatch.setattr(parallel, "_ring", counting)
    return covered


@pytest.mark.parametrize("suffix", [".pcapng", ".pcap"])
def test_they_find_what_one_does(source: Path, suffix: str, tmp_path: Path, rings: list[int]) -> None:
    """Octet for octet, and count for count."""
    results: list[tuple[bytes, bytes, dict[str, Any]]] = []
    for jobs in ("1", "3"):
        target, rejects = tmp_path / f"{jobs}{suffix}", tmp_path / f"{jobs}-rejects.pcapng"
        summary = dovetool("strip", source, target, "-j", jobs, "--rejects", rejects)
        summary.pop("seconds")
        results.append((target.read_bytes(), rejects.read_bytes(), summary))
        assert len(rings) == (0 if jobs == "1" else 3)
    assert results[0] == results[1]
    assert results[0][2]["rejected"]
    assert sum(rings) > 3 * (ENOUGH - (3 << 20))


def test_damage_ends_the_work_where_one_would_have_ended(source: Path, tmp_path: Path, rings: list[int]) -> None:
    """The good frames before it are there."""
    damaged = tmp_path / "damaged.pcapng"
    octets = bytearray(source.read_bytes()[: ENOUGH + (1 << 20)])
    octets[-4:] = b"\0\0\0\1"
    damaged.write_bytes(octets)
    found: list[bytes] = []
    for jobs in ("1", "3"):
        target = tmp_path / f"{jobs}.pcapng"
        with pytest.raises(AssertionError, match=r"after [0-9,]+ good frames"):
            dovetool("strip", damaged, target, "-j", jobs)
        found.append(target.read_bytes())
    assert found[0] == found[1]
    assert rings
