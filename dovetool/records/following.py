"""Packets from capture to capture, as `follow` tells of them."""

from __future__ import annotations

from typing import Literal, NotRequired

from typing_extensions import TypedDict


class Delay(TypedDict):
    """Percentiles; None where nothing arrived."""

    min: int | None
    p50: int | None
    p90: int | None
    p99: int | None
    max: int | None


class Counts(TypedDict):
    """What became of packets."""

    seen: int
    lost: int
    seen_later: int
    duplicated: int
    reordered: int
    misdelivered: int
    changed: dict[str, int]
    delay_ns: Delay


Way = TypedDict("Way", {"from": str, "to": str})
"""From which capture to which."""


class GroupHop(Way, Counts):
    """One hop of a group."""


class Bar(TypedDict):
    """A bar of a histogram."""

    from_ns: int | None
    to_ns: int | None
    packets: int


class Hop(GroupHop):
    """One hop."""

    delay_from_least: bool
    delay_histogram: list[Bar]
    outside: int
    passing: int
    lost_frames: list[int]


class Capture(TypedDict):
    """What a capture has."""

    name: str
    frames: int
    followed: int
    cut: int
    underlay: int
    first_ns: int | None
    last_ns: int | None


class Group(TypedDict):
    """A network; the packets between two addresses; a flow."""

    vnid: int | None
    network: str | None
    src: NotRequired[str | None]
    dst: NotRequired[str | None]
    protocol: NotRequired[int | None]
    src_port: NotRequired[int | None]
    dst_port: NotRequired[int | None]
    hops: list[GroupHop]


class Following(TypedDict):
    """`follow --json`."""

    command: Literal["follow"]
    compared: str
    captures: list[Capture]
    likely_order: list[str] | None
    clock_offset_ns: dict[str, int | None]
    hops: list[Hop]
    by: str
    groups: list[Group]
