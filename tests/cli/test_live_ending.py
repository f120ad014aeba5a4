"""A signal on a live input ends the input, and not the work: what has come is carried through, and the end is whole."""

from __future__ import annotations

import fcntl
import gzip
import os
import re
import shutil
import signal
import struct
import subprocess
import termios
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cli_process import COMMAND, PATIENCE, dovetool, environment, names_in, started
from cli_traffic import MAP, MIXTURES, PCAPNG_HEAD, Flavour, frames_of, large_pcap, pcapng_record
from frames import underlay, vm_frame

HEAD, RECORD = Flavour().head(), Flavour().record
INNER = vm_frame()
CODES = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}
FRAGMENT = underlay(INNER)[:20] + b"\x20\0" + underlay(INNER)[22:]
"""More fragments are to follow, and none does."""
TRAFFIC = {
    **{name: large_pcap(name, 1 << 14) for name in MIXTURES},
    "pcapng": PCAPNG_HEAD + pcapng_record(underlay(INNER)),
}
JOBS = [
    ("strip", "strip IN out.pcap --rejects r.pcapng"),
    ("strip", "strip IN out.pcapng.gz --tenant none --rejects r.pcapng --summary json"),
    ("pcapng", "strip IN out.pcapng"),
    ("strip", "strip IN -"),
    ("strip", "translate IN out.pcap --to geneve --summary none"),
    ("tag", "tag IN out.pcap -m map.yaml --rejects r.pcapng --strict"),
    ("encap", "encap IN out.pcap -m map.yaml --rejects r.pcapng"),
    ("strip", "decap IN out.pcap -m map.yaml --rejects r.pcapng"),
    ("encap", "untag IN out.pcap -m map.yaml --split vms"),
    ("tag", "run IN out.pcap -m map.yaml --taps taps --split vms --rejects r.pcapng"),
    ("strip", "split IN networks --by vnid"),
    ("pcapng", "split IN networks --by encap"),
    ("strip", "inspect IN"),
    ("pcapng", "inspect IN --json"),
    ("strip", "inspect IN -V --frame 1-3"),
    ("strip", "inspect IN -w out.pcap --vnid 5001"),
    ("strip", "stats IN"),
    ("pcapng", "stats IN --by conversation --json"),
    ("strip", "validate IN --rejects r.pcapng"),
    ("tag", "validate IN -m map.yaml --json --junit report.xml"),
]
FILTERED = ["inspect IN -Y vxlan --jsonl", "inspect IN -Y vxlan -w out.pcap", "stats IN -Y vxlan"]


@pytest.fixture
def here(tmp_path: Path) -> Path:
    (tmp_path / "map.yaml").write_text(MAP)
    return tmp_path


def taken(pipe: int) -> None:
    """Wait until somebody has taken all that is in a pipe."""
    deadline, count = time.monotonic() + PATIENCE, b""
    while count != bytes(4):
        assert time.monotonic() < deadline
        time.sleep(0.002)
        count = fcntl.ioctl(pipe, termios.FIONREAD, bytes(4))


def shown(octets: bytes) -> str:
    """What was printed, but for how long it took, the widths of columns, and what the input is called."""
    text = re.sub(r"\d+\.\d\d s|\"seconds\": [\d.]+|time=\"[\d.]+\"", "", octets.decode(errors="replace"))
    text = re.sub(r"[ ─]+", " ", text)
    return re.sub(r"\bin\.pcap\b|\bpipe\b|(?<=[\" ])-(?=\")", "IN", text)


def files_below(folder: Path) -> dict[str, str | bytes]:
    """All regular files, but for the inputs."""
    found = [path for path in folder.rglob("*") if path.is_file() and path.name not in {"map.yaml", "in.pcap"}]
    return {str(path.relative_to(folder)): content_of(path) for path in found}


def content_of(path: Path) -> str | bytes:
    """What a file says; how compressed data is cut into pieces depends on what came when."""
    octets = path.read_bytes()
    if path.suffix == ".gz":
        return gzip.decompress(octets)
    return shown(octets) if path.suffix == ".xml" else octets


def plainly(folder: Path, words: str, octets: bytes) -> tuple[str, str, dict[str, str | bytes]]:
    """What a command makes of a file."""
    folder.mkdir()
    (folder / "map.yaml").write_text(MAP)
    (folder / "in.pcap").write_bytes(octets)
    ended = dovetool(*words.replace("IN", "in.pcap").split(), cwd=folder)
    assert ended.code in {0, 1}, ended.stderr
    return shown(ended.stdout), shown(ended.stderr.encode()), files_below(folder)


def broken_off(
    here: Path, words: str, octets: bytes, number: signal.Signals, *, named: bool
) -> subprocess.Popen[bytes]:
    """A command that was told to end when it had taken all these octets; its sender goes on for a moment."""
    if named:
        os.mkfifo(here / "pipe")
        process = started(*words.replace("IN", "pipe").split(), cwd=here)
        pipe = os.open(here / "pipe", os.O_WRONLY)
    else:
        process = started(*words.replace("IN", "-").split(), cwd=here, stdin=subprocess.PIPE)
        assert process.stdin is not None
        pipe = os.dup(process.stdin.fileno())
        process.stdin.close()
        process.stdin = None
    half = len(octets) // 2
    os.write(pipe, octets[:half])
    taken(pipe)
    process.send_signal(number)
    os.write(pipe, octets[half:])
    os.close(pipe)
    return process


@pytest.mark.parametrize("at", range(len(JOBS)), ids=[words for _, words in JOBS])
def test_what_has_come_is_carried_through(here: Path, at: int) -> None:
    """As if the capture had ended there; the record that was under way is not missed. The exit code tells."""
    traffic, words = JOBS[at]
    octets = TRAFFIC[traffic] if traffic == "pcapng" else TRAFFIC[traffic] + RECORD(FRAGMENT)
    expected = plainly(here / "plain", words, octets)
    number = list(CODES)[at % 3]
    partial = (pcapng_record if traffic == "pcapng" else RECORD)(INNER)[:-9]
    process = broken_off(here, words, octets + partial, number, named=at % 2 == 0)
    stdout, stderr = process.communicate(timeout=PATIENCE)
    shutil.rmtree(here / "plain")
    assert (shown(stdout), shown(stderr), files_below(here)) == expected
    assert process.returncode == CODES[number]


@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
@pytest.mark.parametrize("words", FILTERED)
def test_what_has_come_is_filtered(here: Path, words: str) -> None:
    octets = TRAFFIC["strip"]
    expected = plainly(here / "plain", words, octets)
    process = broken_off(here, words, octets + RECORD(INNER)[:-9], signal.SIGINT, named=False)
    stdout, stderr = process.communicate(timeout=PATIENCE)
    shutil.rmtree(here / "plain")
    assert (shown(stdout), shown(stderr), files_below(here)) == expected
    assert process.returncode == 130


def test_a_sender_that_falls_silent(here: Path) -> None:
    """It keeps the pipe open, and nobody waits for it."""
    process = started("strip", "-", "out.pcap", "--summary", "none", cwd=here, stdin=subprocess.PIPE)
    assert process.stdin is not None
    os.write(process.stdin.fileno(), HEAD + RECORD(underlay(INNER)) * 3)
    taken(process.stdin.fileno())
    process.terminate()
    assert process.wait(PATIENCE) == 143
    assert process.communicate() == (b"", b"")
    assert frames_of((here / "out.pcap").read_bytes()) == [INNER] * 3


@pytest.fixture
def endless_sender() -> Iterator[Callable[[int], None]]:
    """Starts a thread that sends frames until nobody reads them any more."""
    threads = []

    def send(pipe: int) -> None:
        try:
            os.write(pipe, HEAD)
            while True:
                os.write(pipe, RECORD(underlay(INNER)))
        except BrokenPipeError:
            os.close(pipe)

    def begin(pipe: int) -> None:
        threads.append(threading.Thread(target=send, args=(pipe,)))
        threads[-1].start()

    yield begin
    for thread in threads:
        thread.join()


def test_a_sender_that_never_ends(here: Path, endless_sender: Callable[[int], None]) -> None:
    inward, outward = os.pipe()
    process = started("strip", "-", "out.pcap", "--summary", "none", cwd=here, stdin=inward)
    os.close(inward)
    endless_sender(outward)
    while not any(path.stat().st_size > 100_000 for path in here.glob(".out.pcap.*.part")):
        assert process.poll() is None
    process.terminate()
    assert process.communicate(timeout=PATIENCE) == (b"", b"")
    assert process.returncode == 143
    assert set(frames_of((here / "out.pcap").read_bytes())) == {INNER}


@pytest.mark.parametrize("number", CODES)
def test_the_second_signal_gives_up(here: Path, number: signal.Signals, endless_sender: Callable[[int], None]) -> None:
    """Nobody reads the output, so that the first one alone cannot end it."""
    inward, outward = os.pipe()
    process = started("strip", "-", "-", "--rejects", "r.pcapng", cwd=here, stdin=inward)
    os.close(inward)
    endless_sender(outward)
    assert process.stdout is not None
    assert os.read(process.stdout.fileno(), 24) == HEAD
    process.send_signal(number)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(1)
    process.send_signal(number)
    process.communicate(timeout=PATIENCE)
    assert (process.returncode, names_in(here)) == (CODES[number], ["map.yaml"])


@pytest.mark.parametrize("begun", [b"", HEAD[:10], PCAPNG_HEAD[:20], gzip.compress(HEAD)[:12]], ids=len)
@pytest.mark.parametrize("words", ["strip pipe out.pcap --rejects r.pcapng", "split pipe d --by vnid", "stats pipe"])
def test_before_a_capture_has_begun(here: Path, begun: bytes, words: str) -> None:
    """There is nothing to carry through, and no error."""
    os.mkfifo(here / "pipe")
    process = started(*words.split(), cwd=here)
    pipe = os.open(here / "pipe", os.O_WRONLY)
    os.write(pipe, begun)
    taken(pipe)
    process.send_signal(signal.SIGINT)
    os.close(pipe)
    assert process.communicate(timeout=PATIENCE) == (b"", b"")
    assert (process.returncode, names_in(here)) == (130, ["map.yaml", "pipe"])


def test_what_is_no_capture_stays_an_error(here: Path) -> None:
    process = broken_off(here, "strip IN out.pcap", b"Hello, this is no capture.\n" * 2, signal.SIGINT, named=False)
    _, stderr = process.communicate(timeout=PATIENCE)
    assert process.returncode == 2
    assert stderr.startswith(b"dovetool: standard input: no pcap or pcapng file")


def test_damage_stays_an_error(here: Path) -> None:
    """What came before it is there."""
    damaged = HEAD + RECORD(underlay(INNER)) * 2 + struct.pack("<4I", 0, 0, 1 << 31, 1 << 31) + bytes(4000)
    process = broken_off(here, "strip IN out.pcap --summary none", damaged, signal.SIGINT, named=False)
    _, stderr = process.communicate(timeout=PATIENCE)
    assert process.returncode == 3
    assert b"a record claims 2,147,483,648 octets" in stderr
    assert frames_of((here / "out.pcap").read_bytes()) == [INNER] * 2


def test_ctrl_c_for_a_whole_pipeline(here: Path) -> None:
    """As in a terminal: the sender gets it too, in the middle of a record, and so does the shell."""
    (here / "in.pcap").write_bytes((HEAD + RECORD(underlay(INNER)) * 5)[:-9])
    script = '(cat in.pcap; echo sent >&2; sleep 100) | "$@" strip - out.pcap --summary json 2>said'
    process = subprocess.Popen(
        ["bash", "-o", "pipefail", "-c", script, "bash", *COMMAND],
        cwd=here,
        env=environment(),
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stderr is not None
    assert process.stderr.readline() == b"sent\n"
    while not list(here.glob(".out.pcap.*.part")):
        assert process.poll() is None
    os.killpg(process.pid, signal.SIGINT)
    process.communicate(timeout=PATIENCE)
    assert process.returncode in {130, -signal.SIGINT}
    assert frames_of((here / "out.pcap").read_bytes()) == [INNER] * 4
    assert '"frames_in": 4' in (here / "said").read_text()
