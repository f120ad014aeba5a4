"""Captures whose interfaces differ in link type and in the resolution of their times."""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from cli_process import dovetool
from cli_traffic import MAP, PCAPNG_HEAD, block, frames_of, records_of
from frames import underlay, vm_frame

from dovetool import cli
from dovetool.capture.batch import Interface
from dovetool.capture.pcapng_clock import Timing
from dovetool.engine.context import Contexts

_RAW_IP = 101
_SECOND = 1_700_000_000
INNER = vm_frame()


def raw_interface(resolution: int) -> bytes:
    """An interface description with an if_tsresol."""
    return block(1, struct.pack("<HHI", _RAW_IP, 0, 0) + struct.pack("<HHB3xHH", 9, 1, resolution, 0, 0))


def packet(interface: int, ticks: int, frame: bytes) -> bytes:
    head = struct.pack("<IIIII", interface, ticks >> 32, ticks & 0xFFFFFFFF, len(frame), len(frame))
    return block(6, head + frame)


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    """Ethernet in microseconds, raw IP in nanoseconds and in 2**-20 s: the same packet on each, 1, 2 and 0.5 s on."""
    (tmp_path / "map.yaml").write_text(MAP)
    path = tmp_path / "mixed.pcapng"
    packets = [
        packet(0, (_SECOND + 1) * 10**6, underlay(INNER)),
        packet(1, (_SECOND + 2) * 10**9 + 7, underlay(INNER)[14:]),
        packet(2, (_SECOND << 20) + (1 << 19), underlay(INNER)[14:]),
    ]
    path.write_bytes(PCAPNG_HEAD + raw_interface(9) + raw_interface(0x80 | 20) + b"".join(packets))
    return path


@pytest.mark.parametrize("words", [("strip",), ("decap", "-m", "map.yaml")], ids=str)
def test_frames_that_become_ethernet_keep_their_time_in_pcap(mixed: Path, words: tuple[str, ...]) -> None:
    command, *options = words
    ended = dovetool(command, mixed, "out.pcap", *options, "--summary", "none", cwd=mixed.parent)
    assert (ended.code, ended.stderr) == (0, "")
    octets = (mixed.parent / "out.pcap").read_bytes()
    times = [struct.unpack_from("<II", octets, start) for start, _ in records_of(octets)]
    assert times == [(_SECOND + 1, 0), (_SECOND + 2, 7), (_SECOND, 500_000_000)]
    assert [len(frame) for frame in frames_of(octets)] == [len(INNER) + (6 if command == "decap" else 0)] * 3


@pytest.mark.parametrize("words", [("inspect", "--json"), ("strip",), ("stats",), ("validate",)], ids=str)
def test_a_batch_costs_what_its_own_interfaces_cost(
    words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Each frame by an interface of its own, described just before it: no work for those that came before."""
    count, ticks = 60, _SECOND * 10**6
    blocks = [raw_interface(6 + at % 3) + packet(at + 1, ticks, underlay(INNER)[14:]) for at in range(count)]
    (tmp_path / "many.pcapng").write_bytes(PCAPNG_HEAD + b"".join(blocks))
    read: Counter[str] = Counter()

    def watched(name: str, method: Callable[..., object]) -> Callable[..., object]:
        def counting(*given: object, **named: object) -> object:
            read[name] += 1
            return method(*given, **named)

        return counting

    monkeypatch.setattr(Timing, "to_ns", watched("times", Timing.to_ns))
    monkeypatch.setattr(Interface, "__init__", watched("interfaces", Interface.__init__))
    monkeypatch.setattr(Contexts, "_number", watched("numbers", Contexts._number))
    command, *options = words
    target = [str(tmp_path / "out.pcap")] if command == "strip" else []
    assert cli.run([command, str(tmp_path / "many.pcapng"), *target, *options]) == 0
    assert capfd.readouterr().err.count("Traceback") == 0
    assert read["numbers"] >= count
    assert max(read.values()) <= 8 * count
