"""One of the captures that frames are sorted into, and what those are called that have no name of their own."""

from __future__ import annotations

from dovetool.values import dataclass


@dataclass(frozen=True, slots=True)
class Share:
    """One of the captures that frames are sorted into.

    Attributes:
        name: what it is called.
        is_given: the name comes from a map; the same name of our own is another capture.
    """

    name: str
    is_given: bool = False


NO_VNID, NO_TEP, NO_VM, NO_REASON = (Share(f"no-{what}") for what in ("vnid", "tep", "vm", "reason"))
UNTAGGED = Share("untagged")
