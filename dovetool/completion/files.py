"""Files whose names go on from what was typed."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path


def files(typed: str, ends: Sequence[str], *, folders_alone: bool = False) -> Iterator[str]:
    """Folders, with a slash, and files.

    Args:
        typed: a path, as far as it is there.
        ends: what names of files end with; none, or none of them there: any.
        folders_alone: no files.
    """
    before, slash, begin = typed.rpartition("/")
    folder = Path(f"{before}{slash}" or ".").expanduser()
    try:
        with os.scandir(folder) as entries:
            found = sorted((each.name, each.is_dir()) for each in entries if _is_meant(each.name, begin))
    except OSError:
        return
    wanted = [name for name, is_folder in found if not is_folder and name.endswith(tuple(ends))] if ends else []
    for name, is_folder in found:
        if is_folder or (not folders_alone and (name in wanted or not wanted)):
            yield f"{before}{slash}{name}{'/' if is_folder else ''}"


def _is_meant(name: str, begin: str) -> bool:
    return name.startswith(begin) and name.isprintable() and (begin.startswith(".") or not name.startswith("."))
