"""Which frames of a capture are meant, as keywords say it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypedDict

from dovetool.api.asking import Words, some_of

if TYPE_CHECKING:
    from dovetool.analysis.frame_selection import Window
    from dovetool.observe.frame_filter import FrameFilter
    from dovetool.observe.names import Names


class Selecting(TypedDict, total=False):
    """The keywords that choose frames; they are those of `dovetool inspect`."""

    frame: Words | None
    from_: str | int | None
    to: str | int | None
    vnid: Words | None
    encap: Words | None
    tep: Words | None
    mac: Words | None
    ip: object
    vm: Words | None
    filter: str | None


class Selection(NamedTuple):
    """What was chosen by; the words are those of the command line. None: it does not matter."""

    frame: list[str] | None = None
    from_: str | None = None
    to: str | None = None
    vnid: list[str] | None = None
    encap: list[str] | None = None
    tep: list[str] | None = None
    mac: list[str] | None = None
    ip: list[str] | None = None
    vm: list[str] | None = None
    filter: str | None = None

    def narrowed(self, more: Selection) -> Selection:
        """The same, with what else is chosen by."""
        chosen = (new if new is not None else old for old, new in zip(self, more, strict=True))
        return Selection(*chosen)  # type: ignore[arg-type]  # each is of its place

    def window(self) -> Window:
        """The frames by number and time; raises a UsageError."""
        from dovetool.jobs.window import window_of

        return window_of(self.frame, self.from_, self.to)

    def wanted(self, names: Names) -> FrameFilter:
        """The frames by what they are; raises a UsageError."""
        from dovetool.jobs.selection import frame_filter

        return frame_filter(names, self.vnid, self.encap, self.tep, self.mac, self.ip, self.vm)


def selection_of(chosen: Selecting) -> Selection:
    """What keywords choose.

    Raises:
        TypeError: there is no such keyword, or a value is none of its kind.
        UsageError: a list of values is empty.
    """
    unknown = sorted(set(chosen) - set(Selection._fields))
    if unknown:
        raise TypeError(f"{unknown[0]}: no such keyword; frames are chosen by {', '.join(Selection._fields)}")
    single = {"from_", "to", "filter"}
    texts = {name: None if chosen.get(name) is None else str(chosen.get(name)) for name in single}
    return Selection(
        **texts,  # type: ignore[arg-type]  # they are the single ones
        **{name: some_of(name, chosen.get(name)) for name in Selection._fields if name not in single},  # type: ignore[arg-type]
    )
