"""Groups of frames with their rates, as rows of a table: what `top` shows."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from dovetool.analysis.rates import Moment, Rate
from dovetool.analysis.time_bins import SECOND
from dovetool.observe.grouping import Key, key_names
from dovetool.values import dataclass
from dovetool.views.key_columns import KeyColumn, key_columns
from dovetool.views.numbers import percent
from dovetool.views.plain import printable
from dovetool.vnid_map.texts import time_text

_UNITS = ("", " k", " M", " G", " T")
_THOUSAND = 1000
_MOST_KINDS = 3


class TopSort(StrEnum):
    """What groups are sorted by."""

    OCTETS = "octets"
    FRAMES = "frames"
    FINDINGS = "findings"
    KEY = "key"


@dataclass(frozen=True, slots=True)
class TopRows:
    """Makes rows.

    Attributes:
        by: what frames are summed up by.
        has_map: there is a map, so there are names and findings.
    """

    by: tuple[str, ...]
    has_map: bool

    def heads(self) -> list[tuple[str, bool, int]]:
        """Of each column the head, whether it is set to the right, and how easily it is spared."""
        keys = [(column.head, column.is_number, column.spare) for column in self._columns()]
        amounts = [("Frames/s", True, 0), ("bit/s", True, 0), ("Share", True, 1), ("Frames", True, 2)]
        return [*keys, *amounts, *([("Findings", False, 3)] if self.has_map else [])]

    def ranked(self, moment: Moment, sort: TopSort) -> list[tuple[Key, Rate]]:
        """The groups, those with most first; of equals the lower key."""
        return sorted(moment.groups.items(), key=lambda group: (-_amount(group[1], sort), _sorting(group[0])))

    def cells(self, key: Key, rate: Rate, moment: Moment) -> list[str]:
        """What stands in the columns."""
        record = dict(zip(key_names(self.by), key, strict=True))
        found = sorted(rate.findings.items(), key=lambda each: -each[1])
        kinds = [f"{reason} {count:,}" for reason, count in found[:_MOST_KINDS]]
        cells = [
            *(printable(column.text(record)) for column in self._columns()),
            _per_second(rate.frames, moment),
            _per_second(rate.octets * 8, moment),
            percent(rate.octets, moment.octets),
            f"{rate.frames:,}",
        ]
        if self.has_map:
            cells.append(", ".join(kinds) + (f" +{len(found) - _MOST_KINDS}" if len(found) > _MOST_KINDS else ""))
        return cells

    def _columns(self) -> Sequence[KeyColumn]:
        return [column for column in key_columns(self.by) if self.has_map or not column.is_name]

    def remark(self, moment: Moment) -> str:
        """The window in one line."""
        rest = f"; {moment.others.frames:,} frames of others" if moment.others.frames else ""
        frames, bits = _per_second(moment.frames, moment), _per_second(moment.octets * 8, moment)
        rates, now_ns = f"{frames} frames/s, {bits} bit/s", moment.last_ns // SECOND * SECOND
        return (
            f"{time_text(now_ns)}  {moment.seconds:.1f} s: {moment.frames:,} frames, {rates};"
            f" {moment.seen:,} in all{rest}"
        )


def _amount(rate: Rate, sort: TopSort) -> int:
    if sort is TopSort.FINDINGS:
        return sum(rate.findings.values())
    return {TopSort.OCTETS: rate.octets, TopSort.FRAMES: rate.frames}.get(sort, 0)


def _per_second(amount: int, moment: Moment) -> str:
    return rate_text(amount / moment.seconds) if moment.seconds else "-"


def rate_text(amount: float) -> str:
    """An amount in three digits and a unit."""
    unit = 0
    while amount >= _THOUSAND - 0.5 and unit < len(_UNITS) - 1:
        amount, unit = amount / _THOUSAND, unit + 1
    digits = 0 if amount >= 100 or not amount else 1 if amount >= 10 else 2
    return f"{amount:.{digits}f}{_UNITS[unit]}"


def _sorting(key: Key) -> list[tuple[bool, str, int]]:
    """Missing parts come last; numbers are in the order of numbers."""
    return [(part is None, part if isinstance(part, str) else "", part if isinstance(part, int) else 0) for part in key]
