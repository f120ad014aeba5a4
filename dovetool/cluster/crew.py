"""The processes that work, and what they make of tasks."""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from dovetool import __version__
from dovetool.errors import DovetoolError, UsageError
from dovetool.installed import how_to_add
from dovetool.values import dataclass

if TYPE_CHECKING:
    from distributed import Client, LocalCluster

_Task = TypeVar("_Task")
_Result = TypeVar("_Result")
_PATIENCE_S = 10


class LostWorkError(DovetoolError):
    """A task was given up: the processes that worked on it ended, one after the other."""


@dataclass(frozen=True, slots=True)
class Crew:
    """Who works.

    Attributes:
        workers: processes of this machine that are started for it; 0: those of a scheduler.
        scheduler: the address of a scheduler that has some, as `tcp://HOST:8786`.
    """

    workers: int = 0
    scheduler: str = ""

    @property
    def is_elsewhere(self) -> bool:
        """The workers may be on other machines, and have working folders of their own."""
        return bool(self.scheduler)

    def results(
        self, work: Callable[[_Task], _Result], batches: Iterable[Sequence[_Task]]
    ) -> Generator[tuple[int, _Result | LostWorkError], None, None]:
        """The number of each task and what `work` makes of it, as they come.

        The work begins with the first batch of tasks, while the next one is asked for. A task whose worker is lost is
        done again by another one, three times at most: so what it does must be whole, or nothing.

        Raises:
            UsageError: there is no such scheduler, or its workers have another dovetool; or Dask is not installed.
        """
        with self._client() as client:
            from distributed import as_completed  # noqa: PLC0415  (few commands share work out)

            futures = [future for batch in batches for future in client.map(work, batch, pure=False)]
            numbers = {future.key: number for number, future in enumerate(futures)}
            waiting = as_completed(futures, loop=client.loop)
            del futures
            for future in waiting:
                number = numbers.pop(future.key)
                error = future.exception()
                if error is not None and type(error).__name__ != "KilledWorker":
                    raise error
                lost = LostWorkError("given up: several workers ended while they worked on it (is memory short?)")
                yield number, future.result() if error is None else lost
                future.release()

    @contextmanager
    def _client(self) -> Iterator[Client]:
        try:
            from distributed import Client  # noqa: PLC0415  (few commands share work out)
        except ImportError:
            how = how_to_add("distributed")
            raise UsageError(f"--workers and --scheduler need distributed, which is not installed: {how}") from None
        if not self.scheduler:
            with _started(self.workers) as cluster, Client(cluster, set_as_default=False) as client:
                yield client
            return
        try:
            client = Client(self.scheduler, timeout=_PATIENCE_S, set_as_default=False)
        except (OSError, ValueError) as error:
            raise UsageError(f"--scheduler {self.scheduler}: no scheduler of Dask's answers there") from error
        with client:
            self._check(client)
            yield client

    def _check(self, client: Client) -> None:
        """Raise a UsageError where there is nobody to work, or who is there cannot."""
        try:
            versions = set(client.run(version_here, on_error="return").values())
        except (OSError, ValueError) as error:
            raise UsageError(f"--scheduler {self.scheduler}: {error}") from error
        if not versions:
            raise UsageError(f"--scheduler {self.scheduler}: has no workers")
        if versions != {__version__}:
            others = ", ".join(sorted({each if isinstance(each, str) else "none" for each in versions}))
            raise UsageError(f"--scheduler {self.scheduler}: its workers have dovetool {others}, and not {__version__}")


def _started(workers: int) -> LocalCluster:
    """Workers of this machine; raises a UsageError where the system refuses what they need."""
    from distributed import LocalCluster  # noqa: PLC0415  (few commands share work out)

    quiet = logging.CRITICAL  # a worker that is lost is no news: its tasks are done again
    logging.getLogger("distributed").setLevel(quiet)
    try:
        return LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
            silence_logs=quiet,
        )
    except (OSError, RuntimeError) as error:  # which of the two, and around what, depends on how far it came
        raise UsageError(f"--workers {workers}: they cannot be started: {_told(error)}") from error


def _told(error: BaseException) -> str:
    """What the system refused, where that is known: Dask wraps it once or twice."""
    cause: BaseException | None = error
    while cause is not None and not (isinstance(cause, OSError) and cause.strerror):
        cause = cause.__cause__
    if cause is None:
        return str(error)
    return f"{cause.filename}: {cause.strerror}" if cause.filename else str(cause.strerror)


def version_here() -> str:
    """The version of dovetool that a worker has."""
    return __version__
