"""Into which captures a frame is sorted: by its network, its tunnel end points or its encapsulation.

The frame stays as it is. As a stage does, a sorter reads it through a `FrameView`, so that one answer serves a flow.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Protocol

from dovetool.frame.view import FrameView
from dovetool.observe.names import Names
from dovetool.observe.observation import DOVE
from dovetool.observe.observe import Observe
from dovetool.observe.share import NO_TEP, NO_VNID, UNTAGGED, Share
from dovetool.wire.addresses import address_text


class Sorter(Protocol):
    """Sorts frames.

    Attributes:
        change_times_ns: ascending times in ns; between two of them the answer does not depend on the time.
    """

    @property
    def change_times_ns(self) -> tuple[int, ...]: ...  # noqa: D102  (see Attributes)

    def shares(self, view: FrameView) -> tuple[Share, ...]:
        """The captures that a frame goes into, one at least; never raises for what a frame may hold."""


@dataclass(frozen=True, slots=True)
class ByVnid:
    """By the network that the innermost frame travels in."""

    observe: Observe
    names: Names = field(default_factory=Names)

    change_times_ns: ClassVar[tuple[int, ...]] = ()

    def shares(self, view: FrameView) -> tuple[Share, ...]:
        """The network's capture."""
        vnid = self.names.vnid(self.observe.observe(view))
        if vnid is None:
            return (NO_VNID,)
        name = self.names.network(vnid)
        return (Share(f"vnid-{vnid}") if name is None else Share(name, is_given=True),)


@dataclass(frozen=True, slots=True)
class ByEncap:
    """By the outermost overlay: an encapsulation, or the DOVE tag."""

    observe: Observe
    names: Names = field(default_factory=Names)

    change_times_ns: ClassVar[tuple[int, ...]] = ()

    def shares(self, view: FrameView) -> tuple[Share, ...]:
        """The encapsulation's capture."""
        overlays = self.names.overlays(self.observe.observe(view))
        return (Share(overlays[0].encap) if overlays else UNTAGGED,)


@dataclass(frozen=True, slots=True)
class ByTep:
    """By the two ends of the outermost tunnel; the observer has to look at the underlay."""

    observe: Observe
    names: Names = field(default_factory=Names)

    change_times_ns: ClassVar[tuple[int, ...]] = ()

    def shares(self, view: FrameView) -> tuple[Share, ...]:
        """The capture of the tunnel end point that sends, and of the one that receives."""
        tunnels = [overlay for overlay in self.observe.observe(view).overlays if overlay.encap != DOVE]
        if not tunnels or not tunnels[0].src:
            return (NO_TEP,)
        return tuple(dict.fromkeys(map(self._share, (tunnels[0].src, tunnels[0].dst))))

    def _share(self, address: bytes) -> Share:
        tep = self.names.tep(address)
        return Share(address_text(address)) if tep is None else Share(tep, is_given=True)
