"""`dovetool info`: what capinfos says too, drops, and encapsulations."""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
import struct
import subprocess
from pathlib import Path
from typing import Any

import pytest
from capture_strategies import Packet, PcapFile, block, interface, option, section
from cli_process import dovetool

SAMPLES = Path(__file__).parents[2] / "samples"
UNDERLAY, MIXED = SAMPLES / "demo/taps/3-underlay.pcapng", SAMPLES / "strip-mixed/in.pcap"


def about(*words: str | Path, code: int = 0) -> list[dict[str, Any]]:
    ended = dovetool("info", *words, "--json")
    assert ended.code == code, ended.stderr
    found: list[dict[str, Any]] = json.loads(ended.stdout)["files"]
    return found


def test_encapsulations_are_told_in_80_columns() -> None:
    """The time of the first frame gives way: the line below has it."""
    shown = dovetool("info", "tutorial/leaf1.pcap", "tutorial/leaf2.pcap", cwd=SAMPLES, settings={"COLUMNS": "80"})
    head, *_, below = shown.stdout.decode().splitlines()
    assert ("Encapsulations" in head, "First" in head) == (True, False)
    assert " s from 20" in below


def test_capinfos_agrees() -> None:
    if not shutil.which("capinfos"):
        pytest.skip("capinfos is not installed")
    found = about(UNDERLAY, MIXED, "--hash")
    for path, mine in zip((UNDERLAY, MIXED), found, strict=True):
        command = ["capinfos", "-T", "-M", "-r", "-c", "-d", "-s", "-H", "-o", str(path)]
        out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        _, frames, size, octets, sha256, *_, order = out.rstrip("\n").split("\t")
        assert (mine["frames"], mine["size"], mine["octets"]) == (int(frames), int(size), int(octets))
        assert mine["sha256"] in {sha256, hashlib.sha256(path.read_bytes()).hexdigest()}
        assert mine["in_time_order"] == (order == "True")


def test_drops_interfaces_and_order(tmp_path: Path) -> None:
    """The last statistics of an interface hold; frames count for theirs, over sections."""
    told = struct.pack("<III", 0, 0, 0) + option(5, struct.pack("<Q", 3), "<") + option(7, struct.pack("<Q", 4), "<")
    named = interface("<", snaplen=96, options=option(2, b"eth0", "<"))
    path = tmp_path / "in.pcapng"
    path.write_bytes(
        section("<") + named + Packet(bytes(60), ticks=5).emit() + block(5, told, "<")
        + section(">") + interface(">") + Packet(bytes(9), 99, ticks=3, order=">").emit()
    )  # fmt: skip
    (found,) = about(path)
    assert (found["frames"], found["octets"], found["captured"], found["longest"]) == (2, 159, 69, 99)
    assert (found["first_ns"], found["last_ns"], found["in_time_order"], found["dropped"]) == (3000, 5000, False, 7)
    assert [(each["interface"], each["snaplen"], each["frames"], each["dropped"]) for each in found["interfaces"]] == [
        ("eth0", 96, 1, 7),
        (None, 0, 1, None),
    ]


def test_encapsulations_of_all_or_of_a_share(tmp_path: Path) -> None:
    """Few frames are all looked at; of many a share, which is said, unless all are wanted."""
    (few,) = about(MIXED)
    assert few["looked_at"] == few["frames"] == sum(few["encapsulations"].values())
    groups = json.loads(dovetool("stats", MIXED, "--by", "encap", "--json").stdout)["groups"]
    assert few["encapsulations"] == {group["encap"]: group["frames"] for group in groups}
    many = tmp_path / "many.pcap"
    many.write_bytes(PcapFile("<", False, [(n, 0, 60, bytes(60)) for n in range(100_000)]).emit())
    (found,) = about(many)
    assert (found["frames"], found["encapsulations"]) == (100_000, {"none": found["looked_at"]})
    assert found["looked_at"] < 20_000
    (found,) = about(many, "--encaps")
    assert found["looked_at"] == 100_000
    assert "frames that were looked at; --encaps looks at all" in dovetool("info", many).stdout.decode()


def test_compressed_and_from_a_pipe(tmp_path: Path) -> None:
    packed = tmp_path / "x.pcap.gz"
    packed.write_bytes(gzip.compress(MIXED.read_bytes()))
    (found,) = about(packed)
    assert (found["compression"], found["format"]) == ("gzip", "pcap, microseconds")
    ended = dovetool("info", "-", stdin=MIXED.read_bytes())
    assert ended.code == 0
    assert ended.stdout.decode().startswith("File            standard input")
    ended = dovetool("info", "-", "--hash", stdin=MIXED.read_bytes())
    assert (ended.code, ended.complaint) == (2, "--hash reads a file twice; a pipe can be read once")


def test_one_damaged_and_one_that_is_no_capture(tmp_path: Path) -> None:
    """What is good of all is told, and then what is wrong."""
    (tmp_path / "bad.pcap").write_bytes(b"no capture at all")
    (tmp_path / "cut.pcap").write_bytes(MIXED.read_bytes()[:-3])
    ended = dovetool("info", tmp_path, MIXED, "--json")
    files = json.loads(ended.stdout)["files"]
    assert (ended.code, [Path(each["file"]).name for each in files]) == (3, ["cut.pcap", "in.pcap"])
    assert files[0]["frames"] == files[1]["frames"] - 1
    assert [line.split(":")[1].rpartition("/")[2] for line in ended.stderr.splitlines()] == ["bad.pcap", "cut.pcap"]


def test_names_are_data(tmp_path: Path) -> None:
    path = tmp_path / "\x1b[31mx[bold].pcap"
    path.write_bytes(MIXED.read_bytes())
    shown = dovetool("info", path).stdout.decode()
    assert "\x1b" not in shown
    assert "x[bold].pcap" in shown
