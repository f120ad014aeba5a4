"""Why a frame does not go on, or is worth a remark: every reason, by its stable name."""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class Reason(StrEnum):
    """Why a frame was not forwarded. The names are stable: scripts rely on them.

    Attributes:
        told: what is so of the frame, as the end of a sentence that begins with `the frame`.
    """

    told: str

    def __new__(cls, name: str, told: str = "") -> Self:
        """Make a text of the name, with what it means."""
        made = str.__new__(cls, name)
        made._value_ = name
        made.told = told
        return made

    MALFORMED = "malformed", "contradicts itself: a header that does not fit in, lengths that disagree"
    TRUNCATED = "truncated", "was cut by the snap length before a header that has to be read"
    NOT_ETHERNET = "not-ethernet", "is of a link type that dovetool does not read, or that this stage cannot take"
    ALREADY_TAGGED = "already-tagged", "has a tag where none should be: in a tunnel, or behind another tag"
    UNTAGGED = "untagged", "has no DOVE tag where one is needed"
    NONZERO_PAD = (
        "nonzero-pad",
        "has set pad bits in its tag; it is forwarded, and reported; `strip` leaves the tag on it",
    )
    UNKNOWN_SOURCE = "unknown-source", "has a source MAC address that no VM of the map has at that time"
    AMBIGUOUS_SOURCE = "ambiguous-source", "may come from several ports; name one by `--ingress` or by the interface"
    SOURCE_SPOOFED = (
        "source-spoofed",
        "has the source MAC address of a VM that is at another port at that time, or has left this one",
    )
    UNKNOWN_PORT = "unknown-port", "is of an interface named after a switch of the map that has no such port"
    UNKNOWN_DESTINATION = "unknown-destination", "is for a MAC address that no VM of its network has"
    DUPLICATE_ADDRESS = "duplicate-address", "is for an address that VMs of several reachable networks have"
    UNKNOWN_VNID = "unknown-vnid", "has a VNID that is no network's"
    UNKNOWN_TEP = "unknown-tep", "comes from, or goes to, an underlay address that is no TEP's"
    VNID_NOT_ON_TEP = "vnid-not-on-tep", "came to a TEP that has no port in its network"
    NOT_FOR_THIS_TEP = "not-for-this-tep", "is addressed to another TEP than the one asked for"
    WRONG_TEP = "wrong-tep", "came to a TEP where its target is not"
    POLICY_DENIED = "policy-denied", "is for a network that no policy lets its own reach"
    LOCAL = "local", "stays behind its TEP (`run` delivers it there), or ends there: it is for the gateway itself"
    NO_COMMON_ENCAP = (
        "no-common-encap",
        "would go to a TEP with which its own shares no encapsulation or kind of underlay",
    )
    UNSUPPORTED_ENCAP = (
        "unsupported-encap",
        "would need an encapsulation that dovetool does not write, or carries what names no VM (a service header, NSH)",
    )
    MTU_EXCEEDED = "mtu-exceeded", "is too long for the underlay"
    NOT_OVERLAY = "not-overlay", "carries no overlay header"
    BAD_OVERLAY_HEADER = "bad-overlay-header", "is addressed like an overlay packet and has no valid overlay header"
    CRITICAL_OPTION = (
        "critical-option",
        (
            "has a Geneve option that must be understood, and is not; `strip` and `translate` without a map report it,"
            " and forward"
        ),
    )
    CONTROL_PACKET = (
        "control-packet",
        (
            "is a control message for the TEP itself, by the O flag of Geneve or VXLAN-GPE, and goes to a VM; it is"
            " forwarded, and reported, but for `--enforce`"
        ),
    )
    BAD_CHECKSUM = "bad-checksum", "has a wrong outer checksum: of IPv4, UDP or GRE"
    MISSING_CHECKSUM = (
        "missing-checksum",
        "has no outer UDP checksum, over IPv6, where the map says `udp_checksum: full` of its TEP",
    )
    CHECKSUM_OFFLOADED = (
        "checksum-offloaded",
        (
            "has an outer checksum that a network card was still to fill in, or that is right once an inner one is"
            " filled in; it is forwarded, and reported (`validate`: an info)"
        ),
    )
    ECN_DROP = "ecn-drop", "met congestion that its inner packet cannot signal (RFC 6040)"
    FRAGMENT_TIMEOUT = (
        "fragment-timeout",
        "is a fragment of a packet that was not complete in time, or within the bounds",
    )
    INNER_VLAN = "inner-vlan", "has an 802.1Q tag of the guest where the map or NVGRE forbids it"
    RESERVED_VNID = "reserved-vnid", "has a VNID that the encapsulation reserves: NVGRE up to 0xFFF, 802.1ah up to 0xFF"
    FCS_REMOVED = (
        "fcs-removed",
        "ended in a frame check sequence, as the capture says; it was taken off first, and the output declares none",
    )
    DUPLICATE = (
        "duplicate",
        "has the packet of an earlier frame, and comes within the window of time behind it (`dedup`, `strip --dedup`)",
    )
    TTL_EXCEEDED = "ttl-exceeded", "comes to a router with a TTL or hop limit of 1 or 0"
    NO_ROUTE = "no-route", "is for the router, and no VM or prefix of its VRF has the IP address that it is for"
    UNKNOWN_ROUTER = (
        "unknown-router",
        "is in the L3 VNI of a VRF, or would be, and a MAC address that it has or needs is no router's there",
    )
    TAG_SPOOFED = (
        "tag-spoofed",
        (
            "came in by a port, which is not `trusted`, with a tag that the switch would not give it: that of another"
            " network than the port's, or than its target's where a policy opens the way"
        ),
    )
    UNKNOWN_VLAN = (
        "unknown-vlan",
        "is at a trunk port with a VLAN, or without one, that is in none of the map's networks there",
    )
    ISOLATION_VIOLATION = "isolation-violation", "travels in a VNID that its inner source or destination is not in"
    LATE_FRAME = "late-frame", "comes from, or goes to, a place that the VM has left"
    WRONG_UNDERLAY_MAC = "wrong-underlay-mac", "has the underlay MAC address of one TEP with the IP address of another"
    WRONG_PORT = "wrong-port", "carries an overlay to another UDP port than its TEP listens on"
