"""Groups as bars of a picture, in the characters of a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from dovetool.values import dataclass
from dovetool.views.numbers import bar, percent
from dovetool.views.paper import Paper
from dovetool.views.plain import cut

_GAP = "  "


@dataclass(frozen=True, slots=True)
class BarChart:
    """Bars, one below the other.

    Attributes:
        title: what is counted.
        bars: labels, which are data, and amounts.
        whole: what the amounts are shares of.
    """

    title: str
    bars: Sequence[tuple[str, int]]
    whole: int

    def text(self, paper: Paper) -> str:
        """The picture: a line a bar, with its amount and its share."""
        from rich.cells import cell_len, set_cell_size

        most = max((amount for _, amount in self.bars), default=0)
        amounts = [f"{amount:,}" for _, amount in self.bars]
        shares = [percent(amount, self.whole) for _, amount in self.bars]
        wide = max(map(len, amounts), default=0), max(map(len, shares), default=0)
        room = paper.width - sum(wide) - 3 * len(_GAP)
        longest = max((cell_len(cut(label, paper.width)) for label, _ in self.bars), default=0)
        for_label = max(1, min(longest, room // 2))
        for_bar = max(1, room - for_label)
        lines = [cut(self.title, paper.width)]
        for (label, amount), number, share in zip(self.bars, amounts, shares, strict=True):
            drawn = bar(amount, most, for_bar, plain=not paper.is_unicode).ljust(for_bar)
            name = set_cell_size(cut(label, for_label), for_label)
            lines.append(_GAP.join((name, drawn, number.rjust(wide[0]), share.rjust(wide[1]))).rstrip())
        text = "\n".join(lines)
        return text if paper.is_unicode else text.replace("…", "~")
