"""Live capture: in a network namespace of its own, where nothing but the test is heard; no program outlives it."""

from __future__ import annotations

import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from cli_process import PATIENCE, dovetool, environment
from extcap_side import Capture, capture
from frames import underlay, vm_frame
from netns import Namespace, namespaces
from plain_capture import read_capture
from wireshark_side import needs_tshark, new_home, wait_for

pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(sys.platform != "linux", reason="network namespaces are Linux's"),
    pytest.mark.skipif(shutil.which("dumpcap") is None, reason="dumpcap is not installed"),
]
DEVICE = "lo"
"""Every namespace has it, whatever the kernel is built with; its frames have Ethernet headers."""
INNER, OTHER = vm_frame(150), vm_frame(151)


@pytest.fixture
def namespace() -> Iterator[Namespace]:
    with namespaces(1) as [made]:
        yield made
        assert running_in(made) == {}, "something is left over"


def inside(namespace: Namespace) -> tuple[str, ...]:
    return ("ip", "netns", "exec", namespace.name)


def running_in(namespace: Namespace) -> dict[int, str]:
    """The programs that run in a namespace; those that have ended and wait to be noticed are none."""
    listed = subprocess.run(["ip", "netns", "pids", namespace.name], capture_output=True, text=True, check=True)
    found = {}
    for pid in map(int, listed.stdout.split()):
        try:
            found[pid] = Path(f"/proc/{pid}/comm").read_text().strip()
        except OSError:
            continue
    return found


def wait_for_silence(namespace: Namespace) -> None:
    """Until no program runs there any more."""
    wait_for("all programs to end", (not running_in(namespace) for _ in iter(int, 1)))


class Sender:
    """Sends frames again and again until they are seen, as nobody knows when a capture has really begun."""

    def __init__(self, tap: socket.socket, *frames: bytes) -> None:
        self._tap, self._frames = tap, frames
        self._enough = threading.Event()
        self._thread = threading.Thread(target=self._send)

    def _send(self) -> None:
        while not self._enough.wait(0.05):
            for frame in self._frames:
                self._tap.send(frame)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._enough.set()
        self._thread.join()


def awaited(stream: int, octets: bytes) -> bytes:
    """What has come by the time these octets have."""
    seen, end = b"", time.monotonic() + PATIENCE
    while octets not in seen:
        assert select.select([stream], [], [], max(end - time.monotonic(), 0))[0], "nothing comes"
        new = os.read(stream, 1 << 16)
        assert new, "the output ended"
        seen += new
    return seen


def begun(running: Capture, tap: socket.socket) -> bytes:
    """Wait until frames come through."""
    assert running.reader.stdout is not None
    with Sender(tap, underlay(OTHER, 5002), underlay(INNER)):
        return awaited(running.reader.stdout.fileno(), INNER)


@pytest.mark.parametrize("how", ["SIGTERM", "SIGINT", "SIGKILL", "the reader leaves"])
def test_nothing_outlives_a_capture(how: str, namespace: Namespace, tmp_path: Path) -> None:
    """No frame comes at the end that would tell anybody by a broken pipe."""
    words = ("--interface", DEVICE, "--vnid", "5001")
    with (
        namespace.packet_socket(DEVICE) as tap,
        capture(tmp_path, "dove-strip", *words, command=inside(namespace)) as c,
    ):
        seen = begun(c, tap)
        assert OTHER not in seen
        assert underlay(INNER)[:50] not in seen
        assert "dumpcap" in running_in(namespace).values()
        if how.startswith("SIG"):
            c.process.send_signal(getattr(signal, how))
        else:
            c.reader.kill()
        code = c.process.wait(PATIENCE)
        codes = {"SIGTERM": 143, "SIGINT": 130, "SIGKILL": -signal.SIGKILL}
        assert code == codes.get(how, 0)
        wait_for_silence(namespace)
        assert c.process.stderr is not None
        assert c.process.stderr.read() == b""


def test_a_capture_filter(namespace: Namespace, tmp_path: Path) -> None:
    """It chooses from the underlay."""
    wrong = underlay(OTHER)
    other_host = wrong[:30] + b"\xc0\0\2\x63" + wrong[34:]
    words = ("--interface", DEVICE, "--extcap-capture-filter", "dst host 192.0.2.2")
    with (
        namespace.packet_socket(DEVICE) as tap,
        capture(tmp_path, "dove-strip", *words, command=inside(namespace)) as c,
    ):
        assert c.reader.stdout is not None
        with Sender(tap, other_host, underlay(INNER)):
            assert OTHER not in awaited(c.reader.stdout.fileno(), INNER)
        c.process.terminate()
        assert c.process.wait(PATIENCE) == 143


def test_what_was_captured_comes_out(namespace: Namespace, tmp_path: Path) -> None:
    """Wireshark asks for the end by SIGTERM, and reads on: what the capturing program has seen comes, and is whole."""
    with (
        namespace.packet_socket(DEVICE) as tap,
        capture(tmp_path, "dove-strip", "--interface", DEVICE, command=inside(namespace)) as c,
    ):
        seen = begun(c, tap)
        for number in range(500):
            tap.send(underlay(vm_frame(152)[:-2] + number.to_bytes(2, "big")))
        c.process.terminate()
        (tmp_path / "seen.pcapng").write_bytes(seen + c.result())
        assert c.ended() == (143, "")
    sent = [frame.octets for frame in read_capture(tmp_path / "seen.pcapng") if len(frame.octets) == 152]
    assert [int.from_bytes(octets[-2:], "big") for octets in sent] == list(range(len(sent)))


@pytest.mark.skipif(shutil.which("tcpdump", path="/usr/bin:/usr/sbin") is None, reason="tcpdump is not installed")
def test_tcpdump_where_there_is_no_dumpcap(
    namespace: Namespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("ip", "cat", "tcpdump"):
        (programs / name).symlink_to(shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin") or "")
    monkeypatch.setenv("PATH", str(programs))
    words = ("--interface", DEVICE)
    with (
        namespace.packet_socket(DEVICE) as tap,
        capture(tmp_path, "dove-strip", *words, command=inside(namespace)) as c,
    ):
        begun(c, tap)
        assert "tcpdump" in running_in(namespace).values()
        c.process.kill()
        wait_for_silence(namespace)


@pytest.fixture
def ordinary_dumpcap() -> Iterator[Path]:
    """A folder with a dumpcap that runs as an ordinary user, and has its rights by file capabilities."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        real = shutil.copy(shutil.which("dumpcap") or "", folder / "real")
        words = ("setcap", "cap_net_raw,cap_net_admin+ep", real)
        if shutil.which("setpriv") is None or shutil.which("setcap") is None or subprocess.call(words):
            pytest.skip("needs setpriv, setcap, and a file system with capabilities")
        script = f'#!/bin/sh\nexec setpriv --reuid=65534 --regid=65534 --clear-groups {real} "$@"\n'
        (folder / "dumpcap").write_text(script)
        (folder / "dumpcap").chmod(0o755)
        yield folder


def test_a_dumpcap_with_rights_of_its_own(
    namespace: Namespace, tmp_path: Path, ordinary_dumpcap: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Linux forgets, for such a program, that it was to end with its parent."""
    probe = (*inside(namespace), str(ordinary_dumpcap / "dumpcap"), "-d", "-f", "udp", "-i", DEVICE)
    if subprocess.run(probe, capture_output=True, check=False).returncode:
        pytest.skip("file capabilities are not honoured here")
    monkeypatch.setenv("PATH", f"{ordinary_dumpcap}{os.pathsep}{os.environ['PATH']}")
    words = ("--interface", DEVICE)
    with (
        namespace.packet_socket(DEVICE) as tap,
        capture(tmp_path, "dove-strip", *words, command=inside(namespace)) as c,
    ):
        begun(c, tap)
        assert "real" in running_in(namespace).values()
        c.process.kill()
        wait_for_silence(namespace)


@needs_tshark
def test_tshark_captures_live(namespace: Namespace, tmp_path: Path) -> None:
    """The whole way: installed, listed, frames dissected as they come, and nothing left behind."""
    home = new_home(tmp_path / "home")
    assert dovetool("wireshark", "install", "--extcap", settings=home).code == 0
    words = ["-o", f"extcap.dove_strip.interface:{DEVICE}", "-o", "extcap.dove_strip.vnid:5001"]
    shown = ["-l", "-n", "-T", "fields", "-e", "frame.len", "-e", "frame.protocols", "-e", "ip.src"]
    shown += ["-e", "frame.interface_name", "-E", "separator=;"]
    with (
        namespace.packet_socket(DEVICE) as tap,
        subprocess.Popen(
            [*inside(namespace), "tshark", "-i", "dove-strip", *words, *shown],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment(**home),
            start_new_session=True,
        ) as process,
    ):
        try:
            assert process.stdout is not None
            with Sender(tap, underlay(OTHER, 5002), underlay(INNER)):
                line = process.stdout.readline().decode().strip().split(";")
            assert (line[0], *line[2:]) == ("150", "10.0.0.1", f"{DEVICE} vnid 5001")
            assert line[1].startswith("eth:ethertype:ip:udp")
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=PATIENCE)
            wait_for_silence(namespace)
        finally:
            process.kill()
