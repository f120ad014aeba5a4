"""A signal that asks to end does so, wherever in the program it comes."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import pytest
from cli_process import PATIENCE

from dovetool.capture.ending import Ending

_IN_A_FINALIZER = """
import os, sys, time
from dovetool.cli.stopping import stop_on_signals

class Dying:
    def __del__(self):
        os.kill(os.getpid(), int(sys.argv[1]))
        for _ in range(1000):
            pass

stop_on_signals()
try:
    Dying()
    time.sleep(1000)
except KeyboardInterrupt:
    print("interrupted")
finally:
    print("cleaned up")
"""


@pytest.mark.parametrize(
    ("number", "code", "said"),
    [(signal.SIGINT, 0, "interrupted\ncleaned up\n"), (signal.SIGTERM, 128 + signal.SIGTERM, "cleaned up\n")],
)
def test_a_signal_in_a_finalizer_is_not_lost(number: signal.Signals, code: int, said: str) -> None:
    words = [sys.executable, "-c", _IN_A_FINALIZER, str(int(number))]
    ended = subprocess.run(words, capture_output=True, text=True, check=False, timeout=PATIENCE)
    assert (ended.returncode, ended.stdout, ended.stderr) == (code, said, "")


def test_other_mistakes_in_a_finalizer_are_told() -> None:
    script = _IN_A_FINALIZER.replace("os.kill(", "undefined(").replace("time.sleep(1000)", "pass")
    words = [sys.executable, "-c", script, "0"]
    ended = subprocess.run(words, capture_output=True, text=True, check=False, timeout=PATIENCE)
    assert (ended.returncode, ended.stdout) == (0, "cleaned up\n")
    assert "NameError" in ended.stderr


def test_a_signal_that_comes_twice_at_once_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """As timeout(1) sends it, to the process and to its group; the next one that somebody sends is another."""
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setattr(signal, "set_wakeup_fd", lambda *_, **__: -1)
    told: list[None] = []
    live = Ending(is_armed=True, tell_sender=lambda: told.append(None))
    assert not live.takes(signal.SIGTERM)
    assert live.exit_code == 0
    live.begin()
    assert [live.takes(signal.SIGTERM), live.takes(signal.SIGTERM)] == [True, True]
    now[0] += 0.2
    assert not live.takes(signal.SIGINT)
    assert (live.exit_code, told) == (143, [None])


_WHILE_IMPORTING = """
import os, signal, sys
import dovetool.__main__

class Interrupting:
    def find_spec(self, name, path, target=None):
        if name == "typer":
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Interrupting())
dovetool.__main__.main()
"""


def test_ctrl_c_at_the_very_beginning() -> None:
    """While the program is still being imported, it ends as any other does, without a traceback."""
    words = [sys.executable, "-c", _WHILE_IMPORTING]
    ended = subprocess.run(words, capture_output=True, text=True, check=False, timeout=PATIENCE)
    assert (ended.returncode, ended.stdout, ended.stderr) == (-signal.SIGINT, "", "")


def test_ctrl_c_that_is_ignored_stays_so() -> None:
    """A shell has it ignored for what it runs in the background."""
    script = "import signal, sys; signal.signal(signal.SIGINT, signal.SIG_IGN); import dovetool.__main__ as program; "
    script += "sys.argv[1:] = ['--version']\ntry: program.main()\nfinally: "
    script += "print(signal.getsignal(signal.SIGINT) == signal.SIG_IGN)"
    ended = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=PATIENCE
    )
    assert ended.stdout.endswith("True\n"), ended.stderr
