"""A question about frames whose answers are remembered, for whoever asks it of one new flow after the other.

What a frame is built of is the same in most flows: which headers there are and where. To find that out takes long, and
it needs few of the octets. So a question that is about these alone is asked through a view of its own; what was looked
at there is the key of its answer, as in the flow table, and counts as looked at by whoever asked.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

from dovetool.frame.view import FrameView, Sight

Answer = TypeVar("Answer")
_Key = tuple[object, ...]
_MOST_ANSWERS = 1 << 12
_MOST_SIGHTS = 16


class _Known(NamedTuple, Generic[Answer]):
    """An answer, with what was found on the way to it, and where the view ended then."""

    answer: Answer
    headers: dict[tuple[int, ...], object]
    behind: int


class Recall(Generic[Answer]):
    """Asks a question, and remembers the answers."""

    def __init__(self, ask: Callable[[FrameView], Answer]) -> None:
        """Ask about frames.

        Args:
            ask: the question. It may depend on nothing but what it reads through the view, the link type, and where
                the view ends; an error is not remembered.
        """
        self._ask = ask
        self._sights: dict[Sight, dict[_Key, _Known[Answer]]] = {}
        self._count = 0

    def __call__(self, view: FrameView) -> Answer:
        """The answer about a frame; raises as the question does."""
        context = view.link_type, view.behind
        for sight, answers in self._sights.items():
            key = sight.of(view)
            known = None if key is None else answers.get((context, *key))
            if known is not None:
                view.note(sight)
                view.headers.update(known.headers)
                view.behind = known.behind
                return known.answer
        return self._asked(view)

    def _asked(self, view: FrameView) -> Answer:
        context, apart = (view.link_type, view.behind), view.apart()
        try:
            answer = self._ask(apart)
        finally:
            sight = apart.sight()
            view.note(sight)
            view.headers.update(apart.headers)
            view.behind = apart.behind
        if self._count >= _MOST_ANSWERS or len(self._sights) >= _MOST_SIGHTS:
            self._sights, self._count = {}, 0
        key = sight.of(view)
        if key is not None:
            self._sights.setdefault(sight, {})[context, *key] = _Known(answer, apart.headers, apart.behind)
            self._count += 1
        return answer
