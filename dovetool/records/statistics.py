"""Sums of traffic, as `stats` tells of them."""

from __future__ import annotations

from typing import NotRequired

from typing_extensions import TypedDict


class Amounts(TypedDict):
    """What was counted of a group of any kind; the names of its key come besides, so views can only make a dict."""

    frames: int
    octets: int
    overhead: NotRequired[int]
    """octets of tunnels and tags; not with `--by time` by itself"""
    first_ns: int
    last_ns: int
    series: NotRequired[list[int]]
    """octets over time; not with `--by time` by itself"""
    frames_sent: NotRequired[int]
    """by TEP, host and VM; likewise what follows"""
    octets_sent: NotRequired[int]
    frames_received: NotRequired[int]
    octets_received: NotRequired[int]
    frames_a_to_b: NotRequired[int]
    """by conversation; likewise what follows"""
    octets_a_to_b: NotRequired[int]
    frames_b_to_a: NotRequired[int]
    octets_b_to_a: NotRequired[int]
    source_ports: NotRequired[int]
    """how many, by pair"""
    evenness: NotRequired[float]
    """of flows over the source ports, 0 to 1, by pair"""


class Statistics(TypedDict):
    """`stats --json`."""

    by: str | list[str]
    """of several keys a list"""
    frames: int
    octets: int
    overhead: int
    """octets of tunnels and tags"""
    first_ns: int | None
    last_ns: int | None
    series_ns: int
    """what a number of a series stands for"""
    groups: list[Amounts]
