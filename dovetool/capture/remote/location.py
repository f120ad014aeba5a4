"""Where a capture is when it is not in the file system: by a URL."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Any, Self
from urllib.parse import unquote, urlsplit

if sys.platform == "win32":
    from pathlib import WindowsPath as OwnPath
else:
    from pathlib import PosixPath as OwnPath

_URL = re.compile(r"([a-z][a-z0-9+.-]+)://", re.IGNORECASE)
_WEB = ("http", "https")
_QUERY = re.compile(r"""(https?://[^\s?]*)\?\S*?(?=['")\]>,;:.]*(?:\s|$))""", re.IGNORECASE)
_PASSWORD = re.compile(r"(://[^\s/?:@]*):[^\s/?@]*@")


class Location(OwnPath):
    """A URL in the place of a path: its name and suffixes are those of its last part, and nothing of it is collapsed.

    Whatever goes by the name of a file can go by this. To the file system there is no such file; who opens files, lists
    folders or compares files asks first whether it is a location. Its text and its name are without secrets: what a web
    server is asked besides (`?...`), which a signed URL is signed by, and a password.

    Attributes:
        url: the URL, as it was given.
    """

    __slots__ = ("url",)

    def __new__(cls, url: str) -> Self:
        """The URL, as it was given."""
        return super().__new__(cls, _shown(url))

    def __init__(self, url: str) -> None:
        if sys.version_info >= (3, 12):
            super().__init__(_shown(url))
        self.url = url

    @property
    def scheme(self) -> str:
        """What stands before `://`."""
        return self.url.partition("://")[0].lower()

    @property
    def is_web(self) -> bool:
        """It is on a web server, which gives files, and neither lists nor takes them."""
        return self.scheme in _WEB

    @property
    def parent(self) -> Location:
        """The folder that it is in."""
        return Location(_without_query(self.url).rstrip("/").rpartition("/")[0])

    def with_name(self, name: str) -> Location:
        """Another one in the same folder."""
        return self.parent / name

    def __truediv__(self, name: str | os.PathLike[str]) -> Location:
        return Location(f"{_without_query(self.url).rstrip('/')}/{os.fspath(name)}")

    def __str__(self) -> str:
        return _shown(self.url)

    def __repr__(self) -> str:
        return f"Location({str(self)!r})"

    def __fspath__(self) -> str:
        return self.url

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Location) and self.url == other.url

    def __hash__(self) -> int:
        return hash(self.url)

    def __reduce__(self) -> tuple[Any, ...]:
        return Location, (self.url,)


def place_of(word: str | os.PathLike[str]) -> Path:
    """What a word means: a path, or where it begins as a URL does, a location; `file://` is a path as well."""
    if isinstance(word, Path):
        return word
    text = os.fspath(word)
    match = _URL.match(text)
    if match is None:
        return Path(text)
    return Path(unquote(urlsplit(text).path)) if match[1].lower() == "file" else Location(text)


def without_secrets(text: str) -> str:
    """A text without queries of web servers and passwords, where it has URLs."""
    return _PASSWORD.sub(r"\1@", _QUERY.sub(r"\1", text))


def _shown(url: str) -> str:
    return _PASSWORD.sub(r"\1@", _without_query(url))


def _without_query(url: str) -> str:
    return url.partition("?")[0] if url.lower().startswith(tuple(f"{each}://" for each in _WEB)) else url
