"""bash, zsh and fish in a terminal: a line is typed, completed and sent, and the words that a program gets are seen.

So what a shell has put in counts as that shell reads it, quotes and all.
"""

from __future__ import annotations

import os
import pty
import select
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from cli_process import PATIENCE

SHELLS = {"bash": ("bash", "--norc", "--noprofile", "-i"), "zsh": ("zsh", "-f", "-i"), "fish": ("fish", "-N", "-i")}
_BEGIN = {
    "bash": "PS1='> '; bind 'set enable-bracketed-paste off'; source {script}",
    "zsh": "PS1='> '; unsetopt zle_bracketed_paste; autoload -Uz compinit; compinit -D -u; source {script}",
    "fish": "function fish_prompt; echo '> '; end; source {script}",
}
PROGRAM = """#!/bin/sh
if [ -n "$_DOVETOOL_COMPLETE" ]; then exec '{python}' -m dovetool "$@"; fi
printf '%s\\n' "$@" > '{seen}.part' && mv '{seen}.part' '{seen}'
"""


class Shell:
    """A shell that waits for a line."""

    def __init__(self, folder: Path, terminal: int, seen: Path) -> None:
        self.folder, self._terminal, self._seen, self.shown = folder, terminal, seen, b""

    def completed(self, line: str) -> list[str]:
        """Type a line that begins with `dovetool`, have its end completed, send it; the words that dovetool gets."""
        self._seen.unlink(missing_ok=True)
        self.type(f"{line}\t")
        self.type("\r")
        self.until(self._seen.exists)
        return self._seen.read_text().splitlines()

    def run(self, line: str) -> None:
        """Send a line, and wait for its end."""
        done = self._seen.with_name("done")
        done.unlink(missing_ok=True)
        self.type(f"{line}; touch {done}\r")
        self.until(done.exists)

    def type(self, text: str) -> None:
        """Press keys."""
        os.write(self._terminal, text.encode())

    def until(self, is_so: Callable[[], bool]) -> None:
        """Read what is shown until something is so."""
        end = time.monotonic() + PATIENCE
        while not is_so():
            assert time.monotonic() < end, self.shown.decode(errors="replace")
            if select.select([self._terminal], [], [], 0.02)[0]:
                self.shown += os.read(self._terminal, 1 << 16)


@contextmanager
def started(name: str, folder: Path, script: str, begin: str = "") -> Iterator[Shell]:
    """A shell that has run a script, in a folder, with a `dovetool` that tells its words.

    Args:
        name: the shell.
        folder: where it works.
        script: what is in the file that `begin` reads.
        begin: its first line, with `{script}` for that file; else it reads it.
    """
    home = folder / ".home"
    (home / "bin").mkdir(parents=True)
    seen, program, source = home / "seen", home / "bin" / "dovetool", home / "script"
    program.write_text(PROGRAM.format(python=sys.executable, seen=seen))
    program.chmod(0o755)
    source.write_text(script)
    settings = {
        "HOME": str(home),
        "TERM": "xterm",
        "LC_ALL": "C.UTF-8",
        "PATH": f"{program.parent}:{os.environ['PATH']}",
    }
    kept = {each: os.environ[each] for each in ("PYTHONPATH", "DOVETOOL_CONFIG") if each in os.environ}
    command = SHELLS[name]
    process, terminal = pty.fork()
    if process == 0:
        os.chdir(folder)
        os.execve(shutil.which(command[0]) or "", command, {**settings, **kept})
    try:
        shell = Shell(folder, terminal, seen)
        shell.run((begin or _BEGIN[name]).format(script=source))
        yield shell
    finally:
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
        os.close(terminal)
