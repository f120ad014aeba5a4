"""What commands that rewrite captures tell at their end."""

from __future__ import annotations

from typing import NotRequired

from typing_extensions import TypedDict


class Counts(TypedDict):
    """What became of frames."""

    frames_in: int
    forwarded: int
    unchanged: int
    absorbed: int
    frames_out: int
    replicas: int
    rejected: dict[str, int]
    notes: dict[str, int]
    bytes_in: int
    bytes_out: int
    vnids: dict[str, int]
    loss: dict[str, int]


class Stage(Counts):
    """One of several stages."""

    command: str


class Summary(Stage):
    """`--summary json` of strip, tag, encap, decap, untag, translate, run and split."""

    seconds: float
    stages: NotRequired[list[Stage]]
    files: NotRequired[dict[str, int]]
