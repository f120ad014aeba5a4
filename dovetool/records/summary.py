"""What commands that rewrite captures tell at their end."""

from __future__ import annotations

from typing import NotRequired

from typing_extensions import TypedDict


class Counts(TypedDict):
    """What became of frames."""

    frames_in: int
    forwarded: int
    unchanged: int
    """of the forwarded, those whose octets stay"""
    absorbed: int
    """fragments that became part of a packet"""
    frames_out: int
    replicas: int
    """copies and fragments beyond the first"""
    rejected: dict[str, int]
    """by reason"""
    notes: dict[str, int]
    """by reason, of forwarded frames; `fcs-removed` of all"""
    bytes_in: int
    bytes_out: int
    vnids: dict[str, int]
    """forwarded frames by VNID"""
    loss: dict[str, int]
    """what the new header has no place for, by kind"""


class Stage(Counts):
    """One of several stages."""

    command: str


class Summary(Stage):
    """`--summary json` of strip, tag, encap, decap, untag, translate, run and split."""

    seconds: float
    stages: NotRequired[list[Stage]]
    """only where there are several stages"""
    files: NotRequired[dict[str, int]]
    """frames by file, where frames are sorted"""
