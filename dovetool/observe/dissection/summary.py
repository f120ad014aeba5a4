"""Layers in one line each, and the layer that sums up the overlays of a frame."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dovetool.observe.dissection.tree import Field, Layer
from dovetool.observe.names import Names
from dovetool.observe.observation import Observation
from dovetool.observe.protocols import arp_text

_PAIRS = (
    ("eth.src", "eth.dst"),
    ("ip.src", "ip.dst"),
    ("ipv6.src", "ipv6.dst"),
    ("udp.srcport", "udp.dstport"),
    ("tcp.srcport", "tcp.dstport"),
    ("stt.stream_id", "stt.dport"),
    ("sctp.srcport", "sctp.dstport"),
    ("dccp.srcport", "dccp.dstport"),
)
_NAMED = (
    ("vlan.id", "ID"),
    ("vlan.priority", "priority"),
    ("ieee8021ad.id", "ID"),
    ("ieee8021ad.priority", "priority"),
    ("vntag.src", "source"),
    ("cmd.sgt", "SGT"),
    ("pppoe.session_id", "session"),
    ("mpls.label", "label"),
    ("vxlan.vni", "VNI"),
    ("geneve.vni", "VNI"),
    ("nvgre.vsid", "VSID"),
    ("gre.key", "key"),
    ("erspan.spanid", "session"),
    ("ieee8021ah.isid", "I-SID"),
    ("stt.context_id", "context"),
    ("icmp.type", ""),
    ("icmpv6.type", ""),
    ("dccp.type", ""),
    ("igmp.type", ""),
    ("pim.type", ""),
    ("ospf.msg", ""),
    ("vrrp.virt_rtr_id", "virtual router"),
    ("esp.spi", "SPI"),
    ("ah.spi", "SPI"),
    ("gre.proto", ""),
    ("geneve.option.class", "class"),
)
_OF_ARP = ("arp.opcode", "arp.src.hw_mac", "arp.src.proto_ipv4", "arp.dst.proto_ipv4")


def title(kind: str, fields: Mapping[str, Field]) -> str:
    """A header in one line: its name, and what matters most in it."""
    parts = [kind]
    parts += [
        f"{fields[source].shown} > {fields[target].shown}"
        for source, target in _PAIRS
        if source in fields and target in fields
    ]
    parts += [f"{label} {fields[name].shown}".strip() for name, label in _NAMED if name in fields]
    if all(name in fields for name in _OF_ARP):
        parts.append(arp_text(int(fields["arp.opcode"].value), *(fields[name].shown for name in _OF_ARP[1:])))
    return ", ".join(parts)


def overlay_layer(seen: Observation, names: Names) -> Iterator[Layer]:
    """The overlays of a frame, as the filter fields `overlay.*` have them; nothing for a frame without."""
    if not seen.overlays:
        return
    fields: list[Field] = []
    for overlay in seen.overlays:
        fields.append(_made("overlay.encap", "Encapsulation", overlay.encap))
        if overlay.vnid is None:
            continue
        fields.append(_made("overlay.vnid", "VNID", overlay.vnid))
        network = names.network(overlay.vnid)
        if network is not None:
            fields.append(_made("overlay.network", "Network", network))
    fields.append(_made("overlay.depth", "Depth", len(seen.overlays)))
    if seen.vnid is not None:
        fields.append(_made("overlay.inner_vnid", "Innermost VNID", seen.vnid))
    yield Layer("overlay", f"Overlay, {' / '.join(overlay.encap for overlay in seen.overlays)}", 0, 0, tuple(fields))


def _made(name: str, label: str, value: str | int) -> Field:
    return Field(name, label, value, str(value))
