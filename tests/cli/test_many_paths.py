"""validate: the source ports of several pairs of tunnel end points, their frames mixed, in a capture of many blocks."""

from __future__ import annotations

import json
from pathlib import Path

from cli_process import dovetool
from cli_traffic import MAP, pcap
from frames import VM1, VM2, VM3, underlay, vm_frame

_FLOWS, _MANY = 24, 16
_PADDING = [b"\xff" * 12 + b"\x08\x06" + bytes(1400)] * 800  # more than fits a block of what is read at once


def flow(number: int, receiver: bytes, last_octet: int, port: int) -> bytes:
    """The first frame of an inner flow from tep1 to another end point, from some outer source port."""
    frame = bytearray(underlay(vm_frame(60, receiver, VM1)))
    frame[33], frame[34:36] = last_octet, port.to_bytes(2, "big")
    frame[24:26] = bytes(2)
    frame[50 + 34 : 50 + 36] = (1000 + number).to_bytes(2, "big")
    return bytes(frame)


def test_each_pair_is_counted_by_itself(tmp_path: Path) -> None:
    """To tep2 one port, to tep3 another one, until a second comes: too late for what was found, and no more after."""
    (tmp_path / "map.yaml").write_text(MAP)
    frames: list[bytes] = []
    for number in range(_FLOWS):
        frames += [flow(number, VM2, 2, 50_000), flow(number, VM3, 3, 50_000 + (number > _MANY))]
        frames += _PADDING if number == _FLOWS // 2 else []
    (tmp_path / "in.pcap").write_bytes(pcap(frames))
    words = ("--only", "no-entropy", "--json")
    ended = dovetool("validate", "in.pcap", "-m", "map.yaml", *words, cwd=tmp_path)
    found = {each["text"]: each["frames"] for each in json.loads(ended.stdout)["findings"]}
    first = 2 * (_MANY - 1) + len(_PADDING) + 1  # number of the frame of the 16th flow
    one, other = (
        f"all 16 and more inner flows from tep1 to {name} have UDP source port 50000" for name in ("tep2", "tep3")
    )
    assert found == {one: list(range(first, first + 18, 2)), other: [first + 1, first + 3]}
