"""Walk through a frame and describe every header on the way."""

from __future__ import annotations

from dataclasses import field, replace

from dovetool.errors import FrameError
from dovetool.frame.find_tunnel import read_tunnel
from dovetool.frame.ip_layer import IpLayer, frame_ip_layer
from dovetool.frame.link_layer import Link, link_layer
from dovetool.frame.tags import MOST_TAGS, read_tags
from dovetool.frame.through import PassedTunnel
from dovetool.frame.tunnel import Tunnel
from dovetool.frame.view import ETHERNET, FrameView
from dovetool.observe.dissection import geneve_options, headers, overlay_headers
from dovetool.observe.dissection.between_headers import between_layouts
from dovetool.observe.dissection.layout import Layout, length_of, read_fields
from dovetool.observe.dissection.link_headers import link_header
from dovetool.observe.dissection.passages import passage_layouts
from dovetool.observe.dissection.summary import overlay_layer, title
from dovetool.observe.dissection.tag import TAG_LEN, tag_layer
from dovetool.observe.dissection.transport_headers import TRANSPORTS, header_len, transport_layout
from dovetool.observe.dissection.tree import Dissection, Field, Layer
from dovetool.observe.names import Names
from dovetool.observe.observe import Observe
from dovetool.observe.protocols import IP_PROTOCOL_NAMES
from dovetool.values import dataclass
from dovetool.wire.between import beyond
from dovetool.wire.dove_tag import TAG_OFFSET, DoveTag
from dovetool.wire.fields import FIRST_ETHERTYPE, VLAN_TPIDS, EtherType
from dovetool.wire.links import ground, link_kind, link_name
from dovetool.wire.overlay import Carrier

_IPV6_LEN = length_of(headers.IPV6)


def dissect(view: FrameView, observe: Observe, names: Names) -> Dissection:
    """Take one frame apart; never raises for what a frame may hold.

    Args:
        view: the frame; which octets were looked at does not matter here.
        observe: says what marks overlay packets and tags, and how deep to look.
        names: gives names.
    """
    walk = _Walk(view, observe, names)
    walk.go()
    seen = observe.observe(view)
    layers = [layer for layer in walk.layers if layer.length or layer.fields]
    return Dissection((*layers, *overlay_layer(seen, names)))


@dataclass(slots=True)
class _Walk:
    """A walk through a frame: what was described so far, and the tunnels around."""

    view: FrameView
    observe: Observe
    names: Names
    layers: list[Layer] = field(default_factory=list)
    level: int = 0
    vnid: int | None = None

    def go(self) -> None:
        """Describe everything."""
        view = self.view
        try:
            link = self._frame(0) if view.link_type == ETHERNET else self._other_link()
            ip = self._network(link)
            while (tunnel := self._tunnel(link)) is not None:
                self._overlay(tunnel)
                link = self._inside(tunnel)
                ip = self._network(link)
            self._payload(link, ip)
        except FrameError:
            self._rest(self._end_of_layers())

    def _end(self) -> int:
        """Where the frame that is being described ends on the wire."""
        return self.view.orig_len - self.view.behind

    def _end_of_layers(self) -> int:
        return max((layer.offset + layer.length for layer in self.layers), default=0)

    def _add(self, name: str, kind: str, layout: Layout, at: int, length: int | None = None) -> dict[str, Field]:
        """Describe the header at `at`; returns its fields by name."""
        octets = self.view.octets[: self._end()]
        here = octets[at:]
        length = min(length_of(layout) if length is None else length, len(here))
        fields = {each.name: self._named(each) for each in read_fields(layout, here[:length], at)}
        self.layers.append(Layer(name, title(kind, fields), at, length, tuple(fields.values()), level=self.level))
        return fields

    def _named(self, each: Field) -> Field:
        """An address or identifier with the name that the map has for it."""
        name = self._name_of(each)
        return each if name is None else replace(each, shown=f"{each.shown} ({name})")

    def _name_of(self, each: Field) -> str | None:
        is_address, now = each.name.endswith((".src", ".dst")), self.view.ts_ns
        if is_address and not each.name.startswith("eth."):
            tep = self.names.tep(each.octets) if not self.level else None
            return tep or self.names.vm_by_ip(self.vnid, each.octets, now)
        if is_address:
            return self.names.vm(self.vnid, each.octets, now) or self.names.tep_by_own_mac(each.octets)
        if each.name in ("vxlan.vni", "geneve.vni", "nvgre.vsid", "ieee8021ah.isid", "dove.vnid"):
            return self.names.network(int(each.value)) if isinstance(each.value, int) else None
        return None

    def _frame(self, start: int) -> Link:
        """The Ethernet header at `start`, and its tags."""
        at = start + TAG_OFFSET
        number = int.from_bytes(self.view.octets[at : at + 2], "big")
        is_length = number < FIRST_ETHERTYPE and len(self.view.octets) >= at + 2
        try:
            tags = read_tags(self.view, start, self.observe.tpid)
            if tags.dove:
                self.vnid = int(tags.dove[-1][1].vnid)  # names depend on the network, those of the MAC addresses too
        finally:
            self._add("eth", "Ethernet", headers.ETHERNET_LENGTH if is_length else headers.ETHERNET, start)
        last = tags.dove[MOST_TAGS][0] if len(tags.dove) > MOST_TAGS else None
        is_behind_tag = bool(tags.dove) and tags.dove[-1][0] + DoveTag.LEN == tags.link.offset - 2
        is_there = min(len(self.view.octets), self._end()) > tags.link.offset
        is_cut = bool(tags.problem) and (is_there or not is_behind_tag)
        at += 2
        while at < tags.link.offset or (is_cut and at == tags.link.offset):
            at, number = self._between(number, at, too_deep=at - 2 == last)
        return tags.link

    def _between(self, ethertype: int, at: int, *, too_deep: bool = False) -> tuple[int, int]:
        """What stands at `at` before IP, behind its EtherType; returns where the next begins, and its EtherType."""
        if ethertype in VLAN_TPIDS or ethertype == self.observe.tpid:
            at += self._tag(ethertype, at, too_deep=too_deep)
            return at, int.from_bytes(self.view.octets[at - 2 : at], "big")
        found = beyond(self.view, ethertype, at)
        end = at if found is None else found.offset
        for name, kind, layout in between_layouts(ethertype, self.view.octets[at:end]):
            self._add(name, kind, layout, at)
            at += length_of(layout)
        return (self.view.orig_len, 0) if found is None else (end, found.ethertype)

    def _tag(self, tpid: int, at: int, *, too_deep: bool) -> int:
        """The tag at `at`, behind its TPID; returns how far on the next one stands."""
        if tpid != self.observe.tpid:
            is_length = int.from_bytes(self.view.octets[at + 2 : at + 4], "big") < FIRST_ETHERTYPE
            if tpid == EtherType.QINQ:
                self._add("ieee8021ad", "802.1ad", headers.SERVICE_VLAN, at)
            else:
                self._add("vlan", "802.1Q", headers.VLAN_LENGTH if is_length else headers.VLAN, at)
            return 4
        layer = tag_layer(self.view, at, self._end(), tpid, self.names, too_deep=too_deep)
        fields = tuple(map(self._named, layer.fields))
        self.layers.append(replace(layer, fields=fields, level=self.level))
        return TAG_LEN

    def _other_link(self) -> Link:
        """The link layer of a frame that is not Ethernet."""
        found = ground(self.view, self.view.link_type)
        if found is None:
            length = len(self.view.octets)
            self.layers.append(Layer("data", f"{link_name(self.view.link_type)}, {length} octets", 0, length))
            return Link(0, length)
        for step in found.steps:
            name, layout = link_header(step, self.view.octets[step.start : step.end])
            self._add(name, link_kind(step.link_type), layout, step.start, step.end - step.start)
        if found.ethertype == EtherType.TEB:
            return self._frame(found.offset)
        link = link_layer(self.view) or Link(0, found.offset)
        at, ethertype = found.offset, found.ethertype
        while at < link.offset:
            at, ethertype = self._between(ethertype, at)
        return link

    def _network(self, link: Link) -> IpLayer | None:
        """The IP header, and what belongs to it."""
        ip = frame_ip_layer(self.view, link)
        if link.ethertype == EtherType.IPV4:
            length = ip.payload - ip.offset if ip is not None else None
            self._add("ip", "IPv4", headers.IPV4, link.offset, length)
        elif link.ethertype == EtherType.IPV6:
            self._add("ipv6", "IPv6", headers.IPV6, link.offset)
            if ip is not None and ip.payload > ip.offset + _IPV6_LEN:
                at = ip.offset + _IPV6_LEN
                self._add("ipv6.exthdr", "IPv6 extension headers", (), at, ip.payload - at)
        elif link.ethertype == EtherType.ARP:
            self._add("arp", "ARP", headers.ARP, link.offset)
        return ip

    def _tunnel(self, link: Link) -> Tunnel | None:
        if self.level == self.observe.depth:
            return None
        try:
            return read_tunnel(self.view, link, self.observe.selectors, 0, lenient=True)
        except FrameError:
            return None

    def _overlay(self, tunnel: Tunnel) -> None:
        """The overlay header, and what it is carried in."""
        encap = tunnel.header.encap
        for passage in tunnel.passages:
            self._passage(passage)
        if tunnel.passages and tunnel.ip is not None:
            self._network(Link(EtherType.IPV4 if tunnel.ip.version == 4 else EtherType.IPV6, tunnel.ip.offset))
        if tunnel.carrier is Carrier.UDP:
            self._add("udp", "UDP", headers.UDP, tunnel.carrier_at)
        at = tunnel.inner - tunnel.header.length
        if tunnel.header.vnid is not None:
            self.vnid = int(tunnel.header.vnid)
        for name, kind, layout in overlay_headers.header_layouts(encap, self.view.octets[at : tunnel.inner]):
            self._add(name, kind, layout, at)
            at += length_of(layout)
        if encap == "geneve":
            self._options(at, tunnel.inner)

    def _passage(self, passage: PassedTunnel) -> None:
        """A tunnel of bare packets that is looked through; the first one's IP header is described already."""
        ip, at = passage.ip, passage.carrier_at
        if self._end_of_layers() < at:
            self._network(Link(EtherType.IPV4 if ip.version == 4 else EtherType.IPV6, ip.offset))
        for name, kind, layout in passage_layouts(ip.protocol, self.view.octets[at : passage.end]):
            self._add(name, kind, layout, at)
            at += length_of(layout)

    def _options(self, at: int, end: int) -> None:
        """The options of Geneve."""
        while at < end:
            octets = self.view.octets[at:end]
            layout = geneve_options.option_layout(octets)
            self._add("geneve.option", "Geneve option", layout, at, 4 + (octets[3] & 0x1F) * 4)
            at += 4 + (octets[3] & 0x1F) * 4

    def _inside(self, tunnel: Tunnel) -> Link:
        """What the tunnel carries."""
        self.level += 1
        if tunnel.carries_frame:
            return self._frame(tunnel.inner)
        return tunnel.link(self.view)

    def _payload(self, link: Link, ip: IpLayer | None) -> None:
        """What is left: the transport header, and data."""
        if ip is None or ip.is_later or ip.protocol not in TRANSPORTS:
            at = ip.payload if ip is not None else max(link.offset, self._end_of_layers())
            self._rest(at)
            return
        octets = self.view.octets[ip.payload : self._end()]
        layout, length = transport_layout(ip.protocol, octets), header_len(ip.protocol, octets)
        self._add(TRANSPORTS[ip.protocol].name, IP_PROTOCOL_NAMES[ip.protocol], layout, ip.payload, length)
        self._rest(ip.payload + min(length, len(octets)))

    def _rest(self, at: int) -> None:
        """Data, and what lies behind the end of the frame that a tunnel carries."""
        end = self._end()
        for name, kind, first, last in (("data", "Data", at, end), ("trailer", "Trailer", end, self.view.orig_len)):
            octets = self.view.octets[first:last]
            if octets:
                self.layers.append(Layer(name, f"{kind}, {len(octets)} octets", first, len(octets), level=self.level))
