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
    """should come from the one to the other"""
    lost: int
    """of these"""
    seen_later: int
    """of the lost, further on"""
    duplicated: int
    reordered: int
    misdelivered: int
    changed: dict[str, int]
    """by field"""
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
    """clocks cannot be compared, so delays count from the least"""
    delay_histogram: list[Bar]
    outside: int
    """sent when the other was not captured"""
    passing: int
    """do not pass there"""
    lost_frames: list[int]
    """the first ten numbers"""


class Capture(TypedDict):
    """What a capture has."""

    name: str
    frames: int
    followed: int
    """of these frames"""
    cut: int
    """too short to be known again"""
    underlay: int
    """of the underlay itself"""
    first_ns: int | None
    last_ns: int | None


class Group(TypedDict):
    """A network; the packets between two addresses; a flow."""

    vnid: int | None
    network: str | None
    src: NotRequired[str | None]
    """by pair and flow; likewise what follows"""
    dst: NotRequired[str | None]
    ethertype: NotRequired[int | None]
    """by flow, of what is no IP"""
    protocol: NotRequired[int | None]
    """by flow; likewise what follows"""
    src_port: NotRequired[int | None]
    dst_port: NotRequired[int | None]
    hops: list[GroupHop]


class Following(TypedDict):
    """`follow --json`."""

    command: Literal["follow"]
    compared: str
    """of packets: all, begin or head"""
    captures: list[Capture]
    likely_order: list[str] | None
    """in the order that packets tell of; null where it is that of the command, or unknown"""
    clock_offset_ns: dict[str, int | None]
    """by capture: how far it is ahead of the first; null where packets do not go both ways"""
    hops: list[Hop]
    by: str
    groups: list[Group]
    """those with the most losses first"""
