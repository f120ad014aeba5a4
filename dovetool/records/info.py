"""What capture files are, and what is in them."""

from __future__ import annotations

from typing_extensions import TypedDict


class Interface(TypedDict):
    """An interface of a file."""

    interface: str | None
    link_type: int
    link: str
    snaplen: int
    frames: int
    dropped: int | None


class Sums(TypedDict):
    """What is there of frames, in one file or all."""

    frames: int
    octets: int
    captured: int
    first_ns: int | None
    last_ns: int | None


class File(Sums):
    """One file."""

    file: str
    format: str
    compression: str | None
    size: int | None
    sha256: str | None
    damage: str | None
    longest: int
    in_time_order: bool
    dropped: int | None
    interfaces: list[Interface]
    encapsulations: dict[str, int]
    looked_at: int


class Info(Sums):
    """`info --json`."""

    files: list[File]
