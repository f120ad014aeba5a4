"""The DOVE switch, outgoing: what comes from a VM is tagged (FIG. 6, FIG. 8)."""

from __future__ import annotations

from dovetool.belonging.answers import may_reach
from dovetool.belonging.target import dst_ip, src_ip, without_device
from dovetool.errors import FrameError
from dovetool.frame.link_layer import Link, ethernet_layer
from dovetool.frame.view import ETHERNET, FrameView
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
from dovetool.stages.stage import ByMap
from dovetool.values import dataclass
from dovetool.verdict.reasons import Reason
from dovetool.verdict.verdict import Forward, Reject, Splice, Verdict
from dovetool.vnid_map import Port, Station, Trunk, VnidMap
from dovetool.wire.dove_tag import TAG_OFFSET, DoveTag
from dovetool.wire.fields import is_group, vnid

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
        allowed = [each for each in vnid_map.reachable(source, found) if may_reach(view, link, vnid_map, source, each)]
        if len(allowed) > 1:
            return Reason.DUPLICATE_ADDRESS
        if allowed:
            return allowed[0] or Reason.UNKNOWN_VNID
        network = vnid_map.network(source)
        return source if network is not None and network.floods else Reason.POLICY_DENIED


def pad_notes(tag: DoveTag) -> tuple[Reason, ...]:
    """Set pad bits are reported, and do not stop a frame."""
    return (Reason.NONZERO_PAD,) if tag.pad else ()
