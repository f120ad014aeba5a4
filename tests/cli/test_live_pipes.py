"""Live use: frames come out as they come in, nothing is lost, and a reader that leaves ends the work quietly."""

from __future__ import annotations

import gzip
import os
import select
import shutil
import subprocess
import time
from pathlib import Path

import pytest
from cli_process import COMMAND, PATIENCE, dovetool, environment, started
from cli_traffic import MAP, MIXTURES, PCAPNG_HEAD, Flavour, frames_of, large_pcap, pcap, pcapng, pcapng_record
from frames import tagged, underlay, vm_frame

_SOON = 120  # seconds until nothing is expected any more; it takes far less than one
HEAD, RECORD = Flavour().head(), Flavour().record
INNER = vm_frame()


def awaited(descriptor: int, octets: bytes) -> bytes:
    """What has come out by the time these octets have; fails when they do not come."""
    seen, deadline = b"", time.monotonic() + _SOON
    while octets not in seen:
        assert select.select([descriptor], [], [], max(deadline - time.monotonic(), 0))[0], "it does not come out"
        new = os.read(descriptor, 1 << 16)
        assert new, "the output ended"
        seen += new
    return seen


@pytest.fixture
def map_file(tmp_path: Path) -> Path:
    path = tmp_path / "map.yaml"
    path.write_text(MAP)
    return path


@pytest.mark.parametrize(
    ("command", "sent", "received"),
    [("strip", underlay(INNER), INNER), ("tag", INNER, tagged(INNER)), ("untag", tagged(INNER), INNER)],
)
@pytest.mark.parametrize("container", ["pcap", "pcapng"])
def test_a_frame_comes_out_while_the_pipe_is_open(
    map_file: Path, command: str, sent: bytes, received: bytes, container: str
) -> None:
    """Also when its record comes in two parts, and when there is a pause."""
    head, record, result = (
        (HEAD, RECORD(sent), RECORD(received))
        if container == "pcap"
        else (PCAPNG_HEAD, pcapng_record(sent), pcapng_record(received))
    )
    words = ("--tenant", "none") if command == "strip" else ("-m", map_file)
    process = started(command, "-", "-", *words, "--summary", "none", stdin=subprocess.PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    feed = process.stdin.fileno()
    out = process.stdout.fileno()
    os.write(feed, head + record)
    assert awaited(out, result).count(result) == 1
    os.write(feed, record[:21])
    assert not select.select([out], [], [], 0.1)[0]
    os.write(feed, record[21:])
    assert awaited(out, result) == result
    os.write(feed, record * 3)
    assert awaited(out, result * 3) == result * 3
    assert process.poll() is None
    assert process.communicate(timeout=PATIENCE) == (b"", b"")
    assert process.returncode == 0


def test_frames_of_a_compressed_stream_come_out_as_they_are_flushed() -> None:
    import zlib

    process = started("strip", "-", "-", "--summary", "none", stdin=subprocess.PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    gzipped = zlib.compressobj(wbits=31)
    octets = gzipped.compress(HEAD + RECORD(underlay(INNER))) + gzipped.flush(zlib.Z_SYNC_FLUSH)
    os.write(process.stdin.fileno(), octets)
    awaited(process.stdout.fileno(), RECORD(INNER))
    os.write(process.stdin.fileno(), gzipped.flush())
    assert process.communicate(timeout=PATIENCE) == (b"", b"")
    assert process.returncode == 0


@pytest.mark.parametrize("source", ["-", "large.pcap", "large.pcapng", "large.pcap.gz"])
def test_a_reader_that_leaves_ends_it_quietly(tmp_path: Path, source: str) -> None:
    octets = large_pcap("strip", 20 << 20)
    (tmp_path / "large.pcap").write_bytes(octets)
    if source.endswith("ng"):
        (tmp_path / source).write_bytes(pcapng([underlay(vm_frame(1400))] * 5000))
    if source.endswith("gz"):
        (tmp_path / source).write_bytes(gzip.compress(octets, 1))
    with (tmp_path / "large.pcap").open("rb") as stdin:
        process = started("strip", source, "-", "-j", "2", cwd=tmp_path, stdin=stdin)
        assert process.stdout is not None
        os.read(process.stdout.fileno(), 24)
        process.stdout.close()
        assert process.wait(PATIENCE) == 141
    assert process.stderr is not None
    assert process.stderr.read() == b""
    process.stderr.close()


def test_a_reader_that_left_before_the_first_frame() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    process = started("strip", "-", "-", stdin=subprocess.PIPE, stdout=writing)
    os.close(writing)
    _, stderr = process.communicate(HEAD + RECORD(underlay(INNER)), timeout=PATIENCE)
    assert (process.returncode, stderr) == (141, b"")


def test_text_for_a_reader_that_left() -> None:
    for words in (("--help",), ("map", "schema")):
        reading, writing = os.pipe()
        os.close(reading)
        process = started(*words, stdout=writing)
        os.close(writing)
        _, stderr = process.communicate(timeout=PATIENCE)
        assert (process.returncode, stderr) == (141, b"")


def test_a_fast_producer_loses_nothing() -> None:
    """200,000 frames, each with a number in it."""
    frames = [INNER[:-4] + number.to_bytes(4, "big") for number in range(200_000)]
    ended = dovetool("strip", "-", "-", "--summary", "none", stdin=pcap(list(map(underlay, frames))))
    assert (ended.code, ended.stderr) == (0, "")
    assert ended.stdout == pcap(frames)


def test_a_pipe_gets_what_a_file_gets(tmp_path: Path) -> None:
    """Whatever the sizes of the pieces in which it comes."""
    octets = large_pcap("strip", 2 << 20)
    (tmp_path / "in.pcap").write_bytes(octets)
    assert dovetool("strip", "in.pcap", "out.pcap", "--rejects", "r.pcapng", cwd=tmp_path).code == 0
    process = started("strip", "-", "-", "--rejects", "piped.pcapng", cwd=tmp_path, stdin=subprocess.PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    at, step, received = 0, 1, b""
    while at < len(octets):
        if select.select([process.stdout], [], [], 0)[0]:
            received += os.read(process.stdout.fileno(), 1 << 20)
        if select.select([], [process.stdin], [], 0.01)[1]:
            at += os.write(process.stdin.fileno(), octets[at : at + min(step, 4096)])
            step = step * 3 % 7919 + 1
    stdout, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    assert received + stdout == (tmp_path / "out.pcap").read_bytes()
    assert (tmp_path / "piped.pcapng").read_bytes() == (tmp_path / "r.pcapng").read_bytes()


@pytest.mark.parametrize("size", [1 << 10, 20 << 20])
def test_named_pipes(tmp_path: Path, size: int) -> None:
    """As IN, as OUT and for the rejected frames; they stay what they are."""
    octets = large_pcap("strip", size)
    for name in ("in", "out.pcap", "rejects"):
        os.mkfifo(tmp_path / name)
    (tmp_path / "file.pcap").write_bytes(octets)
    words = ("strip", "file.pcap", "right.pcap", "--rejects", "right.pcapng", "-j", "1")
    assert dovetool(*words, cwd=tmp_path).code == 0
    for source in ("in", "file.pcap"):
        process = started(
            "strip", source, "out.pcap", "--rejects", "rejects", "-j", "2", "--summary", "none", cwd=tmp_path
        )
        helpers = [subprocess.Popen(["cat", tmp_path / "out.pcap"], stdout=subprocess.PIPE)]
        with (tmp_path / "got").open("wb") as got:
            helpers.append(subprocess.Popen(["cat", tmp_path / "rejects"], stdout=got))
        if source == "in":
            helpers.append(subprocess.Popen(["cp", tmp_path / "file.pcap", tmp_path / "in"]))
        received, _ = helpers[0].communicate(timeout=PATIENCE)
        assert [helper.wait(PATIENCE) for helper in helpers] == [0] * len(helpers)
        assert process.communicate(timeout=PATIENCE) == (b"", b"")
        assert process.returncode == 0
        assert received == (tmp_path / "right.pcap").read_bytes()
        assert (tmp_path / "got").read_bytes() == (tmp_path / "right.pcapng").read_bytes()
    assert all((tmp_path / name).is_fifo() for name in ("in", "out.pcap", "rejects"))


def test_the_output_of_a_shell(tmp_path: Path) -> None:
    """`/dev/stdout` and what a shell names for `>(command)`."""
    if not Path("/dev/fd").exists():
        pytest.skip("needs /dev/fd")
    octets = pcap([underlay(INNER)] * 3)
    for target in ("/dev/stdout", "/dev/fd/1"):
        ended = dovetool("strip", "/dev/stdin", target, "--summary", "none", cwd=tmp_path, stdin=octets)
        assert (ended.code, ended.stderr) == (0, "")
        assert frames_of(ended.stdout) == [INNER] * 3
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ("info {} --hash", "--hash reads a file twice; a pipe can be read once"),
        ("info {} --hash --workers 1", "--hash reads a file twice; a pipe can be read once"),
        ("validate {} --learn 5s", "--learn reads the capture twice; IN has to be a file"),
        ("follow in.pcap {} --rejects lost.pcapng", "--rejects reads captures twice; each has to be a file"),
        ("report in.pcap {} --follow -o page.html", "--follow reads captures twice; each has to be a file"),
    ],
)
@pytest.mark.parametrize("pipe", ["-", "/dev/stdin"])
def test_a_pipe_is_read_once(tmp_path: Path, pipe: str, words: str, complaint: str) -> None:
    """Whatever name leads to it, as the `/dev/fd/63` that a shell puts for `<(command)`."""
    (tmp_path / "in.pcap").write_bytes(pcap([INNER]))
    ended = dovetool(*words.format(pipe).split(), cwd=tmp_path, stdin=pcap([INNER]))
    assert (ended.code, ended.complaint) == (2, complaint)


def test_a_map_on_standard_input(tmp_path: Path) -> None:
    (tmp_path / "in.pcap").write_bytes(pcap([INNER]))
    ended = dovetool("tag", "in.pcap", "-", "-m", "-", "--summary", "none", cwd=tmp_path, stdin=MAP.encode())
    assert (ended.code, ended.stderr) == (0, "")
    assert frames_of(ended.stdout) == [tagged(INNER)]


def test_between_tcpdump_and_tshark(tmp_path: Path) -> None:
    tcpdump, tshark = shutil.which("tcpdump", path="/usr/sbin:/usr/bin:/bin"), shutil.which("tshark")
    if tcpdump is None or tshark is None:
        pytest.skip("needs tcpdump and tshark")
    (tmp_path / "in.pcap").write_bytes(pcap([underlay(vm_frame(size)) for size in range(60, 1000)]))
    script = (
        f'{tcpdump} -r in.pcap -w - | "$@" strip - - --summary none | {tshark} -r - -T fields -e frame.len -e ip.src'
    )
    ended = subprocess.run(
        ["sh", "-c", script, "sh", *COMMAND],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        check=True,
        timeout=PATIENCE,
    )
    assert b"dovetool" not in ended.stderr
    assert ended.stdout.decode().splitlines() == [f"{size}\t10.0.0.1" for size in range(60, 1000)]


@pytest.mark.parametrize("command", sorted(MIXTURES))
@pytest.mark.parametrize("suffix", [".gz", ".zst", ".lz4"])
def test_compressed_in_and_out(tmp_path: Path, map_file: Path, command: str, suffix: str) -> None:
    """The same frames as without; the tools that belong to a compression read what comes out, and so does dovetool."""
    tool = {".gz": "gzip", ".zst": "zstd", ".lz4": "lz4"}[suffix]
    if shutil.which(tool) is None:
        pytest.skip(f"needs {tool}")
    pytest.importorskip({".gz": "gzip", ".zst": "zstandard", ".lz4": "lz4.frame"}[suffix])
    (tmp_path / "in.pcap").write_bytes(large_pcap(command, 1 << 20))
    packed = subprocess.run([tool, "-c", "in.pcap"], cwd=tmp_path, capture_output=True, check=True)
    (tmp_path / f"in{suffix}").write_bytes(packed.stdout)
    words = ("-m", str(map_file)) if command != "strip" else ()
    for source, target, rejects in (
        ("in.pcap", "right.pcap", "right.pcapng"),
        (f"in{suffix}", f"out.pcap{suffix}", f"rejects.pcapng{suffix}"),
        (f"out.pcap{suffix}", f"again{suffix}", "none.pcapng"),
    ):
        again = (
            ["strip", source, target, "--tpid", "0x9999"]
            if source == f"out.pcap{suffix}"
            else [command, source, target, *words]
        )
        ended = dovetool(*again, "--rejects", rejects, "--summary", "none", cwd=tmp_path)
        assert (ended.code, ended.stderr) == (0, "")
    for packed_name, right in ((f"out.pcap{suffix}", "right.pcap"), (f"rejects.pcapng{suffix}", "right.pcapng")):
        plain = subprocess.run([tool, "-dc", packed_name], cwd=tmp_path, capture_output=True, check=True)
        assert plain.stdout == (tmp_path / right).read_bytes()
