"""From a ledger to statements: what is sure, and what is likely and marked as guessed."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from dovetool.learning.facts import Span, TepFacts
from dovetool.learning.ledger import Ledger
from dovetool.learning.mirrors import WHY, mirrors
from dovetool.learning.packing import MASK, are_packed, unpacked
from dovetool.learning.residents import residents
from dovetool.learning.routes import Routing, routing
from dovetool.map_sources.statements import (
    NetworkStatement,
    Origin,
    Place,
    PortStatement,
    Statement,
    TepStatement,
)
from dovetool.vnid_map.texts import mac_text, time_text
from dovetool.wire.overlay import ENCAPSULATIONS

_PACKED = "there and back have different VNIDs with the same lower 12 bits, as in OVN over VXLAN"


def conclude(ledger: Ledger, source: str) -> list[Statement]:
    """What captures tell of a network.

    Args:
        ledger: what was seen.
        source: the name of the captures.
    """
    origin = Origin(source)
    mask = MASK if are_packed(ledger) else None
    if mask is not None:
        ledger = ledger.by_network(unpacked)
    routed, copied = routing(ledger), mirrors(ledger)
    return [
        *_teps(ledger, routed, origin),
        *(
            each._replace(mask=mask, guessed=_PACKED if mask else WHY if each.vnid in copied else "")
            for each in _networks(ledger, routed, origin)
        ),
        *_ports(ledger, routed, unpacked if mask else int, origin),
        *routed.statements(origin),
        *(each for each in residents(ledger, routed, origin) if each.vnid not in copied),
    ]


def _ports(ledger: Ledger, routed: Routing, number: Callable[[int], int], origin: Origin) -> Iterator[PortStatement]:
    """Who sends in a network, or gets its frames, has a port in it, though no VM there was heard."""
    for ip, facts in sorted(ledger.teps.items()):
        for vnid in sorted({number(each) for each in facts.vnids}):
            if vnid and vnid not in routed.l3vnis:
                yield PortStatement(origin, Place(ip), vnid)


def counted(span: Span) -> str:
    """Frames and their time, for people."""
    frames = f"{span.frames:,} frame{'' if span.frames == 1 else 's'}"
    return f"{frames}, {time_text(span.first_ns)} to {time_text(span.last_ns)}"


def _teps(ledger: Ledger, routed: Routing, origin: Origin) -> Iterator[Statement]:
    owners: dict[bytes, set[bytes]] = {}
    for ip, facts in ledger.teps.items():
        for mac in facts.src_macs or facts.dst_macs:
            owners.setdefault(mac, set()).add(ip)
    for ip, facts in sorted(ledger.teps.items(), key=lambda item: (len(item[0]), item[0])):
        mac, why = _mac_of(facts, owners)
        known = [encap for encap, _ in facts.encaps.most_common()]
        ports = {
            encap: port for (encap, port), _ in reversed(facts.ports.most_common()) if not _registered(encap, port)
        }
        guessed = "" if facts.sent.frames else "it only received frames"
        macs = (mac,) if mac else ()
        yield TepStatement(
            origin,
            ips=(ip,),
            macs=macs,
            router_macs=tuple(sorted(routed.router_macs.get(ip, ()))),
            encaps=tuple(known),
            ports=ports,
            guessed=guessed,
            note="; ".join(filter(None, (counted(facts.sent) if facts.sent.frames else "", why))),
        )


def _registered(encap: str, port: int) -> bool:
    return port == ENCAPSULATIONS[encap].numbers[0]


def _mac_of(facts: TepFacts, owners: dict[bytes, set[bytes]]) -> tuple[bytes, str]:
    """The TEP's MAC address in the underlay; none where a router is before it, of which `why` tells."""
    seen = (facts.src_macs or facts.dst_macs).most_common()
    own = [mac for mac, _ in seen if len(owners[mac]) == 1]
    if len(own) == 1:
        return own[0], ""
    if not own and seen:
        return b"", f"behind the router {mac_text(seen[0][0])}"
    return b"", f"seen with {len(own)} MAC addresses: there may be a router before it" if own else ""


def _networks(ledger: Ledger, routed: Routing, origin: Origin) -> Iterator[NetworkStatement]:
    for vnid, span in sorted(ledger.networks.items()):
        if vnid in routed.l3vnis or not vnid:
            continue
        groups = [group for (network, group), _ in ledger.groups.most_common() if network == vnid]
        macs, ips = routed.gateways.get(vnid, (frozenset[bytes](), frozenset[bytes]()))
        for mac in sorted(macs) or [b""]:
            yield NetworkStatement(
                origin,
                vnid,
                gateway_mac=mac,
                gateway_ips=tuple(sorted(ips, key=lambda ip: (len(ip), ip))),
                group=groups[0] if groups else b"",
                floods=ledger.to_all[vnid] > 0,
                note=counted(span),
            )
