"""The DOVE switch: it tags what comes from a VM, and untags what goes to one (FIG. 6, FIG. 8)."""

from __future__ import annotations

from dovetool.belonging.answers import may_send
from dovetool.belonging.breaches import breaches
from dovetool.belonging.participants import read_talk
from dovetool.belonging.target import dst_ip, src_ip, target_stations, without_device
from dovetool.errors import FrameError
from dovetool.frame.link_layer import Link, ethernet_layer
from dovetool.frame.view import ETHERNET, UNKNOWN, FrameView
from dovetool.stages.ingress import (
    Entry,
    entry,
    has_vlan_tag,
    interface_port,
    is_elsewhere,
    may_tag,
    member,
    sole_ports,
    tagged_member,
)
from dovetool.stages.irb import Routed, routed_at_entry
from dovetool.stages.opening import tagged
from dovetool.stages.receivers import Receivers, by_vlan, card_of, likely, once_each, others_of
from dovetool.stages.stage import ByMap
from dovetool.values import dataclass
from dovetool.verdict.reasons import Reason
from dovetool.verdict.verdict import Copies, Forward, Reject, Splice, Verdict
from dovetool.vnid_map import Network, Port, Station, Tep, Trunk, VnidMap
from dovetool.wire.dove_tag import TAG_OFFSET, DoveTag
from dovetool.wire.fields import EtherType, is_group, vnid

_VLAN_TAG = 4  # octets of an 802.1Q tag


@dataclass(frozen=True, slots=True)
class Tag(ByMap):
    """Outgoing: the frame of a VM gets a tag with the VNID of the network that its target belongs to.

    Attributes:
        vnid_map: who belongs where.
        ingress: what all frames come in by; None: told by the interface's name or the source MAC address.
    """

    vnid_map: VnidMap
    ingress: Entry | None = None

    name = "tag"

    def decide(self, view: FrameView) -> Verdict:
        """Decide about one frame."""
        if view.link_type != ETHERNET:
            return Reject.foreign(view.link_type)
        try:
            link = ethernet_layer(view, 0, self.vnid_map.tpid)
            if link.ethertype == self.vnid_map.tpid:
                return Reject(Reason.ALREADY_TAGGED)
            return self._tagged(view, link, link.tag) if link.tag is not None else self._untagged(view, link)
        except FrameError as error:
            return Reject.of(error)

    def _tagged(self, view: FrameView, link: Link, tag: DoveTag) -> Verdict:
        """A frame that has a tag keeps it; where its port is known, it must be one that the switch might give it."""
        network = self.vnid_map.network(tag.vnid)
        if network is None:
            return Reject(Reason.UNKNOWN_VNID)
        found = self.ingress or entry(self.vnid_map, view.interface)
        if found is None:
            return Forward(vnid=tag.vnid, notes=pad_notes(tag))
        port = tagged_member(view, link, self.vnid_map, found, network) if isinstance(found, Trunk) else found
        if isinstance(port, Reason):
            return Reject(port)
        if not port.trusted and self._is_elsewhere(view, port):
            return Reject(Reason.SOURCE_SPOOFED)
        if not may_tag(view, link, self.vnid_map, port, network):
            return Reject(Reason.TAG_SPOOFED)
        return Forward(vnid=tag.vnid, notes=pad_notes(tag), ingress=port.index)

    def _untagged(self, view: FrameView, link: Link) -> Verdict:
        macs = view.take(0, TAG_OFFSET, layer="Ethernet")
        ports = self._source_ports(view, link, macs[6:])
        if isinstance(ports, Reason):
            return Reject(ports)
        port, ingress = ports[0], ports[0].index if len(ports) == 1 else None
        routed = self._routed(view, link, port, macs[:6])
        if isinstance(routed, Reason):
            return Reject(routed)
        target = routed.vnid if routed is not None else self._target_vnid(view, link, port.vnid, macs[:6])
        is_cut = port.vlan is not None and has_vlan_tag(view, link)
        tci = (link.tci or 0) if is_cut or port.vlan is None else 0  # a trunk knows no other tag's priority
        cut = _VLAN_TAG if is_cut else 0
        if isinstance(target, Reason):
            return Reject(target)
        asked = target if routed is None else port.vnid  # no policy is asked about what a VRF joins
        tag = DoveTag(vnid(target), *self._priority(tci, port.vnid, asked), self.vnid_map.tpid)
        if routed is None:
            return Forward((Splice(TAG_OFFSET, cut, tag.emit()),), vnid=target, ingress=ingress)
        splice = Splice(0, TAG_OFFSET + cut, routed.macs + tag.emit())
        patches = routed.packet.aged(routed.packet.offset + DoveTag.LEN - cut)
        return Forward((splice,), patches=patches, vnid=target, ingress=ingress)

    def _routed(self, view: FrameView, link: Link, port: Port, dst_mac: bytes) -> Routed | Reason | None:
        """What the gateway of the port's network does with a frame for it; None: the frame is not routed."""
        network = self.vnid_map.network(port.vnid)
        if network is None or dst_mac not in network.gateway_macs:
            return None
        return routed_at_entry(view, link, self.vnid_map, network, port.tep)

    def _priority(self, tci: int, source: int, target: int) -> tuple[int, bool]:
        """PCP and DEI: what the policy between two networks gives, else those of an 802.1Q tag."""
        policy = self.vnid_map.policy(source, target) if source != target else None
        pcp = tci >> 13 if policy is None or policy.pcp is None else policy.pcp
        return pcp, bool(tci >> 12 & 1)

    def _source_ports(self, view: FrameView, link: Link, src_mac: bytes) -> tuple[Port, ...] | Reason:
        """The port that a frame comes in by; of a VM that the switches have at several, those that it may be."""
        port = interface_port(view, link, self.vnid_map)
        if self.ingress is not None:
            port = member(view, link, self.ingress)
        if port is None:
            return sole_ports(view, link, self._senders(view, link, src_mac))
        if isinstance(port, Reason):
            return port
        return Reason.SOURCE_SPOOFED if self._is_elsewhere(view, port) else (port,)

    def _senders(self, view: FrameView, link: Link, src_mac: bytes) -> tuple[Station, ...]:
        """The VMs with a MAC address; where nobody has it, those that are told by their IP address alone."""
        found, now = self.vnid_map.stations_with_mac(src_mac, view.ts_ns), view.ts_ns
        if found or self.vnid_map.devices is None:
            return found
        owners = self.vnid_map.stations_with_ip(src_ip(view, link) or b"", now)
        return without_device(self.vnid_map, owners, now)

    def _is_elsewhere(self, view: FrameView, port: Port) -> bool:
        return is_elsewhere(self.vnid_map, port, view.take(6, 6, layer="Ethernet"), view.ts_ns)

    def _target_vnid(self, view: FrameView, link: Link, source: int, dst_mac: bytes) -> int | Reason:
        """VNID for the tag: the target's network, found in the source's own first, then where policies allow."""
        if is_group(dst_mac):
            return source or Reason.UNKNOWN_VNID
        now, vnid_map = view.ts_ns, self.vnid_map
        found = [station.vnid for station in vnid_map.stations_with_mac(dst_mac, now)]
        if not found:
            address = dst_ip(view, link)
            found = [station.vnid for station in vnid_map.stations_with_ip(address, now)] if address else []
        if not found or source in found:
            return source or Reason.UNKNOWN_VNID  # a network of identities: nothing tells which one is the sender's
        allowed = [each for each in vnid_map.reachable(source, found) if self._may_send(view, link, source, each)]
        if len(allowed) > 1:
            return Reason.DUPLICATE_ADDRESS
        if allowed:
            return allowed[0] or Reason.UNKNOWN_VNID
        network = vnid_map.network(source)
        return source if network is not None and network.floods else Reason.POLICY_DENIED

    def _may_send(self, view: FrameView, link: Link, source: int, target: int) -> bool:
        network = self.vnid_map.network(target)
        return network is not None and may_send(view, link, self.vnid_map, source, network)


@dataclass(frozen=True, slots=True)
class Untag(ByMap):
    """Incoming: the tag goes, and the port of the target VM gets the frame.

    Attributes:
        vnid_map: who belongs where.
        tep: the tunnel end point whose switches these are; None: any.
        name_receivers: find out which VMs get each frame.
    """

    vnid_map: VnidMap
    tep: Tep | None = None
    name_receivers: bool = False

    name = "untag"

    def decide(self, view: FrameView) -> Verdict:
        """Decide about one frame."""
        try:
            found = tagged(view, self.vnid_map)
            return found if isinstance(found, Reject) else self._deliver(view, *found)
        except FrameError as error:
            return Reject.of(error)

    def _deliver(self, view: FrameView, link: Link, tag: DoveTag, network: Network) -> Verdict:
        dst_mac = view.take(0, 6, layer="Ethernet")
        to_group = is_group(dst_mac)
        stations = () if to_group else target_stations(view, link, self.vnid_map, network.vnid, dst_mac)
        if not (stations or to_group or network.floods):
            return Reject(Reason.UNKNOWN_DESTINATION)
        receivers = self._receivers(view, network, stations)
        if isinstance(receivers, Reason):
            return Reject(receivers)
        is_copy = not stations and self._tep_index(view) == view.origin == UNKNOWN
        notes = pad_notes(tag)
        if view.origin == UNKNOWN:  # what came out of a tunnel was looked at there
            talk = read_talk(view, view.take(0, 12, layer="Ethernet"), link)
            notes += breaches(view, self.vnid_map, network, talk, link)
        forms = tuple(
            Forward(
                (Splice(TAG_OFFSET, DoveTag.LEN, vlan_tag(vlan, tag)),),
                vnid=tag.vnid,
                notes=notes,
                receivers=vms,
                is_copy=is_copy,
            )
            for vlan, vms in receivers.items()
        )
        return Copies(forms) if len(forms) > 1 else forms[0]

    def _receivers(self, view: FrameView, network: Network, stations: tuple[Station, ...]) -> Receivers | Reason:
        tep = self._tep_index(view)
        if stations:
            there = [each for each in stations if tep in (UNKNOWN, each.port.tep.index)]
            return by_vlan(once_each(there, lambda each: each.vm)) if there else Reason.WRONG_TEP
        if tep != UNKNOWN and not network.has_port_at(tep):
            return Reason.VNID_NOT_ON_TEP
        return self._everyone(view, network, tep)

    def _everyone(self, view: FrameView, network: Network, tep: int) -> Receivers:
        """All VMs of a network behind one tunnel end point if that is known, but those at the port that it came in by.

        A frame that reaches no certain tunnel end point was sent to a group, and does not come back to the one that
        sent it; what is behind that one has a copy of its own. What goes out by trunks has the VLAN that the network
        has there, so there is a frame for each VLAN among its ports. A VM at several places gets one for each copy that
        its tunnel end points get, and none of its own (split horizon, RFC 7432 section 8.3).
        """
        left = view.origin if tep == UNKNOWN else UNKNOWN
        is_asked = self.name_receivers or network.has_trunks
        entered, sender = self._entered(view, network, tep) if is_asked else (None, None)

        def is_left(port: Port) -> bool:
            return tep in (UNKNOWN, port.tep.index) and port.tep.index != left

        vlans = (
            {0: ()}
            if not network.has_trunks
            else dict.fromkeys(port.vlan or 0 for port in network.ports if is_left(port) and port is not entered)
        )
        found: Receivers = dict.fromkeys(vlans or (0,), ())
        if self.name_receivers:
            others = others_of(self.vnid_map, network, entered, view.ts_ns, sender)
            there = [station for station in others if is_left(station.port)]
            by_tep = tep != UNKNOWN or view.origin != UNKNOWN  # else it is one of all copies that there are
            cards = once_each(there, lambda each: (card_of(each), each.port.tep.index if by_tep else 0))
            found |= by_vlan(cards)
        return found

    def _entered(self, view: FrameView, network: Network, tep: int) -> tuple[Port | None, Station | None]:
        """The port that a frame came in by, and the VM with its source MAC address there, as far as that is known."""
        port = self.vnid_map.ports[view.ingress] if view.ingress >= 0 else None
        stations = self.vnid_map.stations_by_mac(network.vnid, view.take(6, 6), view.ts_ns)
        if len(stations) > 1:
            stations = likely(stations, port, view.origin, UNKNOWN if view.local else tep)
        if port is None and len({each.port.index for each in stations}) == 1:
            port = stations[0].port
        return port, next(iter(stations), None)

    def _tep_index(self, view: FrameView) -> int:
        return self.tep.index if self.tep is not None else view.tep


def vlan_tag(vlan: int, tag: DoveTag) -> bytes:
    """The 802.1Q tag that a frame gets at a trunk port, with the DOVE tag's priority; none for VLAN 0."""
    if not vlan:
        return b""
    tci = tag.pcp << 13 | tag.dei << 12 | vlan
    return EtherType.VLAN.to_bytes(2, "big") + tci.to_bytes(2, "big")


def pad_notes(tag: DoveTag) -> tuple[Reason, ...]:
    """Set pad bits are reported, and do not stop a frame."""
    return (Reason.NONZERO_PAD,) if tag.pad else ()
