"""Says what one frame shows and where, through a `FrameView`, so that one answer serves all that are built alike.

Addresses and the like are only located: each frame has its own, and they are read in columns.
"""

from __future__ import annotations

from typing import NamedTuple

from dovetool.errors import FrameError
from dovetool.frame.selectors import Selectors
from dovetool.frame.tags import read_tags
from dovetool.frame.view import FrameView
from dovetool.learning.seen import Outline
from dovetool.observe.located import Place
from dovetool.observe.observation import DOVE, Level, Overlay
from dovetool.observe.observe import Detail, Observe
from dovetool.wire.fields import EtherType

_TTL_AT = {EtherType.IPV4: 8, EtherType.IPV6: 7}
_REPLY = 2
_ARP_SENDER = 8  # MAC address of the sender, then its IP address (RFC 826)
_UDP, _ICMPV6 = 17, 58
_BOOTPS, _BOOTREPLY = 67, 2
_YOUR_ADDRESS, _HARDWARE_ADDRESS = 8 + 16, 8 + 28  # behind the UDP header (RFC 2131 section 2)
_NEIGHBOUR = (135 << 8, 136 << 8)  # solicitation and advertisement, code 0 (RFC 4861 section 4)
_TARGET = 8
_LENGTHS = (4, 16)
_Claim = tuple[Place | None, Place]
"""Where the MAC and the IP address stand that somebody says belong together."""


class Looked(NamedTuple):
    """What there is to be said of a frame.

    Attributes:
        outline: what it is; None where it is in no tunnel that has a network.
        places: where it has what, by the names of what a `Seen` has.
        is_tagged: it is in no tunnel, and has a DOVE tag.
    """

    outline: Outline | None = None
    places: tuple[tuple[str, Place], ...] = ()
    is_tagged: bool = False


class Looker:
    """Looks at frames.

    Attributes:
        selectors: what marks an overlay packet.
        tpid: TPID of the DOVE tag.
    """

    def __init__(self, selectors: Selectors, tpid: int) -> None:
        later = Detail.UNDERLAY | Detail.MACS | Detail.IPS
        self._observe = Observe(selectors, tpid, depth=1, detail=Detail.TUNNELS, later=later)
        self._tpid = tpid

    def look(self, view: FrameView) -> Looked:
        """What one frame shows; of nested tunnels the outermost, as the others are the tenants' own."""
        levels = self._observe.observe(view).levels
        outer = levels[0].overlays[-1] if levels[0].overlays else None
        if outer is None or outer.vnid is None:
            return Looked()
        if outer.encap == DOVE:
            return Looked(is_tagged=True)
        src = outer.place("src")
        if src is None or src.length not in _LENGTHS or len(levels) < 2:
            return Looked()
        places = _places(outer, src="src", dst="dst") | _places(levels[0], src_mac="src_mac", dst_mac="dst_mac")
        places |= _places(levels[1], src_mac="inner_src", dst_mac="inner_dst")
        port = 0 if outer.port_at is None else view.word(outer.port_at + 2)
        is_answer = self._inside(view, levels[1], places)
        return Looked(Outline(outer.encap, port, outer.vnid, is_answer), tuple(places.items()))

    def _inside(self, view: FrameView, level: Level, places: dict[str, Place]) -> bool:
        """Locate what the inner frame shows; says whether it is an answer that others may have given."""
        try:
            if level.ethertype == EtherType.ARP:
                is_answer = level.arp_operation == _REPLY and not _is_for_many(view, level)
                _claim(places, self._of_arp(view, level))
                return is_answer
            if level.ethertype in _TTL_AT and level.has("src_ip"):
                ttl_at = level.ip_at + _TTL_AT[level.ethertype]
                view.reach(ttl_at, 1)
                places |= {"ttl": (ttl_at, 1)} | _places(level, src_ip="src_ip", dst_ip="dst_ip")
                _claim(places, None if level.is_fragment else _of_payload(view, level))
        except FrameError:
            pass
        return False

    def _of_arp(self, view: FrameView, level: Level) -> _Claim:
        at = read_tags(view, level.start, self._tpid).link.offset + _ARP_SENDER
        view.reach(at, 10)
        return (at, 6), (at + 6, 4)


def _places(part: Level | Overlay, **names: str) -> dict[str, Place]:
    """Where a frame has what was located, by other names."""
    found = ((called, part.place(name)) for name, called in names.items())
    return {called: (place.at, place.length) for called, place in found if place is not None}


def _is_for_many(view: FrameView, level: Level) -> bool:
    """Say whether the frame inside is for a group; so is one without MAC addresses."""
    dst = level.place("dst_mac")
    return dst is None or bool(view.take(dst.at, 1, b"\x01")[0])


def _claim(places: dict[str, Place], claim: _Claim | None) -> None:
    if claim is not None:
        mac, ip = claim
        places |= {"claim_ip": ip} if mac is None else {"claim_mac": mac, "claim_ip": ip}


def _of_payload(view: FrameView, level: Level) -> _Claim | None:
    """What neighbour discovery says of the sender, and a DHCP server of a client."""
    at = level.payload_at
    if level.protocol == _ICMPV6 and view.one_of(at, _NEIGHBOUR) is not None:
        view.reach(at + _TARGET, 16)
        mac, src_ip = level.place("src_mac"), level.place("src_ip")
        is_question = view.take(at, 1)[0] << 8 == _NEIGHBOUR[0]
        asks = is_question and src_ip is not None and _has_any(view, (src_ip.at, src_ip.length))
        # it asks for another one's; else it is to be its own (RFC 4862)
        ip = (src_ip.at, src_ip.length) if asks and src_ip is not None else (at + _TARGET, 16)
        return None if mac is None else (mac.at, mac.length), ip
    if level.protocol == _UDP and view.one_of(at, (_BOOTPS,)) is not None and view.take(at + 8, 1)[0] == _BOOTREPLY:
        view.reach(at + _YOUR_ADDRESS, _HARDWARE_ADDRESS + 6 - _YOUR_ADDRESS)
        return (at + _HARDWARE_ADDRESS, 6), (at + _YOUR_ADDRESS, 4)
    return None


def _has_any(view: FrameView, place: Place) -> bool:
    """Say whether octets are not all 0, and see no more of them."""
    at, length = place
    return any(view.one_of(each, (0,)) is None for each in range(at, at + length, 2))
