"""No frame makes the script fail: damaged golden captures and random frames behind the tag.

The figures are for a machine that has other things to do; by hand, more: DOVETOOL_LUA_FUZZ=500 (variants of the
golden capture, and 40 random frames for each).
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
from pathlib import Path

import pytest
from golden_frames import CAPTURE, golden_cases, tagged
from lua_tshark import LuaTshark
from plain_capture import Captured, read_capture, write_capture

ROUNDS = int(os.environ.get("DOVETOOL_LUA_FUZZ", "25"))
RANDOM_FRAMES = ROUNDS * 40
_TO_SEE_ALL = ("-V", "-z", "dove,vnid", "-z", "expert")


def _check(tshark: LuaTshark, capture: Path, frames: int) -> None:
    """Every view ends well, counts all frames, and says nothing of Lua (`read` sees to that)."""
    tree = tshark.read(capture, *_TO_SEE_ALL)
    assert sum(line.startswith("Frame ") and line[6].isdigit() for line in tree.splitlines()) == frames
    assert len(tshark.read(capture).splitlines()) == frames
    assert len(tshark.fields(capture, "frame.number", "overlay.vnid", "dove.vnid")) == frames


def test_damaged_golden_captures(tshark: LuaTshark, tmp_path: Path) -> None:
    """`editcap -E` changes two octets of a hundred, each time other ones; all variants go into one capture."""
    if shutil.which("editcap") is None:
        pytest.skip("editcap is not installed")
    frames: list[Captured] = []
    for seed in range(1, ROUNDS + 1):
        variant = tmp_path / "variant.pcap"
        command = ["editcap", "-F", "nsecpcap", "-E", "0.02", "--seed", str(seed), str(CAPTURE), str(variant)]
        subprocess.run(command, check=True, capture_output=True)
        frames += read_capture(variant)
    assert len(frames) == ROUNDS * len(golden_cases())
    _check(tshark, write_capture(tmp_path / "all.pcap", frames), len(frames))


def test_random_frames_behind_the_tag(tshark: LuaTshark, tmp_path: Path) -> None:
    """Any octets behind the TPID, or behind a whole tag and an EtherType that Wireshark knows; many are cut."""
    rng = random.Random(9602307)
    ethertypes = (0x0800, 0x0806, 0x86DD, 0x8100, 0x88A8, 0x88B5, 0x88E7, 0x8847, 0x894F, 0x88CC, 20, 60)
    frames = []
    for number in range(RANDOM_FRAMES):
        payload = rng.randbytes(rng.choice((0, 1, 2, 3, 5, 8, 20, 40, 60, 120)))
        if rng.random() < 0.8:
            header = rng.randbytes(12) + rng.choice(ethertypes).to_bytes(2, "big")
            octets = tagged(header + payload, rng.randrange(1 << 24), pad=rng.choice((0, 0, 0, 15)))
        else:
            octets = rng.randbytes(12) + b"\x88\xb5" + payload
        frames.append(Captured(number * 1000, len(octets) + rng.choice((0, 0, 1, 1400)), octets))
    _check(tshark, write_capture(tmp_path / "random.pcap", frames), len(frames))
