"""Is an overlay packet right for the tunnel end points that it goes between: addresses, encapsulation, port, MACs?"""

from __future__ import annotations

from collections.abc import Iterator

from dovetool.belonging.finding import Finding, Kind
from dovetool.belonging.wording import address_text, network_text, way_text
from dovetool.frame.selectors import Selectors, number_of
from dovetool.frame.tunnel import Tunnel, tunnel_ends
from dovetool.frame.view import ETHERNET, FrameView
from dovetool.stages.outer_headers import backbone_group
from dovetool.values import dataclass
from dovetool.vnid_map import Network, Tep, VnidMap
from dovetool.vnid_map.tunnel_ends import pair_between
from dovetool.wire.fields import is_group, is_multicast
from dovetool.wire.overlay import ENCAPSULATIONS, Carrier


@dataclass(frozen=True, slots=True)
class Ends:
    """The two ends of a tunnel.

    Attributes:
        src: underlay address that the packet comes from: IP, or MAC on a layer-2 underlay.
        dst: where it goes to.
        sender: the tunnel end point with that source; None where the map has none.
        receiver: the one with that destination; likewise.
    """

    src: bytes
    dst: bytes
    sender: Tep | None
    receiver: Tep | None

    @property
    def to_group(self) -> bool:
        """It goes to an underlay group."""
        return is_group(self.dst) if len(self.dst) == 6 else is_multicast(self.dst)


def read_ends(view: FrameView, tunnel: Tunnel, vnid_map: VnidMap) -> Ends:
    """The ends of a tunnel."""
    src, dst = tunnel_ends(view, tunnel)
    return Ends(src, dst, *pair_between(vnid_map, src, dst, tunnel.header.vnid))


def ends(found: Ends, network: Network | None, vnid_map: VnidMap) -> Iterator[Finding]:
    """What is wrong with the addresses."""
    way = f" to {found.receiver.name}" if found.receiver is not None else ""
    if found.sender is None:
        yield Finding(Kind.UNKNOWN_TEP, f"{address_text(found.src)} sent{way}, and is no TEP of the map")
    if found.receiver is not None:
        return
    if not found.to_group:
        way = f"{found.sender.name} sent to " if found.sender is not None else "sent to "
        yield Finding(Kind.UNKNOWN_TEP, f"{way}{address_text(found.dst)}, which is no TEP of the map")
    elif network is not None and not _is_group_of(found.dst, network, vnid_map):
        others = vnid_map.group_networks(found.dst)
        whose = f"the group of {network_text(others[0])}" if others else "no network's group"
        text = f"a frame of {network_text(network)} was sent to {address_text(found.dst)}, {whose}"
        yield Finding(Kind.ISOLATION_VIOLATION if others else Kind.UNKNOWN_TEP, text, "map: networks.group")


def _is_group_of(address: bytes, network: Network, vnid_map: VnidMap) -> bool:
    return address == backbone_group(network.vnid) or network in vnid_map.group_networks(address)


def carriage(view: FrameView, tunnel: Tunnel, found: Ends, selectors: Selectors) -> Finding | None:
    """An encapsulation that one of the ends does not know, or a port that the receiver does not listen on."""
    name = tunnel.header.encap
    for tep in (found.sender, found.receiver):
        if tep is not None and name not in tep.encaps:
            text = f"{name}{way_text(found.sender, found.receiver)}: {tep.name} knows {', '.join(tep.encaps)}"
            return Finding(Kind.NO_COMMON_ENCAP, text)
    listener = found.receiver or (found.sender if found.to_group else None)
    if tunnel.carrier is not Carrier.UDP or listener is None:
        return None
    port = None if tunnel.ip is None else number_of(view, tunnel.ip, selectors)
    if port is None:
        port = view.word(tunnel.carrier_at + 2, layer="UDP")  # another one, as only the source port marks it
    expected = listener.ports.get(name, ENCAPSULATIONS[name].numbers[0])
    return None if port == expected else wrong_port(name, port, listener, expected)


def wrong_port(name: str, port: int, listener: Tep, expected: int) -> Finding:
    """An overlay packet for another port than the receiver's."""
    return Finding(Kind.WRONG_PORT, f"{name} to UDP port {port} of {listener.name}, which listens on {expected}")


class Neighbours:
    """The MAC addresses of the underlay that a map knows."""

    def __init__(self, vnid_map: VnidMap) -> None:
        self._owners: dict[bytes, tuple[Tep, ...]] = {}
        for tep in vnid_map.teps:
            for mac in tep.macs:
                self._owners[mac] = (*self._owners.get(mac, ()), tep)
        self._routers = frozenset(tep.gateway_mac for tep in vnid_map.teps if tep.gateway_mac is not None)

    def findings(self, view: FrameView, tunnel: Tunnel, found: Ends) -> Iterator[Finding]:
        """What is wrong with the MAC addresses of a packet between tunnel end points.

        A router puts its own in, and not every router is in the map. Sure is: the address of one end point does not
        go with the IP address of another. Likely is: where neither end has a `gateway_mac`, there is no router.
        """
        if view.link_type != ETHERNET or tunnel.ip is None:
            return
        macs = view.take(0, 12, layer="Ethernet")
        direct = all(tep is None or tep.gateway_mac is None for tep in (found.sender, found.receiver))
        direct = direct and found.sender is not None and (found.receiver is not None or found.to_group)
        for tep, mac, role in ((found.sender, macs[6:], "source"), (found.receiver, macs[:6], "destination")):
            if tep is None or not tep.mac or mac in self._routers:
                continue
            owners = self._owners.get(mac, ())
            if tep in owners:
                continue
            text = f"{role} IP of {tep.name} with MAC {address_text(mac)}"
            if owners:
                yield Finding(Kind.WRONG_UNDERLAY_MAC, f"{text}, which is {owners[0].name}'s")
            elif direct:
                yield Finding(
                    Kind.UNEXPECTED_UNDERLAY_MAC, f"{text}; expected {' or '.join(map(address_text, tep.macs))}"
                )
