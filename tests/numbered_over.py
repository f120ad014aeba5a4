"""Findings of several captures that follow each other, as those of one that holds them all."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import accumulate
from typing import Any


def numbered_over(report: dict[str, Any], frames: Mapping[str, int]) -> dict[str, Any]:
    """A report whose frames are numbered over all captures, of which each has so many."""
    before = dict(zip(frames, [0, *accumulate(frames.values())], strict=False))
    for finding in report["findings"]:
        finding["frames"] = [
            number + before[file] for file, number in zip(finding["files"], finding["frames"], strict=True)
        ]
        finding["files"] = []
    return report
