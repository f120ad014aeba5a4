"""Where the frames of a look have what each has for itself."""

from __future__ import annotations

from typing import NamedTuple

from dovetool.analysis.summaries import Look
from dovetool.observe.observation import DOVE, Level, Overlay

NOWHERE = -1
_TCP, _ICMP, _ICMPV6 = 6, 1, 58
_PARTS = (
    *("outer_src_mac", "outer_dst_mac", "outer_src", "outer_dst", "src_mac", "dst_mac", "src_ip", "dst_ip", "ports"),
    *("layer_src_mac", "layer_dst_mac", "layer_src", "layer_dst"),
)
PLACES = (
    *_PARTS,
    *(f"{name}_len" for name in _PARTS),
    *("outer_ip", "outer_udp", "ip", "tcp", "icmp", "layer_ip", "layer_udp"),
    *("start", "behind", "outer_behind", "layer_behind"),
)
"""Names of all places, and of the lengths of what stands there."""
ENDS = ("behind", "outer_behind", "layer_behind")
"""Those of octets behind the innermost frame, the outermost one, and that with the overlay header of the row."""


def end_of(name: str) -> int:
    """Which of the ends is that of the frame that a place is in."""
    behind = f"{name.partition('_')[0]}_behind"
    return ENDS.index(behind) if behind in ENDS else 0


class Entry(NamedTuple):
    """What rows have in common.

    Attributes:
        look: what their frames are.
        layer: which of the overlay headers they are about, from 0 for the outermost; `NOWHERE`: about none.
    """

    look: Look
    layer: int = NOWHERE

    @property
    def tunnel(self) -> Overlay | None:
        """The outermost tunnel; None for frames in none."""
        overlays = self.look.seen.levels[0].overlays
        return overlays[-1] if overlays and overlays[-1].encap != DOVE else None

    @property
    def header(self) -> tuple[Level, Overlay] | None:
        """The overlay header that they are about, and the frame that it stands in."""
        if self.layer == NOWHERE:
            return None
        return [(level, overlay) for level in self.look.seen.levels for overlay in level.overlays][self.layer]


def places_of(entry: Entry) -> list[int]:
    """Where all of `PLACES` are."""
    inner = entry.look.seen.inner
    found = dict.fromkeys(PLACES, NOWHERE) | {"start": inner.start, "behind": inner.behind}
    if entry.tunnel is not None:
        _tunnel_stands(found, "outer_", entry.look.seen.levels[0], entry.tunnel)
    if entry.header is not None:
        _tunnel_stands(found, "layer_", *entry.header)
    _stand(found, inner, "", "src_mac", "dst_mac", "src_ip", "dst_ip", "ports")
    if inner.protocol is not None:
        found["ip"] = inner.ip_at
        if not inner.is_later:
            found["tcp"] = inner.payload_at if inner.protocol == _TCP else NOWHERE
            found["icmp"] = inner.payload_at if inner.protocol in (_ICMP, _ICMPV6) else NOWHERE
    return [found[name] for name in PLACES]


def _tunnel_stands(found: dict[str, int], prefix: str, level: Level, overlay: Overlay) -> None:
    found |= {f"{prefix}behind": level.behind, f"{prefix}ip": _or_nowhere(overlay.ip_at)}
    found[f"{prefix}udp"] = _or_nowhere(overlay.port_at)
    _stand(found, level, prefix, "src_mac", "dst_mac")
    _stand(found, overlay, prefix, "src", "dst")


def _stand(found: dict[str, int], part: Level | Overlay, prefix: str, *names: str) -> None:
    for name in names:
        place = part.place(name)
        if place is not None:
            found |= {f"{prefix}{name}": place.at, f"{prefix}{name}_len": place.length}


def _or_nowhere(at: int | None) -> int:
    return NOWHERE if at is None else at
