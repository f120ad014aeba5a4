"""What a stage would refuse a frame for, as a finding: whoever judges a frame asks those who will handle it.

An audit knows more than a stage, and says what it found in words of its own. Whatever a stage refuses beyond that is
added here, so that the two never disagree.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dovetool.belonging.finding import KINDS, Finding, Kind
from dovetool.belonging.participants import Scene
from dovetool.belonging.wording import NO_POLICY, address_text, target_text, vm_text
from dovetool.verdict.reasons import Reason
from dovetool.verdict.verdict import Copies, Forward, Reject, Verdict
from dovetool.wire.overlay import OverlayHeader

LEFT_OUT = frozenset(
    {
        *(Reason.NOT_OVERLAY, Reason.UNTAGGED, Reason.NOT_ETHERNET, Reason.LOCAL, Reason.NOT_FOR_THIS_TEP),
        *(Reason.AMBIGUOUS_SOURCE, Reason.UNKNOWN_SOURCE, Reason.TRUNCATED, Reason.UNSUPPORTED_ENCAP),
    }
)
"""What says that a frame is none of a stage's business, or that the stage cannot know: nothing is wrong with it."""
_STRAY = (Kind.ISOLATION_VIOLATION, Kind.LATE_FRAME, Kind.IN_FLIGHT)
SAID_BY: Mapping[Reason, tuple[Kind, ...]] = {
    Reason.UNKNOWN_DESTINATION: _STRAY,
    Reason.VNID_NOT_ON_TEP: _STRAY,
    Reason.WRONG_TEP: _STRAY,
    Reason.UNKNOWN_TEP: (Kind.ISOLATION_VIOLATION,),
    Reason.UNKNOWN_ROUTER: (Kind.VNID_NOT_ON_TEP,),
    Reason.SOURCE_SPOOFED: (Kind.LATE_FRAME, Kind.IN_FLIGHT),
}
"""Findings that tell more than the reason that a stage has for the same."""
_WORDS = {
    Reason.NO_COMMON_ENCAP: "the two tunnel end points share no encapsulation or kind of underlay, nor a gateway",
    Reason.RESERVED_VNID: "the encapsulation between the two tunnel end points reserves its VNID",
    Reason.NO_ROUTE: "no VM or prefix that the router knows has the IP address of its target",
    Reason.TTL_EXCEEDED: "its TTL or hop limit is 1 or 0, and ends at the router that is to send it on",
    Reason.UNKNOWN_ROUTER: "it is routed between TEPs, and the map gives one of these no router_mac, or another",
    Reason.INNER_VLAN: "it has an 802.1Q tag, which the map or NVGRE forbids in the tunnel",
    Reason.POLICY_DENIED: NO_POLICY,
    Reason.DUPLICATE_ADDRESS: "VMs of several networks that it may go to have the address of its target",
}


def refusal(doer: str, verdict: Verdict, found: Iterable[Finding], who: str = "") -> tuple[Finding, ...]:
    """The finding about what a stage refuses a frame for, unless it is among those that were found."""
    if not isinstance(verdict, Reject) or verdict.reason in LEFT_OUT or str(verdict.reason) not in KINDS:
        return ()
    kind = KINDS[str(verdict.reason)]
    if any(each.kind in (kind, *SAID_BY.get(verdict.reason, ())) for each in found):
        return ()
    words = _WORDS.get(verdict.reason, f"the frame {kind.rule.meaning}")
    return (Finding(kind, f"{who}: {words}" if who else f"{doer} would reject it: {words}"),)


def with_refusal(doer: str, verdict: Verdict, found: Iterable[Finding], who: str = "") -> tuple[Finding, ...]:
    """The findings and the `refusal`; what the stage itself would say comes first."""
    found = tuple(found)
    if not isinstance(verdict, Reject):
        return found
    found += refusal(doer, verdict, found, who)
    return tuple(sorted(found, key=lambda each: each.kind.reason != str(verdict.reason)))


def handed_on(header: OverlayHeader, verdict: Verdict, way: str) -> tuple[Finding, ...]:
    """The finding about a control message that a tunnel end point does not refuse, and so hands on."""
    if not header.is_control or isinstance(verdict, Reject):
        return ()
    text = f"{header.encap}{way} has the O flag of a control message, and a frame that goes to a VM"
    return (Finding(Kind.CONTROL_PACKET, f"{text}; expected one for the tunnel end point itself"),)


def longest(verdict: Verdict) -> int | None:
    """Octets on the wire of the longest frame that a verdict lets pass; None where it has no limit."""
    copies = verdict.verdicts if isinstance(verdict, Copies) else (verdict,) if isinstance(verdict, Forward) else ()
    limits = [copy.longest for copy in copies if copy.limit is not None]
    return min(limits, default=None)


def talk_text(scene: Scene) -> str:
    """Who sends to whom in a frame of a network."""
    who = vm_text(scene.vnid_map, scene.sources) or address_text(scene.talk.source)
    if scene.target is not None:
        return f"{who} to {vm_text(scene.vnid_map, [scene.target])}"
    return f"{who} to {target_text(scene.talk)}"
