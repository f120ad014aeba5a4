"""dovetool inspect: frames that are written to a capture of their own (-w), and what pcapng says of packets."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from cli_process import dovetool
from cli_traffic import MAP, frames_of, pcap, pcapng
from frames import tagged, underlay, vm_frame

FRAMES = [
    underlay(vm_frame()),
    tagged(vm_frame(100)),
    underlay(vm_frame(60), 5002),
    vm_frame(),
    underlay(vm_frame(80), 5002),
]
COMMENTED = Path(__file__).resolve().parents[2] / "samples" / "demo" / "rejects.pcapng"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "map.yaml").write_text(MAP)
    (tmp_path / "in.pcap").write_bytes(pcap(FRAMES))
    return tmp_path


def written(folder: Path, *options: str, source: str = "in.pcap", stdin: bytes = b"") -> list[bytes]:
    ended = dovetool("inspect", source, *options, "-w", "out.pcap", cwd=folder, stdin=stdin)
    assert (ended.code, ended.stdout) == (0, b""), ended.stderr
    found = frames_of((folder / "out.pcap").read_bytes())
    assert ended.stderr == f"{len(found)} of {len(FRAMES)} frames written\n"
    return found


def refused(folder: Path, *words: str) -> str:
    ended = dovetool("inspect", *words, cwd=folder)
    assert ended.code == 2
    assert not (folder / "out.pcap").exists()
    return ended.complaint


def test_what_is_chosen_is_written_as_it_is(folder: Path) -> None:
    assert written(folder, "--vnid", "5002") == [FRAMES[2], FRAMES[4]]
    assert written(folder, "--encap", "dove") == [FRAMES[1]]
    assert written(folder, "--frame", "2-4", "--encap", "vxlan") == [FRAMES[2]]
    assert written(folder, "--vnid", "red", "-m", "map.yaml") == [FRAMES[2], FRAMES[4]]
    assert written(folder, stdin=pcap(FRAMES), source="-") == FRAMES
    assert written(folder, "--vnid", "7") == []


def test_a_number_of_frames(folder: Path) -> None:
    ended = dovetool("inspect", "in.pcap", "--encap", "vxlan", "-n", "2", "-w", "-", cwd=folder)
    assert frames_of(ended.stdout) == [FRAMES[0], FRAMES[2]]


@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
def test_a_display_filter(folder: Path) -> None:
    assert written(folder, "-Y", "overlay.vnid == 5002 && frame.len > 120") == [FRAMES[4]]
    assert written(folder, "-Y", "dove", stdin=pcap(FRAMES), source="-") == [FRAMES[1]]


def test_all_that_pcapng_knows_is_kept(folder: Path) -> None:
    """A capture of which all is chosen is written octet for octet."""
    ended = dovetool("inspect", COMMENTED, "-w", "out.pcapng", cwd=folder)
    assert ended.code == 0
    assert (folder / "out.pcapng").read_bytes() == COMMENTED.read_bytes()


def test_comments_are_shown() -> None:
    """As `--rejects` wrote them: why each frame is there."""
    lines = dovetool("inspect", COMMENTED, "--jsonl").stdout.splitlines()
    assert [json.loads(line)["comments"] for line in lines] == [["policy-denied"]]
    shown = dovetool("inspect", COMMENTED, "-V").stdout.decode().splitlines()
    assert shown[1] == "[Comment: policy-denied]"
    plain = dovetool("inspect", COMMENTED.parents[1] / "strip-mixed" / "in.pcap", "--jsonl", "-n", "1").stdout
    assert json.loads(plain)["comments"] == []


def test_the_capture_itself(folder: Path) -> None:
    ended = dovetool("inspect", "in.pcap", "--vnid", "5002", "-w", "in.pcap", cwd=folder)
    assert ended.code == 0
    assert frames_of((folder / "in.pcap").read_bytes()) == [FRAMES[2], FRAMES[4]]


def test_a_capture_without_any_frame(folder: Path) -> None:
    (folder / "in.pcapng").write_bytes(pcapng(FRAMES))
    ended = dovetool("inspect", "in.pcapng", "--vnid", "7", "-w", "out.pcap", cwd=folder)
    assert ended.code == 0
    assert frames_of((folder / "out.pcap").read_bytes()) == []


def test_what_comes_before_damage(folder: Path) -> None:
    (folder / "in.pcap").write_bytes(pcap(FRAMES)[:-1])
    ended = dovetool("inspect", "in.pcap", "--encap", "vxlan", "-w", "out.pcap", cwd=folder)
    assert ended.code == 3
    assert frames_of((folder / "out.pcap").read_bytes()) == [FRAMES[0], FRAMES[2]]
    count, complaint = ended.stderr.splitlines()
    assert count == "2 of 4 frames written"
    assert complaint.startswith("dovetool: in.pcap: the file ends inside a record")


def test_what_cannot_be(folder: Path) -> None:
    for option in ("--json", "--jsonl", "-V", "-x"):
        assert refused(folder, "in.pcap", option, "-w", "out.pcap").startswith("-w: writes frames to a capture")
    assert "No such file" in refused(folder, "in.pcap", "-w", "none/out.pcap")
    assert "No such file" in refused(folder, "none.pcap", "-w", "out.pcap")
