"""Who is told of a job while it is at work."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext

from dovetool.engine.reading import Progress
from dovetool.values import dataclass

Show = Callable[[str, int | None], AbstractContextManager[Progress | None]]


def _show_nothing(what: str, size: int | None) -> AbstractContextManager[Progress | None]:
    return nullcontext()


@dataclass(frozen=True, slots=True)
class Watch:
    """What is to be called; by itself, it tells nobody.

    Attributes:
        show: gets what is done, and the octets of a file, or None of a pipe; what it gives is called with how many of
            them are read, for as long as the work lasts.
        tell_links: gets the link types that the frames of a capture had, once it is read.
    """

    show: Show = _show_nothing
    tell_links: Callable[[Iterable[int]], object] = bool
