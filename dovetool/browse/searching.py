"""Search in the rows that are shown: a text in their columns, or octets in their frames."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import numpy as np

from dovetool.analysis.indexed.chosen_rows import ChosenRows
from dovetool.analysis.indexed.row_search import rows_with
from dovetool.browse.row_texts import RowTexts
from dovetool.capture.batch import Column
from dovetool.errors import UsageError
from dovetool.values import dataclass

_PART = 1 << 12
_HEX = re.compile(r"(?:0x|x:)(?P<digits>[0-9a-f:.\s-]*)", re.IGNORECASE)
_QUOTED = re.compile(r'"(?P<text>.+)"', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is searched for: octets, or without them a text, in small letters for those of any case."""

    text: str
    octets: bytes = b""

    @classmethod
    def of(cls, word: str) -> Wanted:
        """What a word asks for: `0x4500` and `x:45 00` octets, `"GET /"` the octets of a text, all else a text.

        Raises:
            UsageError: it is no octets.
        """
        match, quoted = _HEX.fullmatch(word), _QUOTED.fullmatch(word)
        if quoted is not None:
            return cls(word, quoted["text"].encode())
        if match is None:
            return cls(word)
        digits = re.sub(r"[:.\s-]", "", match["digits"])
        if not digits or len(digits) % 2:
            raise UsageError(f"{word}: expected two hexadecimal digits for each octet, as 0x4500 or x:45 00")
        return cls(word, bytes.fromhex(digits))

    @property
    def respects_case(self) -> bool:
        """A capital letter asks for capitals, as in `less -i`."""
        return self.text != self.text.lower()


@dataclass(frozen=True, slots=True)
class Hit:
    """Where something was found.

    Attributes:
        place: of the row among those that are shown.
        went_round: the search went on at the other end.
    """

    place: int
    went_round: bool = False


@dataclass(frozen=True, slots=True)
class Search:
    """A search.

    Attributes:
        wanted: what is searched for.
        chosen: the rows that are shown.
        texts: makes their texts, for the thread that searches.
    """

    wanted: Wanted
    chosen: ChosenRows
    texts: RowTexts

    def next(self, place: int, *, backward: bool = False, goes_on: Callable[[], bool] = lambda: True) -> Hit | None:
        """The next hit after a place, or before it; beyond the end it goes on at the other one.

        Returns:
            None when there is none, or when `goes_on` said no.
        """
        count = len(self.chosen)
        spans = ((0, place), (place, count)) if backward else ((place + 1, count), (0, place + 1))
        for went_round, (first, last) in enumerate(spans):
            for begin, end in _parts(first, last, backward=backward):
                if not goes_on():
                    return None
                hits = self._hits(self.chosen.rows(begin, end))
                if len(hits):
                    return Hit(begin + int(hits[-1 if backward else 0]), bool(went_round))
        return None

    def _hits(self, rows: Column) -> Column:
        """Which of some rows have what is searched for, by their place."""
        if self.wanted.octets:
            done, found = 0, [np.zeros(0, np.int64)]
            for batch in self.texts.capture.batches(rows):
                found.append(rows_with(batch, self.wanted.octets) + done)
                done += len(batch)
            return np.concatenate(found)
        done, found = 0, [np.zeros(0, np.int64)]
        for part, columns in self.texts.columns_of(rows):
            met = np.zeros(len(part), np.bool_)
            for column in columns:
                met |= self._has(column)
            found.append(np.flatnonzero(met) + done)
            done += len(part)
        return np.concatenate(found)

    def _has(self, column: list[str]) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        known: dict[str, bool] = {}
        for text in set(column):
            known[text] = self.wanted.text in (text if self.wanted.respects_case else text.lower())
        return np.fromiter((known[text] for text in column), np.bool_, len(column))


def _parts(first: int, last: int, *, backward: bool) -> Iterator[tuple[int, int]]:
    """A span in parts, which begin small, as a hit may be near."""
    size = 64
    while first < last:
        size = min(size * 4, _PART)
        if backward:
            yield max(first, last - size), last
            last -= size
        else:
            yield first, min(last, first + size)
            first += size
