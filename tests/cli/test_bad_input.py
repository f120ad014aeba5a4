"""Whatever is wrong: one clear line, the documented exit code, and nothing half-written left behind."""

from __future__ import annotations

import gzip
import os
import pty
import re
import resource
import shutil
import signal
import socket
import stat
import struct
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

import pytest
from cli_process import COMMAND, PATIENCE, dovetool, environment, names_in, started
from cli_traffic import MAP, PCAPNG_HEAD, Flavour, block, frames_of, large_pcap, pcap, pcapng, pcapng_record
from frames import VM2, tagged, underlay, vm_frame

from dovetool.capture.reader import CaptureReader
from dovetool.errors import CaptureError

HEAD = Flavour().head()
RECORD = Flavour().record(underlay(vm_frame()))
STRIPPED = vm_frame()
GOOD = HEAD + RECORD * 3
LARGE = 8 << 20  # more than it takes to work with several threads
ROOT = os.geteuid() == 0
NO_MORE_THREADS = """
import threading
from dovetool.cli import main

def failing(*_, **__):
    raise RuntimeError("can't start new thread")

threading._start_new_thread = failing
main()
"""
SNOOP = b"snoop\0\0\0" + struct.pack("!II", 2, 4) + struct.pack("!IIIIII", 60, 60, 84, 0, 1, 0) + bytes(60)
TEN_MISTAKES = """\
version: 1
networks: {blue: {vnid: 0}, red: {vnid: 16777216}, green: {vnid: x}}
teps: {t1: {ip: 192.0.2.300, mac: "02:00:00:00:01:0g", encap: [vxlam]}}
switches: {sw1: {tep: t9, ports: {p1: blau}}}
vms: {vm1: {mac: "02:00:00:00:00:0a", at: sw1/p9}, vm2: {mac: 7, at: sw1/p1}}
"""


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A directory with a good capture and a good map."""
    (tmp_path / "in.pcap").write_bytes(GOOD)
    (tmp_path / "map.yaml").write_text(MAP)
    return tmp_path


def is_refused(here: Path, *words: str | Path, says: Sequence[str], code: int = 2) -> None:
    """One line that says all that; no file came or went."""
    before = names_in(here)
    ended = dovetool(*words, cwd=here)
    for part in says:
        assert part in ended.complaint
    assert (ended.code, ended.stdout, names_in(here)) == (code, b"", before)


@pytest.mark.parametrize(
    ("octets", "what"),
    [
        (b"Hello, this is no capture.\n" * 9, "no pcap or pcapng file; dovetool reads pcap and pcapng"),
        (b"", "empty, not a capture file"),
        (b"\xd4", "no pcap or pcapng file"),
        (SNOOP, "a snoop file; dovetool reads pcap and pcapng"),
        (struct.pack("<IHHIIII", 0xA1B2C3D4, 1, 2, 0, 0, 65535, 1), "pcap version 1.2; dovetool reads version 2"),
    ],
)
def test_what_is_no_capture(here: Path, octets: bytes, what: str) -> None:
    (here / "bad").write_bytes(octets)
    is_refused(here, "strip", "bad", "out.pcap", says=["bad: ", what])


COMMANDS = {
    "strip": "strip IN out.pcap",
    "to a pipe": "strip IN -",
    "tag": "tag IN out.pcapng -m map.yaml",
    "inspect": "inspect IN --json",
    "inspect -w": "inspect IN -w out.pcap",
    "stats": "stats IN",
    "validate": "validate IN --sarif found.sarif",
    "split": "split IN folder --by vnid",
    "trace": "trace IN -n 1 -m map.yaml",
}


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_a_capture_that_is_cut_before_any_frame_can_be(here: Path, command: str) -> None:
    """It is no capture, and nothing comes of it: not even the file header that came in whole."""
    (here / "pcap").write_bytes(HEAD[:10])
    (here / "pcapng").write_bytes(PCAPNG_HEAD[:36])
    (here / "gzip").write_bytes(gzip.compress(PCAPNG_HEAD)[:20])
    for name, what in (
        ("pcap", "the file header is cut short at octet 10, before any frame"),
        ("pcapng", "the file ends inside a block at octet 28, before any frame"),
        ("gzip", "what the gzip data holds is cut short at octet"),
    ):
        is_refused(here, *command.replace("IN", name).split(), says=[f"{name}: {what}"])


@pytest.mark.parametrize("end", range(1, len(PCAPNG_HEAD)))
def test_the_beginning_of_a_pcapng_file_cut_anywhere(here: Path, end: int) -> None:
    (here / "bad").write_bytes(PCAPNG_HEAD[:end])
    with pytest.raises(CaptureError, match=r"before any frame|no pcap or pcapng file") if end != 28 else nullcontext():
        CaptureReader(here / "bad").close()


def test_reserved_bits_of_the_link_type(here: Path) -> None:
    """They may give it another meaning, and libpcap refuses them; those around them tell of frame check sequences."""
    for bit in range(16, 26):
        (here / "bad").write_bytes(HEAD[:20] + struct.pack("<I", 1 | 1 << bit) + RECORD)
        with pytest.raises(
            CaptureError, match=f"bad: reserved bits of the link type word are set .0x{1 | 1 << bit:08x}"
        ):
            CaptureReader(here / "bad")
    for command in ("strip bad out.pcapng", "inspect bad", "validate bad"):
        is_refused(here, *command.split(), says=["bad: reserved bits of the link type word are set"])


def test_the_file_that_is_not_read_stays(here: Path) -> None:
    """An older output is neither replaced nor emptied."""
    (here / "out.pcap").write_bytes(b"old")
    (here / "bad").write_bytes(b"")
    is_refused(here, "strip", "bad", "out.pcap", says=["empty"])
    is_refused(here, "strip", "missing", "out.pcap", says=["missing: No such file"])
    assert (here / "out.pcap").read_bytes() == b"old"


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize(
    ("tail", "what"),
    [
        (lambda record: record[:7], "the file ends inside a record"),
        (lambda record: record[:16], "the file ends inside a record"),
        (lambda record: record[:-1], "the file ends inside a record"),
        (lambda record: record[:8] + b"\xff" * 4 + record[12:], "a record claims 4,294,967,295 octets"),
        (lambda record: record[:8] + b"\x7f" * 4 + record[12:] * 9, "a record claims 2,139,062,143 octets"),
    ],
)
def test_everything_before_the_damage_is_written(here: Path, order: str, tail: object, what: str) -> None:
    assert callable(tail)
    flavour = Flavour(little=order == "<")
    record = flavour.record(underlay(vm_frame()))
    good = flavour.head() + record * 3
    (here / "bad.pcap").write_bytes(good + tail(record))
    ended = dovetool("strip", "bad.pcap", "out.pcap", "--summary", "none", cwd=here)
    assert ended.complaint == f"bad.pcap: {what} at octet {len(good)}, after 3 good frames"
    assert ended.code == 3
    assert frames_of((here / "out.pcap").read_bytes()) == [STRIPPED] * 3


@pytest.mark.parametrize(
    ("octets", "what"),
    [
        (pcapng_record(underlay(vm_frame()))[:-4] + b"\x99\0\0\0", "153 at its end"),
        (pcapng_record(underlay(vm_frame()))[:-9], "the file ends inside a block"),
        (b"\x06\0\0\0", "the file ends inside a block"),
        (struct.pack("<III", 6, 0xFFFF_FFFC, 0), "a block claims 4,294,967,292 octets"),
        (struct.pack("<III", 6, 13, 0), "a block claims 13 octets"),
        (block(6, struct.pack("<IIIII", 0, 0, 1, 99, 99) + bytes(20)), "at octet"),
        (block(6, struct.pack("<IIIII", 7, 0, 1, 20, 20) + bytes(20)), "at octet"),
    ],
)
def test_everything_before_the_damage_of_a_pcapng_file_is_written(here: Path, octets: bytes, what: str) -> None:
    good = pcapng([underlay(vm_frame())] * 3)
    (here / "bad").write_bytes(good + octets)
    ended = dovetool("strip", "bad", "out.pcap", "--summary", "none", cwd=here)
    assert ended.complaint.startswith("bad: ")
    assert what in ended.complaint
    assert ended.complaint.endswith(f" at octet {len(good)}, after 3 good frames")
    assert ended.code == 3
    assert frames_of((here / "out.pcap").read_bytes()) == [STRIPPED] * 3


def test_a_compressed_file_that_is_cut(here: Path) -> None:
    octets = gzip.compress(HEAD + b"".join(Flavour().record(os.urandom(200)) for _ in range(2000)))
    (here / "cut.pcap.gz").write_bytes(octets[: len(octets) // 2])
    ended = dovetool("strip", "cut.pcap.gz", "out.pcap", "--summary", "none", cwd=here)
    assert ended.code == 3
    assert "cut.pcap.gz: what the gzip data holds is cut short at octet" in ended.complaint
    assert len(frames_of((here / "out.pcap").read_bytes())) > 900


def test_an_input_that_cannot_be_read(here: Path) -> None:
    """The system refuses to read the first octet of this file."""
    if not Path("/proc/self/mem").exists():
        pytest.skip("needs /proc")
    is_refused(here, "strip", "/proc/self/mem", "out.pcap", says=["/proc/self/mem: Input/output error"])


def test_a_map_with_ten_mistakes(here: Path) -> None:
    (here / "bad.yaml").write_text(TEN_MISTAKES)
    ended = dovetool("tag", "in.pcap", "out.pcap", "-m", "bad.yaml", cwd=here)
    lines = ended.stderr.splitlines()
    assert len(lines) == 10
    places = [line.removeprefix("dovetool: bad.yaml:").split(":")[:2] for line in lines]
    assert [int(line) for line, _ in places] == [2, 2, 2, 3, 3, 3, 4, 4, 5, 5]
    assert all(int(column) > 1 for _, column in places)
    assert all("; expected " in line for line in lines)
    assert (ended.code, ended.stdout, "out.pcap" in names_in(here)) == (2, b"", False)


def test_a_map_with_a_hundred_mistakes(here: Path) -> None:
    """Nobody reads them all, but who asks for them."""
    networks = "".join(f"  net{number}: {{vnid: none}}\n" for number in range(100))
    (here / "bad.yaml").write_text(f"version: 1\nnetworks:\n{networks}")
    ended = dovetool("tag", "in.pcap", "out.pcap", "-m", "bad.yaml", cwd=here)
    *lines, last = ended.stderr.splitlines()
    assert [line.split(":")[2] for line in lines] == [str(number) for number in range(3, 23)]
    assert last == "dovetool: and 80 more mistakes (all of them: dovetool map check MAP)"
    assert len(dovetool("map", "check", "bad.yaml", cwd=here).stderr.splitlines()) == 100


@pytest.mark.parametrize("command", ["tag", "encap", "decap", "untag", "run"])
def test_a_map_that_cannot_be_read(here: Path, command: str) -> None:
    is_refused(here, command, "in.pcap", "out.pcap", "-m", "none.yaml", says=["none.yaml", "No such file"])
    is_refused(here, command, "in.pcap", "out.pcap", "-m", ".", says=[".: ", "s a directory"])
    is_refused(here, command, "in.pcap", "out.pcap", says=["--map", f"dovetool {command} --help"])


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("strip none.pcap out.pcap", ["none.pcap: No such file or directory"]),
        ("strip in.pcap none/out.pcap", ["cannot write none/out.pcap: No such file or directory"]),
        ("strip in.pcap in.pcap/out.pcap", ["cannot write in.pcap/out.pcap: Not a directory"]),
        ("strip in.pcap .", ["cannot write .: Is a directory"]),
        ("strip in.pcap /dev/full", ["cannot write /dev/full: No space left on device"]),
        ("strip in.pcap out.pcap --rejects none/r", ["cannot write none/r: No such file or directory"]),
        ("strip in.pcap out.pcap --rejects out.pcap", ["--rejects out.pcap: needs a file of its own"]),
        ("strip in.pcap out.pcap --rejects sub/../out.pcap", ["--rejects sub/../out.pcap: needs a file of its own"]),
        ("strip in.pcap out.pcap --rejects in.pcap", ["--rejects in.pcap: needs a file of its own"]),
        ("strip in.pcap out.pcap --rejects -", ["--rejects -: needs a file of its own"]),
        ("strip in.pcap out.pcap --depth 0", ["--depth", "1<=x<=64"]),
        ("strip in.pcap out.pcap --depth 65", ["--depth", "1<=x<=64"]),
        (
            "strip in.pcap out.pcap --tpid 0x5ff",
            ["--tpid 0x5ff: expected an EtherType from 0x0600 to 0xFFFF"],
        ),
        ("strip in.pcap out.pcap --tpid 65536", ["--tpid 65536: expected an EtherType"]),
        ("strip in.pcap out.pcap --tpid 0x0800", ["--tpid 0x0800: expected an EtherType of its own (0x0800 is IPv4)"]),
        ("tag in.pcap out.pcap -m map.yaml --tpid 0x88b6", ["No such option: --tpid"]),
        ("dedup in.pcap out.pcap --tpid 33024", ["--tpid 33024: expected an EtherType of its own (0x8100 is 802.1Q)"]),
        ("map learn in.pcap --tpid 0x86DD", ["--tpid 0x86DD: expected an EtherType of its own (0x86DD is IPv6)"]),
        ("strip in.pcap out.pcap --tpid 0b1000100010110110", ["expected an EtherType from 0x0600"]),
        ("strip in.pcap out.pcap --tpid vlan", ["--tpid vlan: expected an EtherType"]),
        ("strip in.pcap out.pcap -d 4799", ["-d 4799: expected udp.port==N,ENCAPSULATION, as in"]),
        ("strip in.pcap out.pcap -d udp.port==0,vxlan", ["-d udp.port==0,vxlan: 0 is not in 1..65535"]),
        ("strip in.pcap out.pcap -d udp.port==65536,vxlan", ["-d udp.port==65536,vxlan: 65536 is not in"]),
        ("strip in.pcap out.pcap.bz2", ["out.pcap.bz2: .bz2 is not written; dovetool compresses as .gz, .zst, .lz4"]),
        ("strip in.pcap out.pcap -d udp.port==4799,vxlam", ["encapsulation 'vxlam' is not known; there is vxlan"]),
        ("strip in.pcap out.pcap -j -1", ["--jobs"]),
        ("strip in.pcap out.pcap --summary xml", ["--summary", "'table', 'json', 'none'"]),
        ("split in.pcap out", ["Missing option '--by'. Choose from: vnid, vm, tep, encap, reason"]),
        ("strip in.pcap out.pcap --quick", ["No such option: --quick", "dovetool strip --help"]),
        ("strip in.pcap", ["Missing argument 'IN...'. Name IN... and OUT, in this order", "dovetool strip --help"]),
        ("strip in.pcap out.pcap more", ["out.pcap: No such file or directory"]),
        ("peel in.pcap out.pcap", ["No such command 'peel'", "dovetool --help"]),
        ("encap in.pcap out.pcap -m map.yaml --tep tep9", ["--tep tep9: the map has no such TEP; it has tep1, tep2"]),
        ("decap in.pcap out.pcap -m map.yaml --tep tep9", ["--tep tep9: the map has no such TEP; it has tep1, tep2"]),
        ("untag in.pcap out.pcap -m map.yaml --tep tep9", ["--tep tep9: the map has no such TEP; it has tep1, tep2"]),
        ("encap in.pcap out.pcap -m map.yaml --encap gre9", ["encapsulation 'gre9' is not known; there is vxlan"]),
        ("tag in.pcap out.pcap -m map.yaml --ingress sw1/p9", ["--ingress sw1/p9: the map has no such port; it has"]),
        ("run in.pcap out.pcap -m map.yaml --ingress sw1", ["--ingress sw1: the map has no such port; it has sw1/p1"]),
        ("run in.pcap out.pcap -m map.yaml --taps none/hops", ["cannot make the directory none/hops: No such file"]),
        ("run in.pcap out.pcap -m map.yaml --taps in.pcap", ["cannot make the directory in.pcap: File exists"]),
        ("run in.pcap out.pcap -m map.yaml --taps hops --split in.pcap", ["cannot make the directory in.pcap"]),
        ("untag in.pcap out.pcap -m map.yaml --split in.pcap", ["cannot make the directory in.pcap: File exists"]),
    ],
)
def test_what_cannot_be(here: Path, words: str, says: list[str]) -> None:
    (here / "sub").mkdir()
    is_refused(here, *words.split(), says=says)


@pytest.mark.parametrize(
    "words",
    [
        "inspect in.pcap --frame {}",
        "inspect in.pcap --frame 1-{}",
        "inspect in.pcap --from {}",
        "inspect in.pcap --to +{}",
        "inspect in.pcap --vnid {}",
        "inspect in.pcap --vnid 0x{}",
        "strip in.pcap out.pcap --vlan 5={}",
        "strip in.pcap out.pcap --vlan {}=5",
        "strip in.pcap out.pcap --tpid {}",
        "strip in.pcap out.pcap -d udp.port=={},vxlan",
        "strip in.pcap out.pcap -d udp.port==5-{},vxlan",
        "strip in.pcap out.pcap -d udp.port==5:{},vxlan",
        "strip in.pcap out.pcap --rotate-size {}MB",
        "strip in.pcap out.pcap --fragment-timeout {}",
        "validate in.pcap --grace {}s",
        "time in.pcap out.pcap --shift {}",
    ],
)
def test_numbers_of_thousands_of_digits(here: Path, words: str) -> None:
    is_refused(here, *words.format("9" * 5000).split(), says=["9999"] * ("--fragment" not in words))


@pytest.mark.parametrize("number", ["٣", "²"])
@pytest.mark.parametrize("words", ["--frame {}", "--frame 1-{}", "--from {}", "--to +{}", "--vnid {}"])
def test_digits_of_other_scripts_are_no_numbers(here: Path, words: str, number: str) -> None:
    is_refused(here, "inspect", "in.pcap", *words.format(number).split(), says=[number])


@pytest.mark.parametrize("number", ["nan", "inf", "-inf", "1e300"])
@pytest.mark.parametrize(
    "words",
    [
        "strip in.pcap out.pcap --fragment-timeout {}",
        "stats in.pcap --by time --interval {}",
        "top in.pcap --interval {}",
        "top in.pcap --window {}",
    ],
)
def test_seconds_are_a_number(here: Path, words: str, number: str) -> None:
    is_refused(here, *words.format(number).split(), says=["Invalid value for '--", "see: dovetool"])


@pytest.mark.parametrize(
    ("words", "command"),
    [
        ("inspect in.pcap -m", "inspect"),
        ("--no-config inspect in.pcap -m", "inspect"),
        ("strip in.pcap out.pcap --no-merge=3", "strip"),
        ("map import csv -o", "map import"),
    ],
)
def test_an_option_without_its_value_points_to_the_help_of_its_command(here: Path, words: str, command: str) -> None:
    is_refused(here, *words.split(), says=[f"(see: dovetool {command} --help)"])


@pytest.mark.parametrize("words", [("top",), ("inspect",), ("strip", "out.pcap"), ("map", "learn")])
def test_who_names_an_interface_is_told_how_to_capture_there(here: Path, words: tuple[str, ...]) -> None:
    _, name = socket.if_nameindex()[0]
    command, after = [word for word in words if "." not in word], [word for word in words if "." in word]
    told = f"| dovetool {' '.join(command)} - ..."
    is_refused(here, *command, name, *after, says=[f"{name}: No such file", f"tcpdump -U -i {name} -w - {told}"])
    is_refused(here, *command, "-i", name, says=["No such option: -i. To capture there: tcpdump -U -i eth0 -w -", told])
    is_refused(here, "map", "check", "-i", says=["No such option: -i (see: dovetool map check --help)"])


@pytest.mark.parametrize("words", [(), ("map",)])
def test_nothing_asked_for_shows_the_help(words: tuple[str, ...]) -> None:
    ended = dovetool(*words)
    shown = ended.stderr or ended.stdout.decode()
    assert ended.code in (0, 2)
    assert shown.lstrip().startswith("Usage: dovetool")
    assert "dovetool: " not in shown


def test_a_name_with_control_characters_is_shown_as_what_it_is(here: Path) -> None:
    is_refused(here, "strip", "a\x1b[31mb\nc", "out.pcap", says=["a\\x1b[31mb\\nc: No such file or directory"])
    is_refused(here, "strip", os.fsdecode(b"\xff"), "out.pcap", says=["\\udcff: No such file"])


def test_a_terminal_gets_no_capture(here: Path) -> None:
    ours, theirs = pty.openpty()
    process = started("strip", "in.pcap", "-", cwd=here, stdout=theirs)
    _, stderr = process.communicate(timeout=PATIENCE)
    os.close(theirs)
    os.close(ours)
    text = "dovetool: standard output is a terminal; redirect it, or name a file as OUT\n"
    assert (process.returncode, stderr.decode()) == (2, text)


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_standard_streams_that_are_closed(here: Path, closed: str) -> None:
    """As under some services; no file may take the place of one and get what is meant for it."""
    words = "--summary none" if "2" not in closed else ""
    script = f'exec "$@" strip in.pcap out.pcap --rejects r.pcapng {words} {closed}'
    ended = run_script(script, here)
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert frames_of((here / "out.pcap").read_bytes()) == [STRIPPED] * 3


def test_a_closed_standard_stream_that_is_needed(here: Path) -> None:
    ended = run_script('exec "$@" strip - out.pcap <&-', here)
    assert (ended.returncode, ended.stderr) == (2, b"dovetool: standard input: Bad file descriptor\n")
    ended = run_script('exec "$@" strip in.pcap - >&-', here)
    assert (ended.returncode, ended.stderr) == (2, b"dovetool: cannot write standard output: Bad file descriptor\n")


@pytest.mark.parametrize("command", ["inspect in.pcap", "inspect in.pcap --jsonl", "stats in.pcap --json", "--version"])
@pytest.mark.parametrize(("place", "why"), [(">&-", "Bad file descriptor"), (">/dev/full", "No space left on device")])
def test_text_that_cannot_be_written(here: Path, command: str, place: str, why: str) -> None:
    ended = run_script(f'exec "$@" {command} {place}', here)
    assert (ended.returncode, ended.stderr) == (2, f"dovetool: cannot write standard output: {why}\n".encode())
    assert names_in(here) == ["in.pcap", "map.yaml"]


def test_a_complaint_that_cannot_be_made(here: Path) -> None:
    assert run_script('exec "$@" strip none out.pcap 2>/dev/full', here).returncode == 2


def run_script(script: str, cwd: Path, *before: str) -> subprocess.CompletedProcess[bytes]:
    """Run a shell script whose words are those that start dovetool, with others before them."""
    words = ["sh", "-c", script, "sh", *before, *COMMAND]
    return subprocess.run(words, cwd=cwd, env=environment(), capture_output=True, check=False, timeout=PATIENCE)


def test_a_large_file_to_a_full_disk(here: Path) -> None:
    (here / "large.pcap").write_bytes(large_pcap("strip", LARGE))
    is_refused(here, "strip", "large.pcap", "/dev/full", "-j", "2", says=["cannot write /dev/full: No space left"])


@pytest.mark.skipif(not ROOT, reason="mounts a file system")
@pytest.mark.parametrize("jobs", ["1", "3"])
@pytest.mark.parametrize("name", ["out.pcap", "out.pcapng", "out.pcap.gz"])
def test_a_disk_that_fills_up_on_the_way(here: Path, jobs: str, name: str) -> None:
    """What was there stays as it was, and nothing is added."""
    disk = here / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "none", disk], capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip("may not mount a file system")
    try:
        (disk / name).write_bytes(b"old")
        frames = [underlay(os.urandom(1000)) for _ in range(100)]
        (here / "large.pcap").write_bytes(pcap(frames * (LARGE // 100_000)))
        words = ("large.pcap", f"disk/{name}", "-j", jobs, "--rejects", "disk/r.pcapng")
        is_refused(here, "strip", *words, says=[f"cannot write disk/{name}: No space left on device"])
        assert names_in(disk) == [name]
        assert (disk / name).read_bytes() == b"old"
    finally:
        subprocess.run(["umount", disk], check=True)


@pytest.mark.parametrize("large", [False, True])
def test_in_and_out_may_be_the_same_file(here: Path, large: bool) -> None:
    """By its name, by a symbolic link and by a hard link."""
    octets = large_pcap("strip", LARGE) if large else GOOD
    first, symbolic, hard = here / "in.pcap", here / "symbolic", here / "hard.pcap"
    first.write_bytes(octets)
    assert dovetool("strip", "in.pcap", "right.pcap", "-j", "1", cwd=here).code == 0
    right = (here / "right.pcap").read_bytes()
    first.chmod(0o640)
    symbolic.symlink_to("in.pcap")
    hard.hardlink_to(first)
    for source, target in (("in.pcap", "hard.pcap"), ("in.pcap", "symbolic")):
        assert dovetool("strip", source, target, "-j", "2", cwd=here).code == 0
        assert (here / target).read_bytes() == right
    assert symbolic.is_symlink()
    assert stat.S_IMODE(first.stat().st_mode) == 0o640
    first.write_bytes(octets)
    assert dovetool("strip", "in.pcap", "in.pcap", "-j", "2", cwd=here).code == 0
    assert first.read_bytes() == right
    assert names_in(here) == ["hard.pcap", "in.pcap", "map.yaml", "right.pcap", "symbolic"]


def test_a_directory_without_permission(here: Path) -> None:
    closed = here / "closed"
    closed.mkdir()
    closed.chmod(0o555)
    is_denied(here, "in.pcap", "closed/out.pcap", r"cannot write closed/out\.pcap: Permission denied")
    assert names_in(closed) == []


def test_files_without_permission(here: Path) -> None:
    for name, mode in (("secret.pcap", 0o000), ("fixed.pcap", 0o444)):
        (here / name).write_bytes(GOOD)
        (here / name).chmod(mode)
    is_denied(here, "secret.pcap", "out.pcap", r".*secret\.pcap.*(Permission denied|is not readable).*")
    is_denied(here, "in.pcap", "fixed.pcap", r"cannot write fixed\.pcap: Permission denied")
    (here / "fixed.pcap").chmod(0o644)
    assert (here / "fixed.pcap").read_bytes() == GOOD


@pytest.mark.parametrize(
    "words",
    [
        "run in.pcap out.pcap -m map.yaml --taps wo",
        "run in.pcap out.pcap -m map.yaml --split wo",
        "validate in.pcap -m map.yaml --junit wo/file --sarif file",
        "map learn in.pcap -o file",
    ],
)
def test_what_is_written_need_not_be_readable(here: Path, words: str) -> None:
    """As a folder that others only put things into."""
    (here / "wo").mkdir(mode=0o300)
    (here / "file").touch(mode=0o200)
    ended = run_script(f'exec "$@" {words}', here, *bound_by_permissions(here))
    assert ended.returncode in (0, 1), ended.stderr


def test_a_working_folder_that_is_gone(here: Path) -> None:
    ended = run_script(f'mkdir gone; cd gone; rmdir ../gone; exec "$@" strip {here}/in.pcap out.pcap', here)
    assert ended.returncode == 2
    assert ended.stderr.decode().splitlines()[-1] == "dovetool: the working folder is not there any more"


def bound_by_permissions(here: Path) -> list[str]:
    """Root is bound by them too, once it has given up what lifts them."""
    bound = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if ROOT else []
    if bound and (shutil.which("setpriv") is None or run_script('exec "$@" --version', here, *bound).returncode):
        pytest.skip("root cannot give up its power over files")
    return bound


def is_denied(here: Path, source: str, target: str, what: str) -> None:
    bound = bound_by_permissions(here)
    before = names_in(here)
    ended = run_script(f'exec "$@" strip {source} {target}', here, *bound)
    assert ended.returncode == 2
    assert re.fullmatch(f"dovetool: {what}\n", ended.stderr.decode())
    assert names_in(here) == before


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
@pytest.mark.parametrize("closed", ["", "2>/dev/full", "2>&-", "2>/dev/full 1>&-"])
@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("strip none out.pcap", 2),
        ("strip in.pcap out.pcap", 0),
        ("strip in.pcap out.pcap --summary json", 0),
        ("strip cut.pcap out.pcap", 3),
        ("inspect in.pcap -w out.pcap", 0),
        ("nothing", 2),
    ],
)
def test_nobody_is_told(here: Path, words: str, code: int, closed: str) -> None:
    """The exit code is what it would be if somebody was; Python has one of its own for a stream that is full."""
    (here / "cut.pcap").write_bytes(GOOD[:-9])
    settings = {name: word for name, word in environment().items() if name != "PYTHONUNBUFFERED"}
    command = ["sh", "-c", f'exec "$@" {closed}', "sh", *COMMAND, *words.split()]
    ended = subprocess.run(command, cwd=here, env=settings, capture_output=True, check=False, timeout=PATIENCE)
    assert (ended.returncode, ended.stdout) == (code, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
@pytest.mark.parametrize("closed", [">/dev/full", ">&-", ">/dev/full 2>/dev/full", ">&- 2>&-"])
@pytest.mark.parametrize("words", ["inspect in.pcap", "stats cut.pcap", "strip in.pcap -", "--help", "map schema"])
def test_a_standard_output_that_takes_nothing(here: Path, words: str, closed: str) -> None:
    (here / "cut.pcap").write_bytes(GOOD[:-9])
    settings = {name: word for name, word in environment().items() if name != "PYTHONUNBUFFERED"}
    command = ["sh", "-c", f'exec "$@" {closed}', "sh", *COMMAND, *words.split()]
    ended = subprocess.run(command, cwd=here, env=settings, capture_output=True, check=False, timeout=PATIENCE)
    assert ended.returncode in ({2, 3} if "cut" in words else {2})


_MANY_DESCRIPTORS = """
import os, resource, sys
soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (4096, hard))
for _ in range(1100):
    os.set_inheritable(os.open(os.devnull, os.O_RDONLY), True)
os.execvp(sys.argv[1], sys.argv[1:])
"""


@pytest.mark.parametrize(
    "words", ["strip - out.pcap", "strip large.pcap out.pcap -j 2", "split - d --by vnid", "inspect - -Y vxlan --jsonl"]
)
def test_many_inherited_descriptors(here: Path, words: str) -> None:
    """Those that are opened then have numbers above 1023."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if hard != resource.RLIM_INFINITY and hard < 4096:
        pytest.skip("needs to open 4,096 files")
    if "-Y" in words and shutil.which("tshark") is None:
        pytest.skip("tshark is not installed")
    (here / "large.pcap").write_bytes(large_pcap("strip", LARGE))
    command = [sys.executable, "-c", _MANY_DESCRIPTORS, *COMMAND, *words.split()]
    ended = subprocess.run(
        command, cwd=here, input=GOOD, capture_output=True, env=environment(), check=False, timeout=PATIENCE
    )
    assert ended.returncode == 0, ended.stderr


@pytest.fixture
def endless(here: Path) -> Path:
    """A capture that takes long and no room: 32 million empty frames, in a file with a hole."""
    path = here / "endless.pcap"
    with path.open("wb") as file:
        file.write(HEAD)
        file.truncate(512 << 20)
    return path


def under_way(here: Path, jobs: int, *words: str) -> subprocess.Popen[bytes]:
    """A run that has already written a part of its output, with so many threads."""
    process = started("strip", "endless.pcap", "out.pcap", "-j", str(jobs), *words, cwd=here)
    deadline = time.monotonic() + PATIENCE
    while not any(path.stat().st_size > 100_000 for path in here.glob(".out.pcap.*.part")):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return process


@pytest.mark.usefixtures("endless")
@pytest.mark.parametrize("jobs", [1, 3])
@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)], ids=str
)
@pytest.mark.parametrize("to_group", [True, False])
def test_a_run_that_is_interrupted(here: Path, jobs: int, number: int, code: int, to_group: bool) -> None:
    (here / "out.pcap").write_bytes(b"old")
    before = names_in(here)
    process = under_way(here, jobs, "--rejects", "r.pcapng")
    (os.killpg if to_group else os.kill)(process.pid, number)
    assert process.communicate(timeout=PATIENCE) == (b"", b"")
    assert (process.returncode, names_in(here)) == (code, before)
    assert (here / "out.pcap").read_bytes() == b"old"


@pytest.mark.usefixtures("endless")
@pytest.mark.parametrize("jobs", [1, 3])
def test_a_run_that_is_killed(here: Path, jobs: int) -> None:
    """What it had written has no final name, and the next run removes it."""
    (here / "out.pcap").write_bytes(b"old")
    process = under_way(here, jobs)
    process.kill()
    process.communicate(timeout=PATIENCE)
    assert (here / "out.pcap").read_bytes() == b"old"
    assert len([name for name in names_in(here) if name.endswith(".part")]) == 1
    assert dovetool("strip", "in.pcap", "out.pcap", cwd=here).code == 0
    assert not [name for name in names_in(here) if name.endswith(".part")]


def test_a_system_that_starts_no_more_threads(here: Path) -> None:
    """One does the work, then."""
    (here / "large.pcap").write_bytes(large_pcap("strip", LARGE))
    for words in (["-c", NO_MORE_THREADS], ["-m", "dovetool"]):
        command = [
            sys.executable,
            *words,
            "strip",
            "large.pcap",
            f"{len(words[1])}.pcap",
            "-j",
            "5",
            "--summary",
            "none",
        ]
        ended = subprocess.run(command, cwd=here, capture_output=True, check=False, timeout=PATIENCE)
        assert (ended.returncode, ended.stderr) == (0, b"")
    one, five = (here / f"{len(word)}.pcap" for word in (NO_MORE_THREADS, "dovetool"))
    assert one.read_bytes() == five.read_bytes()


def test_split_into_files_for_vms_of_like_names(here: Path) -> None:
    """Names that differ in characters unfit for a file's name, or in capitals, have files of their own."""
    names = ["vm 1", "vm_1", "VM_1", "[red]x[/]", "../../x", "..", "v" * 300]
    vms = "".join(f'  "{name}": {{mac: "02:00:00:00:00:{at + 16}", at: sw1/p1}}\n' for at, name in enumerate(names))
    (here / "like.yaml").write_text(MAP.replace("vms:\n", f"vms:\n{vms}"))
    frames = [vm_frame(dst=VM2[:5] + bytes.fromhex(str(at + 16))) for at in range(len(names))]
    (here / "tagged.pcap").write_bytes(pcap([tagged(frame) for frame in frames]))
    ended = dovetool("untag", "tagged.pcap", "out.pcap", "-m", "like.yaml", "--split", "vms", cwd=here)
    assert ended.code == 0
    split = {path.name: path.read_bytes() for path in (here / "vms").iterdir()}
    stems = ["vm_1", "vm_1~2", "VM_1~3", "_red_x___", "_.._x", "_", "v" * 79 + "~~" + "v" * 79]
    assert split == {f"{stem}.pcap": pcap([frame]) for stem, frame in zip(stems, frames, strict=True)}


def test_split_for_more_vms_than_the_usual_number_of_open_files(here: Path) -> None:
    import resource

    if resource.getrlimit(resource.RLIMIT_NOFILE)[1] < 1000:
        pytest.skip("the system allows few files")
    numbers = range(300)
    macs = [b"\x02\0\0\1" + number.to_bytes(2, "big") for number in numbers]
    vms = "".join(
        f'  v{number}: {{mac: "{mac.hex(":")}", at: sw1/p1}}\n' for number, mac in zip(numbers, macs, strict=True)
    )
    (here / "many.yaml").write_text(MAP.replace("vms:\n", f"vms:\n{vms}"))
    (here / "tagged.pcap").write_bytes(pcap([tagged(vm_frame(dst=mac)) for mac in macs]))
    script = 'ulimit -S -n 100; exec "$@" untag tagged.pcap out.pcap -m many.yaml --split vms --summary none'
    assert run_script(script, here).stderr == b""
    assert len(names_in(here / "vms")) == len(numbers)
