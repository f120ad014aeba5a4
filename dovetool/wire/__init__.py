"""Octets to header values and back: the tag, the outer headers and the encapsulations.

This layer knows no file, no map and no stage. A codec reads what it is given and raises a `FrameError` for octets that
are not a valid header; it never reads past their end and trusts no length it has not checked. What it emits is what it
parses. From Python:

    >>> from dovetool.wire import DoveTag, VxlanHeader, vnid
    >>> DoveTag(vnid(5001), pcp=5).emit().hex(" ")
    '88 b5 a0 01 38 90'
    >>> VxlanHeader.parse(bytes.fromhex("0800000000138900")).vni
    5001
"""

from dovetool.wire.dove_tag import TAG_OFFSET, DoveTag
from dovetool.wire.erspan import Erspan2Header, Erspan3Header, ErspanMirror
from dovetool.wire.ethernet import EthernetHeader, VlanTag
from dovetool.wire.fields import EtherType, Vnid, vnid
from dovetool.wire.geneve import GeneveHeader
from dovetool.wire.geneve_option import GeneveOption
from dovetool.wire.gre import GreHeader
from dovetool.wire.ipv4 import Ipv4Header
from dovetool.wire.ipv6 import Ipv6Header
from dovetool.wire.nvgre import NvgreHeader
from dovetool.wire.overlay import (
    CODECS,
    ENCAPSULATIONS,
    SELECTORS,
    Carrier,
    Encapsulation,
    OverlayFields,
    OverlayHeader,
)
from dovetool.wire.pbb import PbbHeader
from dovetool.wire.stt import SttHeader, SttSegment
from dovetool.wire.udp import UdpHeader
from dovetool.wire.vxlan import VxlanHeader
from dovetool.wire.vxlan_gpe import VxlanGpeHeader

__all__ = [
    "CODECS",
    "ENCAPSULATIONS",
    "SELECTORS",
    "TAG_OFFSET",
    "Carrier",
    "DoveTag",
    "Encapsulation",
    "Erspan2Header",
    "Erspan3Header",
    "ErspanMirror",
    "EtherType",
    "EthernetHeader",
    "GeneveHeader",
    "GeneveOption",
    "GreHeader",
    "Ipv4Header",
    "Ipv6Header",
    "NvgreHeader",
    "OverlayFields",
    "OverlayHeader",
    "PbbHeader",
    "SttHeader",
    "SttSegment",
    "UdpHeader",
    "VlanTag",
    "Vnid",
    "VxlanGpeHeader",
    "VxlanHeader",
    "vnid",
]
