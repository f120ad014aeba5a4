"""Captures of other formats: named, with the command that helps, and converted where that is asked for."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import signal
import struct
import subprocess
from pathlib import Path

import pytest
from cli_process import PATIENCE, dovetool, names_in, started
from cli_traffic import MAP, frames_of, pcap
from frames import underlay, vm_frame

INNER = [vm_frame(size) for size in (60, 90, 120)]
FRAMES = [underlay(frame) for frame in INNER]
needs_editcap = pytest.mark.skipif(shutil.which("editcap") is None, reason="editcap is not installed")


def snoop(frames: list[bytes]) -> bytes:
    """RFC 1761."""
    head = b"snoop\0\0\0" + struct.pack("!II", 2, 4)
    return head + b"".join(map(snoop_record, frames))


def snoop_record(frame: bytes) -> bytes:
    padding = -len(frame) % 4
    lengths = (len(frame), len(frame), 24 + len(frame) + padding, 0, 1_700_000_000, 0)
    return struct.pack("!6I", *lengths) + frame + bytes(padding)


def erf(frames: list[bytes]) -> bytes:
    """Records of Endace's ERF, of type Ethernet: two octets of padding, and a frame check sequence."""
    records = []
    for frame in frames:
        head = struct.pack("<II", 0, 1_700_000_000) + struct.pack("!BBHHH", 2, 4, 22 + len(frame), 0, len(frame) + 4)
        records.append(head + bytes(2) + frame + bytes(4))
    return b"".join(records)


SNOOP, ERF = snoop(FRAMES), erf(FRAMES)
KINDS = {
    "snoop": (SNOOP, "a snoop file"),
    "erf": (ERF, "an ERF file"),
    "netmon1": (b"RTSS" + bytes(100), "a NetMon file"),
    "netmon2": (b"GMBU" + bytes(100), "a NetMon file"),
    "iptrace": (b"iptrace 2.0" + bytes(100), "an iptrace file"),
    "modified": (bytes.fromhex("34cdb2a1") + bytes(100), "a modified pcap file"),
    "modified, big-endian": (bytes.fromhex("a1b2cd34") + bytes(100), "a modified pcap file"),
    "sniffer": (b"TRSNIFF data    \x1a" + bytes(100), "a Sniffer file"),
}
ETL = struct.pack("<I", 0x10000) + bytes(68) + b"\x02\x00\x02\xc0" + bytes(100)


@pytest.fixture
def here(tmp_path: Path) -> Path:
    (tmp_path / "map.yaml").write_text(MAP)
    return tmp_path


@pytest.mark.parametrize("is_compressed", [False, True], ids=["plain", "gzip"])
@pytest.mark.parametrize("kind", KINDS)
def test_it_is_named_with_the_command_that_converts_it(here: Path, kind: str, is_compressed: bool) -> None:
    octets, title = KINDS[kind]
    (here / "a b").write_bytes(gzip.compress(octets) if is_compressed else octets)
    ended = dovetool("strip", "a b", "out.pcap", cwd=here)
    assert ended.code == 2
    assert ended.complaint == (
        f"a b: {title}; dovetool reads pcap and pcapng, plain or compressed; "
        "editcap -F pcapng 'a b' OUT.pcapng makes one of it, or give --convert"
    )
    assert names_in(here) == ["a b", "map.yaml"]


@pytest.mark.parametrize("kind", KINDS)
def test_on_standard_input(here: Path, kind: str) -> None:
    octets, title = KINDS[kind]
    ended = dovetool("stats", "-", cwd=here, stdin=octets)
    assert ended.code == 2
    assert ended.complaint.startswith(f"standard input: {title}; ")
    assert "editcap -F pcapng - OUT.pcapng" in ended.complaint


@pytest.mark.parametrize(("name", "octets"), [("x", ETL), ("trace.etl", struct.pack("<I", 0x10000) + bytes(200))])
def test_a_trace_of_windows(here: Path, name: str, octets: bytes) -> None:
    """editcap does not read it, unless it runs there."""
    (here / name).write_bytes(octets)
    for words in ([], ["--convert"]):
        ended = dovetool("inspect", name, *words, cwd=here)
        assert ended.code == 2
        assert f"{name}: an ETL trace of Windows; " in ended.complaint
        assert ended.complaint.endswith(f"etl2pcapng {name} OUT.pcapng makes one of it")


@pytest.mark.parametrize("octets", [b"Hello, this is no capture.\n" * 9, bytes(1000), b"\xff" * 1000, ERF[:40][::-1]])
def test_what_is_nothing_is_not_named(here: Path, octets: bytes) -> None:
    (here / "x").write_bytes(octets)
    complaint = dovetool("strip", "x", "out.pcap", cwd=here).complaint
    assert complaint == "x: no pcap or pcapng file; dovetool reads pcap and pcapng, plain or compressed"


@needs_editcap
@pytest.mark.parametrize("way", ["file", "gzip", "redirected", "pipe", "compressed pipe"])
@pytest.mark.parametrize("octets", [SNOOP, ERF], ids=["snoop", "erf"])
def test_it_is_converted(here: Path, octets: bytes, way: str) -> None:
    content = gzip.compress(octets) if "gzip" in way or "compressed" in way else octets
    (here / "in").write_bytes(content)
    command = ["strip", "--convert", "in" if way in {"file", "gzip"} else "-", "out.pcap", "--summary", "none"]
    if way == "redirected":
        with (here / "in").open("rb") as file:
            process = started(*command, cwd=here, stdin=file)
            assert process.communicate(timeout=PATIENCE) == (b"", b"")
    else:
        assert dovetool(*command, cwd=here, stdin=content)[:3] == (0, b"", "")
    assert frames_of((here / "out.pcap").read_bytes()) == INNER


@needs_editcap
@pytest.mark.parametrize(
    "words",
    [
        "strip IN -",
        "translate IN - --to geneve",
        "decap IN - -m map.yaml",
        "tag IN - -m map.yaml",
        "encap IN - -m map.yaml",
        "untag IN - -m map.yaml",
        "run IN - -m map.yaml",
        "inspect IN",
        "inspect IN -Y vxlan --jsonl",
        "stats IN",
        "validate IN",
        "trace IN --frame 2 -m map.yaml --json",
        "split IN d --by vnid",
    ],
)
def test_every_command_converts(here: Path, words: str) -> None:
    (here / "in.pcap").write_bytes(pcap(FRAMES))
    (here / "in.snoop").write_bytes(SNOOP)
    if "-Y" in words and shutil.which("tshark") is None:
        pytest.skip("tshark is not installed")
    more = [] if words.split(maxsplit=1)[0] in {"inspect", "stats", "validate", "trace"} else ["--summary", "json"]
    plain = dovetool(*words.replace("IN", "in.pcap").split(), *more, cwd=here)
    shutil.rmtree(here / "d", ignore_errors=True)
    converted = dovetool(*words.replace("IN", "in.snoop").split(), *more, "--convert", cwd=here)
    assert converted.code == plain.code, converted.stderr
    if more:
        counts = [json.loads(ended.stderr)["frames_in"] for ended in (plain, converted)]
        assert counts == [3, 3]
    assert len(plain.stdout.splitlines()) == len(converted.stdout.splitlines()) or more


@needs_editcap
def test_a_capture_needs_no_conversion(here: Path) -> None:
    (here / "in.pcap").write_bytes(pcap(FRAMES))
    ended = dovetool("strip", "in.pcap", "-", "--convert", "--summary", "none", cwd=here, settings={"PATH": str(here)})
    assert (ended.code, frames_of(ended.stdout)) == (0, INNER)


def test_without_editcap(here: Path) -> None:
    (here / "in").write_bytes(SNOOP)
    ended = dovetool("strip", "in", "-", "--convert", cwd=here, settings={"PATH": str(here)})
    assert (ended.code, ended.stdout) == (2, b"")
    assert ended.complaint == "--convert needs editcap, which is not installed: it is a part of Wireshark"


@needs_editcap
@pytest.mark.parametrize("is_piped", [False, True])
def test_what_editcap_complains_of(here: Path, is_piped: bool) -> None:
    """What it made before that is carried through."""
    (here / "in").write_bytes(SNOOP[:-5])
    words = ("strip", "-" if is_piped else "in", "out.pcap", "--convert", "--summary", "none")
    ended = dovetool(*words, cwd=here, stdin=SNOOP[:-5])
    assert ended.code == 3
    assert "editcap says: " in ended.complaint
    assert frames_of((here / "out.pcap").read_bytes()) == INNER[:2]
    nothing = dovetool("strip", "-", "none.pcap", "--convert", cwd=here, stdin=b"Hello, this is no capture.\n" * 9)
    assert nothing.code == 2
    assert nothing.complaint.startswith("standard input: editcap says: ")
    assert not (here / "none.pcap").exists()


@needs_editcap
def test_a_signal_on_a_live_input_that_is_converted(here: Path) -> None:
    process = started("strip", "-", "out.pcap", "--convert", "--summary", "none", cwd=here, stdin=subprocess.PIPE)
    assert process.stdin is not None
    os.write(process.stdin.fileno(), SNOOP + snoop_record(FRAMES[0])[:-30])
    while not Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text():  # it has begun to convert
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    assert process.wait(PATIENCE) == 130
    assert process.communicate() == (b"", b"")
    assert frames_of((here / "out.pcap").read_bytes()) == INNER
