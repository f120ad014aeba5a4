"""What keeps captures elsewhere: fsspec's file systems, and in one line what they have to complain about."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from dovetool.capture.remote.location import without_secrets
from dovetool.errors import CaptureError, DovetoolError
from dovetool.installed import how_to_add

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

    from dovetool.capture.remote.location import Location

_LIBRARIES = {
    **dict.fromkeys(("s3", "s3a"), "s3fs"),
    **dict.fromkeys(("gs", "gcs"), "gcsfs"),
    **dict.fromkeys(("abfs", "abfss", "az"), "adlfs"),
    **dict.fromkeys(("http", "https"), "aiohttp"),
}
"""What fsspec reads a kind of store with; the others say so themselves."""


def store_of(location: Location) -> tuple[AbstractFileSystem, str]:
    """The file system that a location is in, and its path there.

    Raises:
        CaptureError: nobody knows such URLs, or a library that it takes is not installed.
    """
    library = _LIBRARIES.get(location.scheme, "fsspec")
    with told(location):
        try:
            from fsspec.core import url_to_fs  # noqa: PLC0415  (few commands work elsewhere)
        except ImportError:
            raise _missing(location, "fsspec") from None
        try:
            options = _patient() if location.is_web else {}
            found: tuple[AbstractFileSystem, str] = url_to_fs(location.url, **options)
        except ImportError as error:
            if library == "fsspec":
                raise CaptureError(f"{location}: {without_secrets(str(error))}") from error
            raise _missing(location, library) from error
    return found


def _patient() -> dict[str, Any]:
    """Options for web servers: a large file may take longer than five minutes, as long as something comes."""
    from aiohttp import ClientTimeout  # noqa: PLC0415  (few commands work elsewhere)

    return {"client_kwargs": {"timeout": ClientTimeout(total=None, sock_connect=30, sock_read=60)}}


def _missing(location: Location, library: str) -> CaptureError:
    return CaptureError(f"{location}: {location.scheme}:// needs {library}, not installed here: {how_to_add(library)}")


@contextmanager
def told(location: Location, doing: str = "") -> Iterator[None]:
    """Whatever goes wrong meanwhile becomes a CaptureError, which begins with `doing` and the location."""
    try:
        yield
    except (DovetoolError, MemoryError):
        raise
    except Exception as error:  # each store has errors of its own
        raise CaptureError(f"{doing}{location}: {_reason(error, location)}") from error


def _reason(error: Exception, location: Location) -> str:
    """What went wrong, on one line; libraries like to say the whole URL."""
    told = error.__cause__ if type(error.__cause__).__module__.startswith("aiohttp") else None  # why, of a web server
    text = without_secrets(" ".join(str(told or error).replace(location.url, str(location)).split()))
    if told is not None and isinstance(error, FileNotFoundError):
        return text
    if isinstance(error, FileNotFoundError) and "bucket" not in text.lower():
        return "no such file there"
    if isinstance(error, PermissionError):
        return f"access denied ({text})" if text else "access denied"
    if isinstance(error, NotImplementedError):
        return "such a server takes no files"
    if type(error).__name__ == "NoCredentialsError":  # botocore's, of which nothing is imported here
        return "no credentials; give them as the store's own programs want them (for s3: AWS_ACCESS_KEY_ID, ~/.aws)"
    return text or type(error).__name__
