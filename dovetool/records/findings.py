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
    count: int
    frames: list[int]


class Findings(TypedDict):
    """`validate --json`."""

    command: Literal["validate"]
    frames: int
    octets: int
    hops: dict[str, int]
    cut: int
    errors: int
    warnings: int
    map: bool
    not_checked: list[str]
    findings: list[Finding]
    seconds: float
