"""Link types that dovetool does not read: whoever has such a capture is told so, once."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from dovetool.wire.links import is_read, link_name


def tell_unread(link_types: Iterable[int]) -> None:
    """Name the link types, of those of a capture's frames, that are not read; a line on standard error."""
    names = [link_name(link_type) for link_type in sorted(link_types) if not is_read(link_type)]
    if names:
        kinds = "link type" if len(names) == 1 else "link types"
        sys.stderr.write(f"dovetool: frames of {kinds} {', '.join(names)} are not read (not-ethernet)\n")
