"""No work at all: frames go on as they are, where a run is about which of them do."""

from __future__ import annotations

from typing import ClassVar

from dovetool.frame.view import FrameView
from dovetool.values import dataclass
from dovetool.verdict.verdict import Forward, Verdict

_AS_IT_IS = Forward(keeps_link=True)


@dataclass(frozen=True, slots=True)
class Keep:
    """Every frame goes on as it is.

    Attributes:
        name: what the summary calls it.
    """

    name: str

    change_times_ns: ClassVar[tuple[int, ...]] = ()

    def decide(self, view: FrameView) -> Verdict:
        """Nothing of it is looked at."""
        del view
        return _AS_IT_IS
