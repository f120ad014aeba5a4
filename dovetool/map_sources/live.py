"""What this host says of itself now: the commands of sources are run, and their outputs are documents."""

from __future__ import annotations

import os
import shlex
import socket
import subprocess
from collections.abc import Callable, Sequence

from dovetool.errors import MapSourceError
from dovetool.map_sources import sources
from dovetool.map_sources.documents import Source
from dovetool.map_sources.reading import Found, add
from dovetool.map_sources.statements import Origin

_PATIENCE_S = 60


def ask(
    wanted: Sequence[Source], found: Found, tell: Callable[[str], None], taken_ns: int | None, host: str = ""
) -> None:
    """Run the commands of sources on this host, and add what they print.

    Args:
        wanted: the sources.
        found: gets the documents.
        tell: is told of each command that fails; the others are run all the same.
        taken_ns: the time of the snapshot; None: not told.
        host: name of this host; empty: as it calls itself.

    Raises:
        MapSourceError: no command succeeds, there are none, or one prints broken JSON.
    """
    commands = list(dict.fromkeys(command for source in wanted for command in source.live_commands()))
    if not commands:
        names = ", ".join(source.name for source in wanted)
        raise MapSourceError("--live", "", f"no command of this host prints what {names} reads; give its files")
    outputs = [(command, output) for command in commands if (output := _output(command, tell)) is not None]
    if not outputs:
        raise MapSourceError("--live", "", "none of the commands could be run to its end")
    reduce = sources.reduction(wanted)
    for command, output in outputs:
        origin = Origin(f"`{shlex.join(command)}`", host=host or socket.gethostname(), taken_ns=taken_ns)
        add(found, origin, output, is_named=False, reduce=reduce)


def _output(command: tuple[str, ...], tell: Callable[[str], None]) -> bytes | None:
    """What a command prints; None: it failed, which is told."""
    shown = f"`{shlex.join(command)}`"
    try:
        done = subprocess.run(  # noqa: S603  (commands of our own, no shell)
            command,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=_PATIENCE_S,
            check=False,
            env={**os.environ, "LC_ALL": "C"},
        )
    except FileNotFoundError:
        tell(f"{shown}: there is no such program here")
    except OSError as error:
        tell(f"{shown}: cannot be run: {error.strerror}")
    except subprocess.TimeoutExpired:
        tell(f"{shown}: gave no answer in {_PATIENCE_S} s")
    else:
        if done.returncode == 0:
            return done.stdout
        said = done.stderr.decode(errors="replace").strip().splitlines()
        tell(f"{shown}: failed ({done.returncode}){': ' + said[-1] if said else ''}")
    return None
