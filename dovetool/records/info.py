"""What capture files are, and what is in them."""

from __future__ import annotations

from typing_extensions import TypedDict


class Interface(TypedDict):
    """An interface of a file."""

    interface: str | None
    link_type: int
    link: str
    snaplen: int
    """0: no limit"""
    frames: int
    dropped: int | None


class Sums(TypedDict):
    """What is there of frames, in one file or all."""

    frames: int
    octets: int
    captured: int
    """octets in the files"""
    first_ns: int | None
    last_ns: int | None


class File(Sums):
    """One file."""

    file: str
    format: str
    compression: str | None
    size: int | None
    sha256: str | None
    """with `--hash`"""
    damage: str | None
    longest: int
    in_time_order: bool
    untold_times: int
    """frames with times that 64 bits of nanoseconds cannot tell; they count for no time"""
    dropped: int | None
    """by pcapng's statistics"""
    interfaces: list[Interface]
    encapsulations: dict[str, int]
    """frames looked at, as `gre/vxlan`"""
    looked_at: int
    """how many frames were"""


class Info(Sums):
    """`info --json`."""

    files: list[File]
