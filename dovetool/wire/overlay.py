"""The table of encapsulations.

A new one is a file of its own with a subclass of `Encapsulation`, and one line in `_TABLE`; the stages find it here by
name or by its selector and need no change.
"""

from __future__ import annotations

from collections.abc import Mapping

from dovetool.wire.encapsulation import Encapsulation, InnerVlan
from dovetool.wire.erspan import Erspan
from dovetool.wire.etherip import Etherip
from dovetool.wire.fields import MPLS_TYPES
from dovetool.wire.geneve import Geneve
from dovetool.wire.gretap import Gretap
from dovetool.wire.l2tpv3 import L2tpv3
from dovetool.wire.mpls_pseudowire import MplsPseudowire
from dovetool.wire.nsh import Nsh
from dovetool.wire.nvgre import Nvgre
from dovetool.wire.overlay_header import Carrier, OverlayFields, OverlayHeader
from dovetool.wire.pbb import Pbb
from dovetool.wire.stt import Stt
from dovetool.wire.tzsp import Tzsp
from dovetool.wire.vxlan import Vxlan
from dovetool.wire.vxlan_gpe import VxlanGpe

__all__ = [
    "CODECS",
    "ENCAPSULATIONS",
    "LOOK_ALIKE",
    "SELECTORS",
    "Carrier",
    "Encapsulation",
    "InnerVlan",
    "OverlayFields",
    "OverlayHeader",
    "Selector",
]

Selector = tuple[Carrier, int]
"""What marks an encapsulation: a carrier and a number in it, such as a UDP destination port."""


_TABLE: tuple[Encapsulation, ...] = (
    Vxlan(),
    VxlanGpe(),
    Geneve(),
    Nvgre(),  # before gretap: it shares that one's selector, and hands it what is not its own
    Gretap(),
    Erspan(),
    Pbb(),
    Stt(),
    Etherip(),
    L2tpv3(Carrier.IP, 115),
    L2tpv3(Carrier.UDP, 1701),
    MplsPseudowire(Carrier.UDP, 6635),
    MplsPseudowire(Carrier.GRE, *sorted(MPLS_TYPES)),
    Nsh(),
    Tzsp(),
)

CODECS: Mapping[tuple[str, Carrier], Encapsulation] = {(each.name, each.carrier): each for each in _TABLE}
"""Every encapsulation, by name and by what it is carried in."""

ENCAPSULATIONS: Mapping[str, Encapsulation] = {
    name: next(each for each in _TABLE if each.name == name) for name in dict.fromkeys(each.name for each in _TABLE)
}
"""The same by name; of one that several things carry, the first of the table."""

SELECTORS: Mapping[Selector, str] = {
    (encapsulation.carrier, number): encapsulation.name
    for encapsulation in reversed(_TABLE)
    for number in encapsulation.numbers
}
"""Registered selector -> name of the encapsulation; where two share one, the earlier in the table reads it."""

LOOK_ALIKE = frozenset({Nvgre.name, Gretap.name})
"""Encapsulations that share a selector, and that a header may be both of."""
