"""Runs the real command as a process of its own.

To start the interpreter and to import what a command needs takes ten times as long as most commands do, so `dovetool`
forks a process that has it all: descriptors, signals, exit code and pipes are a process's own. `process` and `started`
start the interpreter too.
"""

from __future__ import annotations

import gc
import os
import pkgutil
import signal
import subprocess
import sys
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from importlib import import_module
from pathlib import Path
from threading import Timer
from typing import IO, NamedTuple, NoReturn

import dovetool as package

COMMAND = (sys.executable, "-m", "dovetool")
PATIENCE = 300
"""Seconds until a process is taken to hang, on a busy machine."""
_COLOURS = ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "TTY_COMPATIBLE", "TTY_INTERACTIVE")


class Ended(NamedTuple):
    """What came of a process."""

    code: int
    stdout: bytes
    stderr: str

    @property
    def complaint(self) -> str:
        """The one line on standard error."""
        assert self.stderr.startswith("dovetool: "), self.stderr
        assert self.stderr.count("\n") == 1, self.stderr
        assert self.stderr.endswith("\n")
        return self.stderr.removeprefix("dovetool: ")[:-1]


def environment(**settings: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in _COLOURS}
    return {**kept, "LC_ALL": "C.UTF-8", "TERM": "xterm", **settings}


_IMPORTED_LATE = ("numpy.ma", "rich._emoji_codes", "encodings.utf_8_sig", "typer._click.decorators")
"""By other packages, when they are used."""

_MAY_LACK = ("dovetool.core.", "dovetool.scapy", "dovetool.analysis.arrow", "dovetool.pictures.drawing")
"""Of ours: may not be compiled; not of a command; need what need not be installed."""


@cache
def _entry() -> Callable[[], None]:
    """What the command runs, once all that commands import is there."""
    for module in pkgutil.walk_packages(package.__path__, "dovetool."):
        if not module.name.startswith(_MAY_LACK):
            import_module(module.name)
    for name in ("dovetool.analysis.arrow", *_IMPORTED_LATE):
        with suppress(ImportError):
            import_module(name)
    main: Callable[[], None] = import_module("dovetool.__main__").main
    return main


def dovetool(
    *words: str | Path,
    cwd: Path | None = None,
    stdin: bytes = b"",
    settings: dict[str, str] | None = None,
    merged: bool = False,
) -> Ended:
    """Run a command to its end.

    Args:
        words: the command line.
        cwd: where to run it.
        stdin: what it can read.
        settings: more of the environment; not for what the interpreter reads when it starts.
        merged: what it says on standard error goes where its standard output does, as with `2>&1`.
    """
    main = _entry()
    (stdin_read, feed), (stdout, stdout_write), (stderr, stderr_write) = os.pipe(), os.pipe(), os.pipe()
    if merged:
        os.dup2(stdout_write, stderr_write)
    theirs = (stdin_read, stdout_write, stderr_write)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the threads of a test's worker do nothing in the child
        child = os.fork()
    if child == 0:
        _become(main, [*map(str, words)], cwd, environment(**settings or {}), theirs)
    for descriptor in theirs:
        os.close(descriptor)
    watch = Timer(PATIENCE, os.killpg, (child, signal.SIGKILL))
    watch.start()
    with ThreadPoolExecutor(3) as threads:
        threads.submit(_feed, feed, stdin)
        said, complained = threads.map(_drained, (stdout, stderr))
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    watch.cancel()
    return Ended(code, said, complained.decode())


def _feed(descriptor: int, octets: bytes) -> None:
    with open(descriptor, "wb") as pipe, suppress(BrokenPipeError):
        pipe.write(octets)
        pipe.flush()


def _drained(descriptor: int) -> bytes:
    with open(descriptor, "rb") as pipe:
        return pipe.read()


def _become(
    main: Callable[[], None],
    words: list[str],
    cwd: Path | None,
    settings: dict[str, str],
    streams: tuple[int, int, int],
) -> NoReturn:
    """Be the command, in the child, and end with it: nothing of the tests goes on."""
    code: object = 1
    try:
        os.setsid()
        for number, descriptor in enumerate(streams):
            os.dup2(descriptor, number)
        os.closerange(3, os.sysconf("SC_OPEN_MAX"))
        os.chdir(cwd or ".")
        os.environ.clear()
        os.environ.update(settings)
        sys.argv = ["dovetool", *words]
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115  (open to the end)
        sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
        gc.freeze()  # what the tests have made is nothing to look through
        main()
    except SystemExit as ending:
        code = ending.code
    except BaseException:  # as the interpreter would
        sys.excepthook(*sys.exc_info())
    finally:
        with suppress(OSError):
            sys.stderr.flush()
        os._exit(code if isinstance(code, int) else int(code is not None))


def process(
    *words: str | Path,
    cwd: Path | None = None,
    stdin: bytes = b"",
    settings: dict[str, str] | None = None,
) -> Ended:
    """The same from the start of the interpreter on."""
    ended = subprocess.run(
        [*COMMAND, *map(str, words)],
        cwd=cwd,
        input=stdin,
        env=environment(**settings or {}),
        capture_output=True,
        check=False,
        timeout=PATIENCE,
    )
    return Ended(ended.returncode, ended.stdout, ended.stderr.decode())


def started(
    *words: str | Path,
    cwd: Path | None = None,
    stdin: int | IO[bytes] = subprocess.DEVNULL,
    stdout: int | IO[bytes] = subprocess.PIPE,
    stderr: int | IO[bytes] = subprocess.PIPE,
    settings: dict[str, str] | None = None,
    before: tuple[str, ...] = (),
) -> subprocess.Popen[bytes]:
    """Start a command in a process group of its own; `before` is a command that turns into it."""
    return subprocess.Popen(
        [*before, *COMMAND, *map(str, words)],
        cwd=cwd,
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        env=environment(**settings or {}),
        start_new_session=True,
    )


def names_in(directory: Path) -> list[str]:
    """All that is there, hidden files too."""
    return sorted(os.listdir(directory))  # noqa: PTH208  (names, not paths)
