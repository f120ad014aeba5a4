"""Maps that users pass, by path or loaded."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dovetool.analysis.frame_summary import Sight
from dovetool.api.asking import map_of
from dovetool.api.eyes import Eyes
from dovetool.jobs.looking import Looking
from dovetool.observe.names import Names
from dovetool.observe.observe import Observe

if TYPE_CHECKING:
    from dovetool.api.options import GivenMap
    from dovetool.frame.selectors import Selectors
    from dovetool.vnid_map import VnidMap


def loaded(given: GivenMap | None) -> VnidMap | None:
    """The map; None for none.

    Raises:
        MapError: it has mistakes.
        TypeError: it is no map.
    """
    known = map_of(given)
    if not isinstance(known, Path):
        return known
    from dovetool.vnid_map import VnidMap

    return VnidMap.load(known)


def needed(given: GivenMap | None) -> VnidMap:
    """The map, which there has to be; raises as `loaded` does."""
    known = loaded(given)
    if known is None:
        raise TypeError("vnid_map: expected a VnidMap, or the path of a map file, not None")
    return known


def file_of(given: GivenMap | None) -> Path | None:
    """The file of a map that was given by its path."""
    known = map_of(given)
    return known if isinstance(known, Path) else None


def eyes_by(vnid_map: VnidMap | None, decode_as: list[str] | None = None) -> Eyes:
    """What looks at frames that come out of stages; raises a UsageError for words that mark no overlay."""
    return eyes_of(vnid_map, *Looking.marks(vnid_map, decode_as, None))


def eyes_of(vnid_map: VnidMap | None, selectors: Selectors, tpid: int) -> Eyes:
    """What looks at frames that come out of stages."""
    return Eyes(Sight(Observe(selectors, tpid), Names(vnid_map)))
