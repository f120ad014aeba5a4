"""Findings, as `validate` tells of them."""

from __future__ import annotations

from typing import Literal

from typing_extensions import TypedDict


class Finding(TypedDict):
    """What is wrong, and in which frames."""

    severity: Literal["error", "warning", "info"]
    reason: str
    text: str
    source: str
    """what it rests on"""
    count: int
    frames: list[int]
    """the numbers of the first ten, each in its file"""
    files: list[str]
    """of several captures, the one that each of these is in; else none"""


class Findings(TypedDict):
    """`validate --json`."""

    command: Literal["validate"]
    frames: int
    octets: int
    hops: dict[str, int]
    """frames by hop"""
    cut: int
    """frames too short to judge in full"""
    errors: int
    warnings: int
    map: bool
    """whether there was one"""
    not_checked: list[str]
    """what was left out for want of a map"""
    findings: list[Finding]
    seconds: float
