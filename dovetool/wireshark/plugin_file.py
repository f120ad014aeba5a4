"""The plugin itself: a file of this package, and how a copy of it is told from other people's files."""

from __future__ import annotations

import re
from pathlib import Path

NAME = "dove.lua"
_VERSION = re.compile(rb"version\s*=\s*\"([^\"\n]+)\"", re.IGNORECASE)
_PROTOCOL = re.compile(rb"\bProto\W+\"dove\"")


def content() -> bytes:
    """The plugin as it comes with dovetool."""
    return Path(__file__).with_name(NAME).read_bytes()


def version_in(octets: bytes) -> str:
    """The version that a copy of the plugin gives itself; empty: it is not our plugin, or hides it."""
    match = _VERSION.search(octets)
    return match[1].decode(errors="replace") if match is not None and is_ours(octets) else ""


def is_ours(octets: bytes) -> bool:
    """Say whether a Lua file is a copy of the plugin, of whatever version."""
    return b"dovetool" in octets and _PROTOCOL.search(octets) is not None
