"""A colour for each network: as far apart as they can be, pale enough to read black text on."""

from __future__ import annotations

import colorsys

_GOLDEN = 0.618033988749895  # the fraction of the circle of hues after which the next one is farthest from all before
_FULL = 0xFFFF


def colour_pair(index: int) -> str:
    """Background and foreground of the network with that index, as in a file of Wireshark's: `[r,g,b][r,g,b]`."""
    hue = (0.58 + index * _GOLDEN) % 1.0  # the first is blue
    red, green, blue = (int(part * _FULL) for part in colorsys.hls_to_rgb(hue, 0.86, 0.75))
    return f"[{red},{green},{blue}][0,0,0]"
