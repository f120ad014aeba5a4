"""Link layers: from the beginning of a frame of any link type to IP, to an Ethernet frame, or to LLC.

A reader looks at what decides and at nothing else: no time, no signal strength, no length of the frame itself.
"""

from __future__ import annotations

from collections.abc import Mapping

from dovetool.wire.fields import Readable
from dovetool.wire.links.ground import LLC, Ground, Reader, Step
from dovetool.wire.links.hosts import cooked, enc, family, raw_ip
from dovetool.wire.links.names import link_kind, link_name
from dovetool.wire.links.rings import fddi, token_ring
from dovetool.wire.links.serial import cisco, directed, llc, ppp, ppp_or_cisco, pppoe, sunatm
from dovetool.wire.links.wireless import monitored, radiotap, wireless
from dovetool.wire.links.wrappers import ETHERNET, Wrappers, juniper_ethernet, mpacket, nflog

__all__ = ["ETHERNET", "LLC", "Ground", "Step", "can_be_resized", "ground", "is_read", "link_kind", "link_name"]

_PLAIN: Mapping[int, Reader] = {
    0: family,
    6: token_ring,
    9: ppp,
    10: fddi,
    12: raw_ip,
    14: raw_ip,
    50: ppp_or_cisco,
    51: pppoe,
    100: llc,
    101: raw_ip,
    104: cisco,
    105: wireless,
    108: family,
    109: enc,
    113: cooked,
    119: monitored,
    123: sunatm,
    127: radiotap,
    163: monitored,
    178: juniper_ethernet,
    204: directed,
    205: directed,
    228: raw_ip,
    229: raw_ip,
    239: nflog,
    274: mpacket,
    276: cooked,
}
_WRAPPERS = Wrappers(_PLAIN)
_READERS: Mapping[int, Reader] = {
    **_PLAIN,
    149: _WRAPPERS.pktap,
    192: _WRAPPERS.ppi,
    197: _WRAPPERS.erf,
    258: _WRAPPERS.pktap,
}
_COUNTED = frozenset({197, 239, 274})  # the header counts the octets of the frame, or a CRC ends it
_PERHAPS_COUNTED = frozenset({105, 119, 127, 163, 192})  # an FCS of 802.11 may end it


def is_read(link_type: int) -> bool:
    """Say whether frames of a link type are read."""
    return link_type == ETHERNET or link_type in _READERS


def can_be_resized(link_type: int) -> bool:
    """Say whether a frame may become longer or shorter and keep its link layer as it is."""
    return link_type not in _COUNTED | _PERHAPS_COUNTED


def ground(frame: Readable, link_type: int) -> Ground | None:
    """Where the headers of a link type end, which is not Ethernet; None for one that is not read.

    Raises:
        FrameError: the frame ends in them.
    """
    read = _READERS.get(link_type)
    return None if read is None else read(frame, 0, link_type)
