"""The table of encapsulations, and the face that each of them has.

A new encapsulation is a file of its own with a class that has this face, and one line in `_TABLE`; the stages
find it here by name or by its selector and need no change.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from dovetool.wire.erspan import Erspan
from dovetool.wire.etherip import Etherip
from dovetool.wire.fields import MPLS_TYPES, Readable, Vnid
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
    "SELECTORS",
    "Carrier",
    "Encapsulation",
    "OverlayFields",
    "OverlayHeader",
    "Selector",
]

Selector = tuple[Carrier, int]
"""What marks an encapsulation: a carrier and a number in it, such as a UDP destination port."""


class Encapsulation(Protocol):
    """One kind of overlay header.

    Attributes:
        name: how the map file and the command line call it.
        carrier: what its header is carried in.
        numbers: UDP or TCP destination ports, GRE protocol types or EtherTypes that mark it; the first is the one to
            send to.
        is_written: True when `emit` writes it; else it is only read.
        flow_at: offset in its header of an octet for a hash of the inner flow; None without one.
        bare: EtherTypes of what it carries without an Ethernet header.
        has_vnid: it has a place for an identifier of the virtual network.
    """

    @property
    def name(self) -> str: ...  # noqa: D102  (see Attributes)

    @property
    def carrier(self) -> Carrier: ...  # noqa: D102  (see Attributes)

    @property
    def numbers(self) -> tuple[int, ...]: ...  # noqa: D102  (see Attributes)

    @property
    def is_written(self) -> bool: ...  # noqa: D102  (see Attributes)

    @property
    def flow_at(self) -> int | None: ...  # noqa: D102  (see Attributes)

    @property
    def has_vnid(self) -> bool: ...  # noqa: D102  (see Attributes)

    @property
    def bare(self) -> Sequence[int]: ...  # noqa: D102  (see Attributes)

    def allows(self, identifier: Vnid) -> bool:
        """Say whether the encapsulation can carry a network of that identifier."""

    def read(self, frame: Readable, offset: int) -> OverlayHeader | None:
        """Read the header at `offset`: behind UDP, the EtherType or IP, or at the GRE or TCP header.

        Returns:
            The header; None for what may well be there, and carries no frame: control messages, another payload.

        Raises:
            FrameError: it is not a valid one.
        """

    def emit(self, fields: OverlayFields) -> bytes:
        """The header that carries what follows; a flow hash in it is 0, and left to the caller."""


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
