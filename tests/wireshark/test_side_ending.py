"""No tshark outlives the code that asked it, however that ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from cli_traffic import Flavour
from frames import tagged, vm_frame
from wireshark_side import children, is_tshark, needs_tshark, python, wait_for

pytestmark = [
    needs_tshark,
    pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc"),
]

ASK = """
from pathlib import Path
from dovetool.wireshark.tshark import matching_frames
{before}
numbers = matching_frames(Path("-"), "frame.number == 1")
print(next(numbers), flush=True)
{then}
"""
HANDLER = "import signal, sys; signal.signal(signal.SIGTERM, lambda *_: sys.exit(3))"
DISSECT = """
import sys
from pathlib import Path
from dovetool.wireshark.packets import packets
packets(Path(sys.argv[1]), [int(sys.argv[2])])
"""


@pytest.fixture(autouse=True)
def folder_for_all(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whoever is killed leaves files behind: here, where the user that tshark runs as may read them too."""
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        monkeypatch.setenv("TMPDIR", folder)
        yield


def live_capture() -> bytes:
    """The beginning of a capture that goes on: more than tshark waits for before it says anything."""
    return Flavour().head() + Flavour().record(tagged(vm_frame())) * 2000


def tshark_of(process: subprocess.Popen[bytes]) -> int:
    """Wait for the tshark that a process started."""

    def looks() -> Iterator[int]:
        while process.poll() is None:
            yield next((pid for pid in children(process.pid) if is_tshark(pid)), 0)

    found = wait_for("tshark to start", looks())
    assert isinstance(found, int)
    return found


def has_ended(pid: int) -> Iterator[bool]:
    while True:
        yield not is_tshark(pid)


@contextmanager
def asking(code: str) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """A program that has got a number, and whose tshark waits for more of the capture as long as this lasts.

    It has nothing more to print, so that nobody's absence is noticed by a broken pipe.
    """
    end, beginning = os.pipe()
    process = python(code, stdin=end, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    os.close(end)
    with process, os.fdopen(beginning, "wb", buffering=0) as capture:
        try:
            assert process.stdout is not None
            assert capture.write(live_capture()) == len(live_capture())
            assert process.stdout.readline() == b"1\n"
            yield process, tshark_of(process)
        finally:
            process.kill()


@pytest.mark.parametrize(
    ("number", "before"),
    [
        (signal.SIGINT, ""),
        (signal.SIGTERM, ""),
        (signal.SIGTERM, HANDLER),
        (signal.SIGKILL, ""),
    ],
    ids=["Ctrl-C", "SIGTERM", "SIGTERM handled", "SIGKILL"],
)
def test_a_signal_ends_tshark_too(number: signal.Signals, before: str) -> None:
    """The signal goes to our process alone, and the capture has not ended: nothing else tells tshark to stop."""
    with asking(ASK.format(before=before, then="for number in numbers: pass")) as (process, pid):
        process.send_signal(number)
        process.wait()
        wait_for("tshark to end", has_ended(pid))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has rights to give up")
def test_root_gives_up_its_rights() -> None:
    with asking(ASK.format(before="", then="for number in numbers: pass")) as (_, pid):
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        identities = {line.split(":")[0]: set(line.split()[1:]) for line in lines if line.startswith(("Uid", "Gid"))}
    assert "0" not in identities["Uid"] | identities["Gid"]


@pytest.mark.parametrize(
    "then",
    ["numbers.close()\nsignal.pause()", "del numbers\nsignal.pause()", "raise ValueError", "sys.exit()"],
    ids=["close", "forgotten", "error", "exit"],
)
def test_whoever_stops_asking_ends_tshark(then: str) -> None:
    """The program does so when it is told to by SIGUSR1, and goes on afterwards or ends."""
    before = "import signal, sys; signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])"
    with asking(ASK.format(before=before, then=f"signal.sigwait([signal.SIGUSR1])\n{then}")) as (process, pid):
        process.send_signal(signal.SIGUSR1)
        wait_for("tshark to end", has_ended(pid))


def large_capture(path: Path, frames: int) -> Path:
    path.write_bytes(Flavour().head() + Flavour().record(tagged(vm_frame())) * frames)
    return path


@pytest.mark.skipif(find_spec("pyshark") is None, reason="pyshark is not installed")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_full_dissection_ends_with_its_asker(number: signal.Signals, tmp_path: Path) -> None:
    capture = large_capture(tmp_path / "large.pcap", 200_000)
    with python(DISSECT, capture, "200000", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        pid = tshark_of(process)
        process.send_signal(number)
        process.wait()
        wait_for("tshark to end", has_ended(pid))
