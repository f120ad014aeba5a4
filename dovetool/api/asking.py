"""What users pass, turned into the words that jobs take; and errors of jobs, turned into what users passed."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from dovetool.api import checks
from dovetool.capture.remote.location import place_of
from dovetool.engine.reassembly import Bounds
from dovetool.engine.threads import use
from dovetool.errors import CorruptCaptureError, UsageError
from dovetool.jobs.amounts import MOST_SECONDS

if TYPE_CHECKING:
    from dovetool.vnid_map import VnidMap

Words = str | int | Iterable[str | int]
"""A value or several; a text may hold several with commas between them."""
PathLike = str | os.PathLike[str]
_Result = TypeVar("_Result")
_OPTION = re.compile(r"(?<![\w-])--([a-z]+(?:-[a-z]+)*)[ =]?")
_OTHERS = (
    *(("-e help", "dovetool.COLUMNS"), ("-e ", "columns="), ("-Y:", "filter:"), ("-Y ", "filter=")),
    *(("-m MAP", "vnid_map="), ("(-m)", "(vnid_map=)")),
)
_MOST_MB, _MOST_PACKETS, _MOST_THREADS = 1 << 20, 1 << 31, 1 << 16
_NAMES = {"map": "vnid_map", "from": "from_"}


def words_of(given: object) -> list[str] | None:
    """The words for a job: of a value, or of several; None for none.

    Raises:
        TypeError: it is neither.
    """
    if isinstance(given, bytes):
        raise TypeError(f"expected text, a number, or several of these, not {given!r}")
    if isinstance(given, Iterable) and not isinstance(given, str):
        return [str(each) for each in given] or None
    return None if given is None else [str(given)]


def some_of(name: str, given: object) -> list[str] | None:
    """The words of what is chosen by; None: nothing is chosen by it. An empty list does not mean everything.

    Raises:
        UsageError: it is empty.
        TypeError: as `words_of`.
    """
    words = words_of(given)
    if words is None and given is not None:
        raise UsageError(f"{name}={given!r}: is empty, so it chooses nothing; None stands for all")
    return words


def tpid_word(tpid: int | str | None) -> str | None:
    """A TPID as a word."""
    return None if tpid is None else str(tpid)


def path_of(given: PathLike | None) -> Path | None:
    """A path; None for none.

    Raises:
        TypeError: it is something else.
    """
    return None if given is None else place_of(given)


def map_of(given: VnidMap | PathLike | None) -> VnidMap | Path | None:
    """A map, or the path of one.

    Raises:
        TypeError: it is something else.
    """
    if given is None or isinstance(given, str | os.PathLike):
        return path_of(given)
    from dovetool.vnid_map import VnidMap

    if not isinstance(given, VnidMap):
        raise TypeError(f"vnid_map: expected a VnidMap, or the path of a map file, not {type(given).__name__}")
    return given


def bounds_of(memory: int, packets: int, timeout: float) -> Bounds:
    """How much is held of packets that are not whole: MB, packets, and seconds until one is given up.

    Raises:
        UsageError: one is below its least, or above its most.
        TypeError: one is no number.
    """
    checks.checked(fragment_memory=(memory, 1, _MOST_MB), fragment_packets=(packets, 1, _MOST_PACKETS))
    if not isinstance(timeout, int | float):
        raise TypeError(f"fragment_timeout={timeout!r}: expected seconds")
    if not 0 <= timeout <= MOST_SECONDS:
        raise UsageError(f"fragment_timeout={timeout}: expected seconds, 0..1e9")
    return Bounds.of(memory, packets, timeout)


def work_with(jobs: int) -> None:
    """Work with so many threads from now on; 0: with as many as there are cores.

    Raises:
        UsageError: they are fewer than none.
        TypeError: it is no whole number.
    """
    checks.checked(jobs=(jobs, 0, _MOST_THREADS))
    use(jobs)


def one_of(name: str, word: str, known: Iterable[str]) -> str:
    """The word, if it is known.

    Raises:
        UsageError: it is not.
    """
    choices = list(known)
    if word not in choices:
        raise UsageError(f"{name}={word!r}: expected {', '.join(repr(str(choice)) for choice in choices)}")
    return word


@contextmanager
def in_python(others: Mapping[str, str] | None = None) -> Iterator[None]:
    """Let errors call options by the names that they have in Python: `tep=` for `--tep`."""
    try:
        yield
    except UsageError as error:
        text = _OPTION.sub(lambda match: f"{_python_name(match[1])}=", str(error))
        for word, name in (*_OTHERS, *(others or {}).items()):
            text = text.replace(word, name)
        error.args = (text,)
        raise


def undamaged(result: _Result, damage: CorruptCaptureError | None) -> _Result:
    """The result; where the captures are damaged from some point on, that is raised, with the result as `partial`."""
    if damage is not None:
        damage.partial = result
        raise damage
    return result


def _python_name(option: str) -> str:
    name = option.replace("-", "_")
    return _NAMES.get(name, name)
