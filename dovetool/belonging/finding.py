"""What `validate` may find wrong with a frame: every kind with its severity, what it means, and what it rests on."""

from __future__ import annotations

from enum import Enum

from dovetool.belonging.rule import Rule, Severity
from dovetool.values import dataclass
from dovetool.verdict.reasons import Reason

_ERROR, _WARNING = Severity.ERROR, Severity.WARNING


class Kind(Enum):
    """Every kind of finding; the reasons are stable names, scripts rely on them."""

    ISOLATION_VIOLATION = Rule(
        Reason.ISOLATION_VIOLATION,
        _ERROR,
        "travels in a VNID that its inner source or destination is not in",
        "map: vms.at, networks; RFC 7348 section 4",
    )
    POLICY_DENIED = Rule(
        Reason.POLICY_DENIED, _ERROR, "goes from one network to another that no policy lets it reach", "map: policies"
    )
    SOURCE_SPOOFED = Rule(
        Reason.SOURCE_SPOOFED,
        _ERROR,
        "has a MAC or IP address, in its header or as sender of ARP, that is another VM's",
        "map: vms.mac, vms.ip",
    )
    UNLISTED_ADDRESS = Rule(
        "unlisted-address", _WARNING, "comes from an IP address that the map does not give to its VM", "map: vms.ip"
    )
    DUPLICATE_ADDRESS = Rule(
        Reason.DUPLICATE_ADDRESS,
        _ERROR,
        "is for an address that VMs of several reachable networks have, or shows one that the map does not have at two"
        " places in turn, so that it is at both",
        "RFC 7348 section 4.1; RFC 5227 section 2.4",
    )
    TAG_SPOOFED = Rule(
        Reason.TAG_SPOOFED,
        _ERROR,
        "came in by a port with the DOVE tag of a network that the switch would not give it",
        "map: switches.ports, policies",
    )
    UNKNOWN_VLAN = Rule(
        Reason.UNKNOWN_VLAN,
        _ERROR,
        "is at a trunk port with a VLAN, or without one, that is in none of the map's networks there",
        "map: switches.ports",
    )
    LATE_FRAME = Rule(
        Reason.LATE_FRAME, _ERROR, "comes from, or goes to, a place that the VM has left", "map: vms.at from, until"
    )
    IN_FLIGHT = Rule(
        "in-flight",
        _WARNING,
        "was still on its way through the underlay when the VM left the place that it comes from, or goes to",
        "map: vms.at from, until",
    )
    UNKNOWN_SOURCE = Rule(
        Reason.UNKNOWN_SOURCE, _WARNING, "has a source MAC address that the map gives to no VM", "map: vms.mac"
    )
    UNKNOWN_DESTINATION = Rule(
        Reason.UNKNOWN_DESTINATION,
        _WARNING,
        "is for a MAC address that no VM has, in a network that does not flood such frames",
        "map: vms.mac, networks.unknown_unicast",
    )
    WRONG_TEP = Rule(
        Reason.WRONG_TEP, _ERROR, "left by, or went to, another TEP than the VM is behind", "map: vms.at, switches.tep"
    )
    PROXY_ARP = Rule(
        "proxy-arp",
        _WARNING,
        "is a true answer to ARP in a VM's name, from a TEP or switch that the VM is not behind",
        "RFC 1027; RFC 9161; map: vms.at",
    )
    UNKNOWN_VNID = Rule(Reason.UNKNOWN_VNID, _ERROR, "has a VNID that is no network's", "map: networks.vnid")
    UNKNOWN_TEP = Rule(
        Reason.UNKNOWN_TEP, _ERROR, "comes from, or goes to, an underlay address that is no TEP's", "map: teps.ip"
    )
    UNKNOWN_PORT = Rule(
        Reason.UNKNOWN_PORT, _ERROR, "was captured at a port that the map's switch does not have", "map: switches.ports"
    )
    VNID_NOT_ON_TEP = Rule(
        Reason.VNID_NOT_ON_TEP,
        _ERROR,
        "left by, or went to, a TEP that has no port in its network",
        "map: switches.ports",
    )
    NO_COMMON_ENCAP = Rule(
        Reason.NO_COMMON_ENCAP,
        _ERROR,
        "is in an encapsulation that one of its TEPs does not know, or they share none",
        "map: teps.encap",
    )
    WRONG_UNDERLAY_MAC = Rule(
        Reason.WRONG_UNDERLAY_MAC,
        _ERROR,
        "has the underlay MAC address of one TEP with the IP address of another",
        "map: teps.mac, teps.ip",
    )
    UNEXPECTED_UNDERLAY_MAC = Rule(
        "unexpected-underlay-mac",
        _WARNING,
        "has an underlay MAC address that is no TEP's, where the map has no router between the two TEPs",
        "map: teps.mac, teps.gateway_mac",
    )
    BROADCAST_INCOMPLETE = Rule(
        "broadcast-incomplete",
        _WARNING,
        "is a broadcast of which the copy to a TEP of its network was not captured, though the way there was seen",
        "RFC 7348 section 4.2; map: switches.ports, networks.group",
    )
    UNKNOWN_ROUTER = Rule(
        Reason.UNKNOWN_ROUTER,
        _ERROR,
        "is routed between TEPs and lacks the MAC address of a router of its VRF, as its source or destination",
        "map: teps.router_mac, vrfs.l3vni; RFC 9135 section 6",
    )
    NO_ROUTE = Rule(
        Reason.NO_ROUTE,
        _WARNING,
        "is to be routed to an IP address that no VM or prefix of the VRF has",
        "map: vms.ip, vrfs; RFC 9135",
    )
    TTL_EXCEEDED = Rule(
        Reason.TTL_EXCEEDED,
        _WARNING,
        "comes to a router with a TTL or hop limit of 1 or 0, which ends there",
        "RFC 1812 section 5.3.1; RFC 8200 section 3",
    )
    ALREADY_TAGGED = Rule(
        Reason.ALREADY_TAGGED,
        _ERROR,
        "has a DOVE tag inside a tunnel, where it should be gone, or behind another tag",
        "US 9,602,307 FIG. 9, FIG. 11",
    )
    NONZERO_PAD = Rule(Reason.NONZERO_PAD, _WARNING, "has set pad bits in its DOVE tag", "US 9,602,307 FIG. 9")
    MALFORMED = Rule(
        Reason.MALFORMED,
        _ERROR,
        "contradicts itself: a header that does not fit in, lengths that disagree",
        "RFC 768; RFC 791 section 3.1; RFC 8200 section 3",
    )
    NOT_ETHERNET = Rule(
        Reason.NOT_ETHERNET,
        _WARNING,
        "is of a link type that dovetool does not read",
        "https://www.tcpdump.org/linktypes.html",
    )
    LENGTH_MISMATCH = Rule(
        "length-mismatch",
        _WARNING,
        "has octets that a length field leaves out, or an inner packet that is not all there",
        "RFC 768; RFC 791 section 3.1; RFC 8200 section 3",
    )
    BAD_OVERLAY_HEADER = Rule(
        Reason.BAD_OVERLAY_HEADER,
        _ERROR,
        "is addressed like an overlay packet and has no valid overlay header",
        "RFC 7348 section 5; RFC 7637 section 3.2; RFC 8926 section 3.4",
    )
    CRITICAL_OPTION = Rule(
        Reason.CRITICAL_OPTION,
        _ERROR,
        "has a Geneve option that must be understood, and is not",
        "RFC 8926 section 3.5.1",
    )
    CRITICAL_FLAG = Rule(
        "critical-flag",
        _WARNING,
        "has a C flag in its Geneve header that its options do not bear out: set without a critical one, or clear with"
        " one",
        "RFC 8926 section 3.4",
    )
    CONTROL_PACKET = Rule(
        Reason.CONTROL_PACKET,
        _ERROR,
        "is a control message for a TEP, which must not hand it on, and goes to a VM",
        "RFC 8926 section 3.4; draft-ietf-nvo3-vxlan-gpe section 3",
    )
    RESERVED_BITS = Rule(
        "reserved-bits",
        _WARNING,
        "has set bits that are reserved: to be sent as 0, and ignored on receipt",
        "RFC 7348 section 5; RFC 2784 section 2.3; RFC 8926 section 3.4",
    )
    RESERVED_VNID = Rule(
        Reason.RESERVED_VNID,
        _ERROR,
        "has a VNID that its encapsulation reserves",
        "RFC 7637 section 3.2; IEEE 802.1Q section 9.7",
    )
    WRONG_PORT = Rule(
        Reason.WRONG_PORT,
        _ERROR,
        "carries an overlay to another UDP port than its TEP listens on",
        "map: teps.ports; RFC 7348 section 5; RFC 8926 section 3.3",
    )
    NO_ENTROPY = Rule(
        "no-entropy",
        _WARNING,
        "has a UDP source port of 0, or the one that all flows between its TEPs have, so that the underlay cannot"
        " spread them",
        "RFC 7348 section 5; RFC 8926 section 3.3",
    )
    BAD_CHECKSUM = Rule(
        Reason.BAD_CHECKSUM,
        _ERROR,
        "has a wrong outer checksum (IP, UDP or GRE)",
        "RFC 791 section 3.1; RFC 768; RFC 2784 section 2.3; RFC 6935",
    )
    MISSING_CHECKSUM = Rule(
        Reason.MISSING_CHECKSUM,
        _ERROR,
        "has no outer UDP checksum, where the map says that its TEP wants one",
        "RFC 6936 section 4; map: teps.udp_checksum",
    )
    CHECKSUM_OFFLOADED = Rule(
        Reason.CHECKSUM_OFFLOADED,
        Severity.INFO,
        "has an outer checksum that is no mistake: a network card had still to fill in that one, or one inside",
        "Linux Documentation/networking/checksum-offloads",
    )
    BAD_INNER_CHECKSUM = Rule(
        "bad-inner-checksum", _WARNING, "carries an IPv4 packet with a wrong header checksum", "RFC 791 section 3.1"
    )
    INNER_VLAN = Rule(
        Reason.INNER_VLAN,
        _ERROR,
        "has an 802.1Q tag inside the tunnel where the map or NVGRE forbids it",
        "map: teps.guest_vlan; RFC 7637 section 3.3",
    )
    GUEST_VLAN = Rule(
        "guest-vlan",
        _WARNING,
        "has an 802.1Q tag that its TEP is not to send, or in VXLAN, where TEPs that are not set to keep it discard it",
        "RFC 7348 section 6.1; map: teps.guest_vlan",
    )
    ECN_DROP = Rule(
        Reason.ECN_DROP,
        _ERROR,
        "met congestion that its inner packet cannot signal, and has to be dropped",
        "RFC 6040 section 4.2",
    )
    ECN_MISMATCH = Rule(
        "ecn-mismatch",
        _WARNING,
        "has an outer ECN field that no encapsulator of RFC 6040 makes of its inner one",
        "RFC 6040 sections 4.1 and 4.2",
    )
    OUTER_FRAGMENT = Rule(
        "outer-fragment",
        _WARNING,
        "is a fragment of an overlay packet, between TEPs that are not set to fragment",
        "RFC 7348 section 4.3; RFC 8926 section 4.4.1; map: teps.on_mtu",
    )
    MTU_EXCEEDED = Rule(
        Reason.MTU_EXCEEDED,
        _WARNING,
        "is longer than the MTU of the TEP that sent it, unless its network card was still to cut it up",
        "map: teps.mtu",
    )
    LOW_TTL = Rule(
        "low-ttl",
        _WARNING,
        "has an outer TTL or hop limit of 1 or 0: the next router drops it",
        "RFC 791 section 3.2; RFC 8200 section 3; map: teps.ttl",
    )

    @property
    def rule(self) -> Rule:
        """What holds for all of its findings."""
        return self.value

    @property
    def reason(self) -> str:
        """Its stable name."""
        return str(self.rule.reason)

    @property
    def severity(self) -> Severity:
        """How much it weighs."""
        return self.rule.severity

    @property
    def needs_map(self) -> bool:
        """It cannot be told without a map."""
        return self not in OF_FORM


BETWEEN = " from {} to {}"
"""Stands in texts for the ends of a tunnel that were not looked at, so that they do not split flows."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong with a frame.

    Attributes:
        kind: what kind of thing.
        text: what was found and what was expected, with the names of the map.
        source: the RFC section or the entry of the map that it rests on; empty: that of the kind.
    """

    kind: Kind
    text: str
    source: str = ""

    @property
    def basis(self) -> str:
        """What it rests on."""
        return self.source or self.kind.rule.source

    @property
    def is_open(self) -> bool:
        """Its text leaves open which packets it is about; `named` says it."""
        return BETWEEN in self.text

    def named(self, src: str, dst: str) -> Finding:
        """The same about packets from one address to another."""
        return Finding(self.kind, self.text.replace(BETWEEN, f" from {src} to {dst}"), self.source)


OF_FORM = frozenset(
    {
        Kind.NONZERO_PAD,
        Kind.MALFORMED,
        Kind.NOT_ETHERNET,
        Kind.LENGTH_MISMATCH,
        Kind.BAD_OVERLAY_HEADER,
        Kind.CRITICAL_OPTION,
        Kind.CRITICAL_FLAG,
        Kind.RESERVED_BITS,
        Kind.RESERVED_VNID,
        Kind.NO_ENTROPY,
        Kind.BAD_CHECKSUM,
        Kind.CHECKSUM_OFFLOADED,
        Kind.BAD_INNER_CHECKSUM,
        Kind.INNER_VLAN,
        Kind.ECN_DROP,
        Kind.ECN_MISMATCH,
        Kind.OUTER_FRAGMENT,
        Kind.LOW_TTL,
    }
)
"""What a packet shows by itself; a map makes some of them stricter."""
KINDS = {kind.reason: kind for kind in Kind}
"""Every kind by its reason."""
OF_FRAME_ERRORS = {
    Reason.MALFORMED: Kind.MALFORMED,
    Reason.BAD_OVERLAY_HEADER: Kind.BAD_OVERLAY_HEADER,
}
"""What a frame that cannot be read is found to be; one that was cut by capturing is nobody's fault."""
