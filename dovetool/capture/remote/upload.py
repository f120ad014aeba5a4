"""A file that is written elsewhere, and is there only when it is whole."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from dovetool.capture.remote.store import store_of, told

if TYPE_CHECKING:
    from dovetool.capture.remote.location import Location

_PART = 1 << 24
"""Octets that are sent at a time; of 10,000 such parts, which is the most, a file may have 160 GB."""
_COMPLETED = ("s3", "s3a", "gs", "gcs", "abfs", "abfss", "az")
"""Stores where what was sent is no file before it is completed; elsewhere it gets its name at the end."""


class Upload:
    """A file under construction. Its errors are CaptureErrors."""

    def __init__(self, location: Location) -> None:
        self._location = location
        self._store, self._final = store_of(location)
        self._path = self._final if location.scheme in _COMPLETED else f"{self._final}.{os.urandom(4).hex()}.part"
        with self._told():
            if location.is_web:
                raise NotImplementedError
            self._file: Any = self._store.open(self._path, "wb", block_size=_PART, autocommit=self._path != self._final)

    def _told(self) -> Any:  # noqa: ANN401  (a context manager)
        return told(self._location, "cannot write ")

    def write(self, octets: memoryview) -> None:
        """Append octets, which may be sent later."""
        with self._told():
            self._file.write(octets)

    def commit(self) -> None:
        """The file is whole: let it be there."""
        try:
            with self._told():
                self._file.close()
                if self._path == self._final:
                    self._file.commit()
                else:
                    self._store.mv(self._path, self._final)
        except BaseException:
            self.discard()
            raise

    def discard(self) -> None:
        """The file is not whole: leave nothing of it behind."""
        with suppress(Exception):  # what stopped it is told
            if self._path == self._final:
                self._file.discard()
            else:
                self._file.close()
                self._store.rm_file(self._path)
        with suppress(AttributeError):
            self._file.closed = True  # or it would be completed when it is forgotten
