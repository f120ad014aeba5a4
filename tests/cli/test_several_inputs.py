"""Commands read several captures as one: parts of a rotated capture give what the whole gives, octet for octet."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from cli_process import dovetool
from numbered_over import numbered_over
from plain_capture import read_capture
from second_opinion import blocks

from dovetool.capture.batch import Batch
from dovetool.capture.reader import CaptureReader
from dovetool.capture.writer import create_alike

SAMPLES = Path(__file__).parents[2] / "samples"
UNDERLAY, MAP = SAMPLES / "demo/taps/3-underlay.pcapng", SAMPLES / "demo/map.yaml"
VMS = SAMPLES / "demo/in.pcapng"
_PARTS = 4


def cut(source: Path, folder: Path, name: str = "lan_{:05}_20260101000000.pcapng") -> Path:
    """A folder with the capture in parts that follow each other."""
    folder.mkdir()
    for number in range(_PARTS):
        path = folder / name.format(number)
        with CaptureReader(source) as reader, path.open("wb") as file:
            writer = create_alike(file.write, reader, to_pcapng=path.suffix == ".pcapng")
            for block in reader:
                if isinstance(block, Batch):
                    share = [row for row in range(len(block)) if row * _PARTS // len(block) == number]
                    writer.write(block.take(np.array(share, np.int64)))
                else:
                    writer.pass_on(block)
    return folder


@pytest.mark.parametrize("merging", [(), ("--no-merge",)])
@pytest.mark.parametrize("words", ["strip", "translate --to geneve", f"decap -m {MAP}"])
def test_parts_are_rewritten_as_the_whole_is(tmp_path: Path, words: str, merging: tuple[str, ...]) -> None:
    parts = cut(UNDERLAY, tmp_path / "parts")
    for source, out in ((UNDERLAY, "whole.pcapng"), (parts, "parts.pcapng")):
        command, *options = words.split()
        ended = dovetool(command, source, tmp_path / out, *options, *merging, "--summary", "none")
        assert (ended.code, ended.stderr) == (0, "")
    parts_out, whole_out = (blocks((tmp_path / name).read_bytes()) for name in ("parts.pcapng", "whole.pcapng"))
    for is_interface in (True, False):  # which come when their first frames do, by batches
        assert [each for each in parts_out if (each.kind == 1) is is_interface] == [
            each for each in whole_out if (each.kind == 1) is is_interface
        ]


@pytest.mark.parametrize(
    "words",
    [
        "inspect --jsonl -e all",
        f"inspect --json -m {MAP} --from 3 --to 9",
        "inspect --json -Y udp",
        "stats --by pair --json",
        f"trace --frame 8 -m {MAP} --json",
    ],
)
def test_parts_tell_what_the_whole_tells(tmp_path: Path, words: str) -> None:
    parts = cut(UNDERLAY, tmp_path / "parts")
    command, *options = words.replace("-e all", "-e number,time,interface,vnid,src_ip").split()
    whole, both = (dovetool(command, source, *options) for source in (UNDERLAY, parts))
    assert (both.code, both.stderr) == (whole.code, whole.stderr)
    said = [re.sub(rb'"seconds": [0-9.]+', b"", ended.stdout) for ended in (whole, both)]
    assert said[1].replace(b"4 captures", str(UNDERLAY).encode()) == said[0]


@pytest.mark.parametrize("words", [f"-m {MAP}", "--learn 1s"])
def test_parts_have_the_findings_of_the_whole(tmp_path: Path, words: str) -> None:
    parts = cut(UNDERLAY, tmp_path / "parts")
    whole, both = (
        json.loads(dovetool("validate", source, *words.split(), "--json").stdout) for source in (UNDERLAY, parts)
    )
    frames = {str(path): len(read_capture(path)) for path in sorted(parts.iterdir())}
    assert both["findings"] or words != "--learn 1s"
    assert numbered_over({**both, "seconds": 0}, frames) == {**whole, "seconds": 0}


def test_each_keeps_its_interfaces(tmp_path: Path) -> None:
    """Copies of two places: ports are found by the first word of a name, and networks by what is written behind it."""
    for name in ("sw1.pcapng", "sw2.pcapng"):
        (tmp_path / name).write_bytes(VMS.read_bytes())
    one = dovetool("tag", VMS, tmp_path / "one.pcapng", "-m", MAP, "--summary", "json")
    both = dovetool("tag", "sw1.pcapng", "sw2.pcapng", "both.pcapng", "-m", MAP, "--summary", "json", cwd=tmp_path)
    first, second = json.loads(one.stderr), json.loads(both.stderr)
    assert second["forwarded"] == 2 * first["forwarded"]
    assert second["rejected"] == {reason: 2 * count for reason, count in first["rejected"].items()}
    names = {frame.interface for frame in read_capture(tmp_path / "one.pcapng")}
    assert {frame.interface for frame in read_capture(tmp_path / "both.pcapng")} == {
        f"{name} {file}" for name in names for file in ("sw1.pcapng", "sw2.pcapng")
    }


def test_one_damaged_among_many(tmp_path: Path) -> None:
    """One line; the others are used, and the exit code tells that something is missing."""
    parts = cut(UNDERLAY, tmp_path / "parts")
    damaged = sorted(parts.iterdir())[1]
    damaged.write_bytes(damaged.read_bytes()[:-5])
    ended = dovetool("strip", "parts", "out.pcapng", "--summary", "none", cwd=tmp_path)
    assert ended.code == 3
    assert ended.complaint.startswith(f"parts/{damaged.name}: the file ends inside a block")
    whole = dovetool("stats", UNDERLAY, "--json", "--by", "encap")
    left = dovetool("stats", "out.pcapng", "--json", "--by", "encap", cwd=tmp_path)
    frames = [sum(group["frames"] for group in json.loads(each.stdout)["groups"]) for each in (whole, left)]
    assert frames[1] == frames[0] - 1


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ("strip empty out.pcap", "empty: a folder without captures; --recursive looks into the folders in it, too"),
        (
            "strip in.pcapng in2.pcapng in2.pcapng",
            "OUT in2.pcapng: needs a file of its own, and is one of",
        ),
        ("strip in.pcapng none.pcapng out.pcap", "none.pcapng: No such file or directory"),
        ("stats none*.pcap", "none*.pcap: No such file or directory"),
    ],
)
def test_what_cannot_be(tmp_path: Path, words: str, complaint: str) -> None:
    (tmp_path / "empty").mkdir()
    for name in ("in.pcapng", "in2.pcapng"):
        (tmp_path / name).write_bytes(UNDERLAY.read_bytes())
    ended = dovetool(*words.split(), cwd=tmp_path)
    assert ended.code == 2
    assert ended.complaint.startswith(complaint)
    assert not (tmp_path / "out.pcap").exists()


def test_a_folder_may_be_split_and_learnt_from(tmp_path: Path) -> None:
    cut(UNDERLAY, tmp_path / "parts")
    assert dovetool("split", "parts", "networks", "--by", "vnid", cwd=tmp_path).code == 0
    assert dovetool("split", UNDERLAY, "whole", "--by", "vnid", cwd=tmp_path).code == 0
    for path in (tmp_path / "whole").iterdir():
        assert (tmp_path / "networks" / path.name).read_bytes() == path.read_bytes()
    learnt = [dovetool("map", "learn", source, "--summary", "none", cwd=tmp_path) for source in (UNDERLAY, "parts")]
    assert [ended.code for ended in learnt] == [0, 0]
    assert [line for line in learnt[0].stdout.splitlines() if not line.startswith(b"#")] == [
        line for line in learnt[1].stdout.splitlines() if not line.startswith(b"#")
    ]


def test_standard_input_among_files(tmp_path: Path) -> None:
    parts = sorted(cut(UNDERLAY, tmp_path / "parts").iterdir())
    whole = dovetool("stats", UNDERLAY, "--json")
    ended = dovetool("stats", parts[1], "-", *parts[2:], "--json", stdin=parts[0].read_bytes())
    assert (ended.code, ended.stdout) == (0, whole.stdout)
