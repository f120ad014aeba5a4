"""Sums of traffic, as `stats` tells of them."""

from __future__ import annotations

from typing import NotRequired

from typing_extensions import TypedDict


class Amounts(TypedDict):
    """What was counted of a group of any kind; the names of its key come besides, so views can only make a dict."""

    frames: int
    octets: int
    overhead: NotRequired[int]
    first_ns: int
    last_ns: int
    series: NotRequired[list[int]]
    frames_sent: NotRequired[int]
    octets_sent: NotRequired[int]
    frames_received: NotRequired[int]
    octets_received: NotRequired[int]
    frames_a_to_b: NotRequired[int]
    octets_a_to_b: NotRequired[int]
    frames_b_to_a: NotRequired[int]
    octets_b_to_a: NotRequired[int]
    source_ports: NotRequired[int]
    evenness: NotRequired[float]


class Statistics(TypedDict):
    """`stats --json`."""

    by: str | list[str]
    frames: int
    octets: int
    overhead: int
    first_ns: int | None
    last_ns: int | None
    series_ns: int
    groups: list[Amounts]
