"""Does a frame obey the map? At any hop: untagged, tagged, or in a tunnel; what is none of these is let pass.

As a stage does, an audit reads a frame through a `FrameView`, so that one answer serves a whole flow. Nested tunnels
are the tenants' own: only the outermost is held against the map.
"""

from __future__ import annotations

from dataclasses import replace

from dovetool.audit.examined import GROUP, Broadcast, Entropy, Examined, Hop, SeenAddress
from dovetool.audit.examiner import ECN, Examiner, unreadable
from dovetool.audit.form import Form, checks, form, pad_bits
from dovetool.audit.fragments_and_ports import loose_packet
from dovetool.audit.port_audit import no_such_port, wrong_tag
from dovetool.audit.refusal import handed_on, longest, talk_text, with_refusal
from dovetool.audit.sound_packets import SoundPackets
from dovetool.audit.underlay import Ends, Neighbours, carriage, ends, read_ends
from dovetool.audit.untagged import guest
from dovetool.belonging.breaches import faults
from dovetool.belonging.finding import Finding, Kind
from dovetool.belonging.isolation import another_way
from dovetool.belonging.participants import Scene, read_inner_talk, read_talk, set_scene
from dovetool.belonging.routed import is_by_router
from dovetool.belonging.rule import Severity
from dovetool.belonging.wording import way_text
from dovetool.errors import FrameError
from dovetool.frame.ip_layer import ip_layer
from dovetool.frame.link_layer import Link
from dovetool.frame.selectors import Selectors
from dovetool.frame.tags import Tags
from dovetool.frame.tunnel import Tunnel
from dovetool.frame.view import ETHERNET, FrameView
from dovetool.stages.arrival import inner_link
from dovetool.stages.checksums import outer_sums
from dovetool.stages.decap import Decap
from dovetool.stages.encap import Encap
from dovetool.stages.ingress import entry, tagged_member
from dovetool.stages.route import Router
from dovetool.stages.service import flow_of
from dovetool.verdict.check import Check, NotLonger
from dovetool.verdict.reasons import Reason
from dovetool.verdict.verdict import Reject, Verdict
from dovetool.vnid_map import Network, Trunk, VnidMap
from dovetool.vnid_map.tunnel_ends import peer_at
from dovetool.wire.dove_tag import TAG_OFFSET
from dovetool.wire.fields import BROADCAST

DEFAULT_GRACE_NS = 2_000_000_000


_OF_TEPS = (Kind.UNKNOWN_TEP,)
_OF_VMS = (Kind.UNKNOWN_SOURCE, Kind.UNKNOWN_DESTINATION, Kind.NO_ROUTE)


class Audit(Examiner):
    """Holds frames against a map.

    Attributes:
        grace_ns: how long after a VM has moved a frame may still be in the underlay as if it had not.
    """

    def __init__(self, vnid_map: VnidMap, selectors: Selectors, grace_ns: int = 0) -> None:
        super().__init__(vnid_map, selectors)
        self.grace_ns = grace_ns
        self._neighbours = Neighbours(vnid_map)
        self._untold = frozenset(() if vnid_map.teps else _OF_TEPS) | frozenset(() if vnid_map.vm_names else _OF_VMS)
        self._encap = Encap(vnid_map)
        self._decap = Decap(vnid_map, selectors=selectors, verifies=False, tells=False)
        self._sound = SoundPackets(vnid_map, selectors, self._neighbours, lambda view: self._headers(view)[1])
        self._expected: dict[tuple[int, int], tuple[int, ...]] = {}

    @property
    def change_times_ns(self) -> tuple[int, ...]:
        """When VMs come, go and move, and when nothing can be on its way any more."""
        moments = self.vnid_map.change_times_ns
        return tuple(sorted({*moments, *(moment + self.grace_ns for moment in moments)}))

    def examine(self, view: FrameView) -> Examined:
        """As any examiner; what a map has none of, it says nothing about."""
        examined = super().examine(view)
        if not any(finding.kind in self._untold for finding in examined.findings):
            return examined
        return replace(examined, findings=tuple(each for each in examined.findings if each.kind not in self._untold))

    def _plain(self, view: FrameView, link: Link) -> Examined:
        found = loose_packet(view, link, self.vnid_map, self.selectors)
        if found is not None:
            return Examined(Hop.UNDERLAY, found)
        if view.tenant >= 0:
            return self._told(view, link)
        findings = guest(view, link, self.vnid_map) if view.link_type == ETHERNET else None
        return Examined() if findings is None else Examined(Hop.UNTAGGED, findings)

    def _told(self, view: FrameView, link: Link) -> Examined:
        """A frame that shows no network, of which its file says what network it came in."""
        network = self.vnid_map.network(view.tenant)
        if network is None:
            return Examined(Hop.UNTAGGED, (_unknown_vnid(view.tenant, "what the file says of it"),))
        scene = set_scene(view, self.vnid_map, network, read_talk(view, view.take(0, 12, layer="Ethernet"), link), link)
        return Examined(Hop.UNTAGGED, faults(scene), seen_addresses=_seen_addresses(scene, link, 0, ()))

    def _tagged(self, view: FrameView, tags: Tags) -> Examined:
        """A frame between a switch and its tunnel end point."""
        tag = tags.dove[0][1]
        network = self.vnid_map.network(tag.vnid)
        if network is None and tag.pad:
            return Examined()  # another use of the EtherType
        findings = pad_bits(tag)
        if tags.dove[-1][0] != TAG_OFFSET:
            findings += (Finding(Kind.ALREADY_TAGGED, "a tagged frame has a DOVE tag behind another tag"),)
        if network is None:
            return Examined(Hop.TAGGED, (*findings, _unknown_vnid(tag.vnid, "a tag")))
        talk = read_talk(view, view.take(0, 12, layer="Ethernet"), tags.link)
        scene = set_scene(view, self.vnid_map, network, talk, tags.link)
        refused = self._refused(view, tags.link, scene)
        if refused is not None:
            return Examined(Hop.TAGGED, (*findings, refused), is_cut=bool(tags.problem))
        watched = _seen_addresses(scene, tags.link, 0, ())
        findings += faults(scene)
        sent = self._encap.decide(view)
        findings = with_refusal("encap", sent, findings, talk_text(scene))
        return Examined(Hop.TAGGED, findings, _too_long(sent, scene), bool(tags.problem), seen_addresses=watched)

    def _refused(self, view: FrameView, link: Link, scene: Scene) -> Finding | None:
        """What the port of a switch refuses a tagged frame for, where the interface is named after it."""
        found = entry(self.vnid_map, view.interface)
        if isinstance(found, Reason):
            return no_such_port(view, link, found)
        if isinstance(found, Trunk):
            port = tagged_member(view, link, self.vnid_map, found, scene.network)
            found = next(iter(found.ports.values())) if isinstance(port, Reason) else port
        return None if found is None else wrong_tag(view, link, scene, found)

    def _tunnelled(self, view: FrameView, tunnel: Tunnel) -> Examined:
        """A frame in a tunnel; one without networks is none of the map's business."""
        if not tunnel.codec.has_vnid:
            return Examined()
        sound = self._sound.examine(view, tunnel)
        if sound is not None:
            return sound
        view.behind = tunnel.behind
        found = read_ends(view, tunnel, self.vnid_map)
        network = self.vnid_map.network(tunnel.header.vnid) if tunnel.header.vnid is not None else None
        findings = [*ends(found, network, self.vnid_map), *self._neighbours.findings(view, tunnel, found)]
        wrong = carriage(view, tunnel, found, self.selectors)
        findings += [wrong] if wrong is not None else []
        if network is None and tunnel.header.vnid is not None:
            way = way_text(found.sender, found.receiver)
            findings.append(_unknown_vnid(tunnel.header.vnid, f"{tunnel.header.encap}{way}"))
        try:
            seen = self._with_inside(view, tunnel, found, network, findings)
        except FrameError as error:
            outside = unreadable(error)
            seen = Examined(Hop.UNDERLAY, (*findings, *outside.findings), is_cut=outside.is_cut)
        received = self._received(view, tunnel, found)
        told = with_refusal("decap", received, seen.findings)
        told += handed_on(tunnel.header, received, way_text(found.sender, found.receiver))
        return seen if told == seen.findings else replace(seen, findings=told)

    def _received(self, view: FrameView, tunnel: Tunnel, found: Ends) -> Verdict:
        """What the tunnel end point that gets a frame decides about it; each of a group may want a checksum."""
        view.behind = tunnel.behind
        try:
            decap = replace(self._decap, verifies=True) if found.to_group else self._decap
            return decap.receive(view, tunnel)
        except FrameError as error:
            return Reject.of(error)

    def _with_inside(
        self, view: FrameView, tunnel: Tunnel, found: Ends, network: Network | None, findings: list[Finding]
    ) -> Examined:
        """What is inside, beginning with what can be seen of a frame that is cut, too; `findings` gets all of it."""
        link = self._inner_link(view, tunnel)
        broadcast: Broadcast | None = None
        watched: tuple[SeenAddress, ...] = ()
        if network is not None and tunnel.has_ends(link):
            talk = read_inner_talk(view, tunnel, link, self.vnid_map, network)
            ends_of_way = found.sender, found.receiver
            scene = set_scene(view, self.vnid_map, network, talk, link, ends_of_way, grace_ns=self.grace_ns)
            about = faults(scene)
            findings += about
            findings += another_way(scene, tunnel.header.encap)
            broadcast = self._broadcast(scene, tunnel, found, about)
            watched = _seen_addresses(scene, link, tunnel.inner, about)
        inner_ip = ip_layer(view, link, ECN)
        sums = tuple(outer_sums(view, tunnel, link, self.selectors, (found.receiver,)))
        packet = Form(view, tunnel, link, inner_ip, found.sender, found.receiver, found.to_group, sums)
        findings += form(packet)
        if link.tag is not None:
            findings.append(Finding(Kind.ALREADY_TAGGED, f"a DOVE tag with VNID {link.tag.vnid} came in{packet.way}"))
        elif link.ethertype == self.vnid_map.tpid and link.tci is not None:
            findings.append(Finding(Kind.ALREADY_TAGGED, f"a DOVE tag behind an 802.1Q tag came in{packet.way}"))
        path, entropy = _way(packet)
        return Examined(Hop.UNDERLAY, tuple(findings), tuple(checks(packet)), False, path, broadcast, watched, entropy)

    def _inner_link(self, view: FrameView, tunnel: Tunnel) -> Link:
        """The link layer inside, as decap sees it, or as far as it can be read."""
        try:
            return inner_link(view, tunnel, self.vnid_map)
        except FrameError:
            return tunnel.link(view, lenient=True)

    def _broadcast(self, scene: Scene, tunnel: Tunnel, found: Ends, about: tuple[Finding, ...]) -> Broadcast | None:
        """A frame that its sender copies for each other tunnel end point of the network.

        Those to other groups may go to fewer (IGMP snooping), as those to unknown addresses once they are learned.
        """
        if scene.sender is None or scene.sender.is_gateway or scene.talk.dst_mac != BROADCAST:
            return None
        if any(finding.kind.severity is Severity.ERROR for finding in about):
            return None  # it does not belong into the network, or not to this sender
        expected = self._copies(scene.sender.index, scene.network)
        receiver = GROUP if found.receiver is None else found.receiver.index
        if receiver not in expected:
            return None
        return Broadcast(scene.network.vnid, scene.sender.index, receiver, expected, tunnel.inner, tunnel.behind)

    def _copies(self, sender: int, network: Network) -> tuple[int, ...]:
        """The tunnel end points to which a broadcast is copied; none where the map cannot say."""
        key = sender, network.vnid
        if key not in self._expected:
            local = self.vnid_map.teps[sender]
            hops = Router(self.vnid_map, local).to_all(network)
            ways = () if isinstance(hops, Reason) else [peer_at(self.vnid_map, local, hop.to.ip) for hop in hops]
            self._expected[key] = tuple(sorted(tep.index for tep in ways if tep is not None))
        return self._expected[key]


def _way(packet: Form) -> tuple[tuple[int, int] | None, Entropy | None]:
    """The two ends as far as the map has both, and where the packet tells its flow."""
    if packet.sender is None or packet.receiver is None:
        return None, None
    path = packet.sender.index, packet.receiver.index
    if not packet.is_udp:
        return path, None
    start = packet.tunnel.inner if packet.tunnel.carries_frame else None
    return path, Entropy(path, packet.tunnel.carrier_at, flow_of(packet.view, start, packet.link, packet.inner_ip))


def _too_long(sent: Verdict, scene: Scene) -> tuple[tuple[Check, tuple[Finding, ...]], ...]:
    """What is asked of tagged frames: that a tunnel end point can send them on."""
    most = longest(sent)
    if most is None:
        return ()
    text = f"{talk_text(scene)}: a frame is longer than the underlay takes"
    return ((NotLonger(most), (Finding(Kind.MTU_EXCEEDED, text),)),)


def _seen_addresses(scene: Scene, link: Link, start: int, about: tuple[Finding, ...]) -> tuple[SeenAddress, ...]:
    """Addresses that the map does not have."""
    talk, vnid, watched = scene.talk, scene.network.vnid, []
    if scene.network.is_l3 or is_by_router(scene):
        return ()  # a router's address is at each of its tunnel end points
    if scene.sender is not None and not talk.is_bare and any(finding.kind is Kind.UNKNOWN_SOURCE for finding in about):
        watched.append(SeenAddress(vnid, start + 6, 6, scene.sender.index))
    if talk.arp_mac and talk.claims_ip and scene.vnid_map.station_by_ip(vnid, talk.src_ip, scene.ts_ns) is None:
        watched.append(SeenAddress(vnid, link.offset + 14, 4, place_at=link.offset + 8))
    return tuple(watched)


def _unknown_vnid(vnid: int, what: str) -> Finding:
    return Finding(Kind.UNKNOWN_VNID, f"{what} carries VNID {vnid}, which is no network of the map")
