"""Tunnels of bare packets that are looked through: what stands between one IP header and the next."""

from __future__ import annotations

from collections.abc import Iterator

from dovetool.observe.dissection.between_headers import label_layouts
from dovetool.observe.dissection.headers import UDP
from dovetool.observe.dissection.layout import Layout, length_of
from dovetool.observe.dissection.overlay_headers import GTP, gre_layout, with_rest
from dovetool.wire import gtp

_GRE, _UDP, _MPLS = 47, 17, 137


def passage_layouts(protocol: int, octets: bytes) -> Iterator[tuple[str, str, Layout]]:
    """The headers behind IP that such a tunnel has: name, title, and how they are laid out.

    Args:
        protocol: number of the IP protocol.
        octets: what stands between the two IP headers.
    """
    if protocol == _GRE:
        layout = gre_layout(octets, nvgre=False)
        yield "gre", "GRE", layout
        yield from label_layouts(octets[length_of(layout) :])
    elif protocol == _UDP:
        yield "udp", "UDP", UDP
        behind = octets[length_of(UDP) :]
        if int.from_bytes(octets[2:4], "big") == gtp.PORT:
            yield "gtp", "GTP", with_rest(GTP, behind, "gtp.ext_hdr", "Sequence number and extension headers")
        else:
            yield from label_layouts(behind)
    elif protocol == _MPLS:
        yield from label_layouts(octets)
