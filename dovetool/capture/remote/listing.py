"""Which files are at a location: itself, those of a folder, or those that fit a pattern."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from glob import has_magic

from dovetool.capture.remote.location import Location
from dovetool.capture.remote.store import store_of, told


def is_there(location: Location) -> bool:
    """Say whether there is such a file; raises a CaptureError where that cannot be found out."""
    store, path = store_of(location)
    with told(location):
        store.invalidate_cache()
        return bool(store.exists(path))


def remove(location: Location) -> None:
    """Remove a file; raises a CaptureError where that cannot be."""
    store, path = store_of(location)
    with told(location, "cannot remove "):
        store.rm_file(path)


def folder_at(location: Location, *, recursive: bool) -> Sequence[Location] | None:
    """The files of a folder but for hidden ones, in any order; None where it is no folder.

    Raises:
        CaptureError: there is no such thing, or nobody may look.
    """
    if location.is_web:
        return None
    store, path = store_of(location)
    with told(location):
        store.invalidate_cache()
        if has_magic(path) or store.info(path)["type"] != "directory":
            return None
        return _locations(location, store.find(path, maxdepth=None if recursive else 1))


def matching(location: Location) -> Sequence[Location]:
    """The files that fit a pattern; none where it is no pattern, or nothing fits."""
    if location.is_web or not has_magic(location.url):
        return ()
    store, path = store_of(location)
    with told(location):
        store.invalidate_cache()
        found = store.glob(path, detail=True)
        return _locations(_unmagic(location), [name for name, about in found.items() if about["type"] == "file"])


def begins(location: Location, is_such: Callable[[bytes], bool], octets: int) -> bool:
    """Say whether the first octets of a file are such."""
    store, path = store_of(location)
    with told(location):
        return is_such(store.cat_file(path, start=0, end=octets))


def _locations(folder: Location, paths: Sequence[str]) -> list[Location]:
    """The files with these paths in the store, below a folder."""
    _, root = store_of(folder)
    found = [folder / path[len(root) :].lstrip("/") for path in paths]
    return [each for each in found if not each.name.startswith(".")]


def _unmagic(location: Location) -> Location:
    """The folder below which all is that a pattern may fit."""
    while has_magic(location.url):
        location = location.parent
    return location
