"""What is said about packets that were followed: names of captures and flows, and what to know of the counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePath

from dovetool.following.following import By, CaptureReport, Following, GroupReport, HopReport
from dovetool.observe.protocols import IP_PROTOCOL_NAMES, ethertype_name
from dovetool.views.plain import printable

_COMPARED = {
    "begin": "only the first 64 octets of payloads are compared: a capture has no more of some packets",
    "head": "only headers are compared, without payload: a capture has no more of some packets",
}


def short_names(names: Sequence[str]) -> dict[str, str]:
    """Captures without folder and suffix, where that tells them apart; names are data, and control no terminal."""
    short = [PurePath(name).name.split(".")[0] or name for name in names]
    chosen = short if len(set(short)) == len(set(names)) else names
    return dict(zip(names, map(printable, chosen), strict=True))


def remarks(following: Following, names: Mapping[str, str]) -> Iterator[str]:
    """What one has to know of the counts; `names` are what captures are called."""
    if following.likely_order is not None:
        told = " ".join(names[name] for name in following.likely_order)
        yield f"packets pass these places in another order, by the time that they take; name the captures so: {told}"
    for hop in following.hops:
        yield from _of_hop(hop, names)
    if following.compared in _COMPARED:
        yield _COMPARED[following.compared]
    for capture in following.captures:
        yield from _of_capture(capture, names)
    unknown = [names[each.name] for each in following.captures if each.offset_ns is None]
    if unknown:
        yield f"{', '.join(unknown)}: the difference of clocks is not known, as packets do not go both ways"


def _of_hop(hop: HopReport, names: Mapping[str, str]) -> Iterator[str]:
    way = f"{names[hop.source]} > {names[hop.target]}"
    if hop.lost_frames:
        more = " ..." if hop.counts.lost > len(hop.lost_frames) else ""
        later = f", {hop.counts.seen_later:,} of them seen further on" if hop.counts.seen_later else ""
        frames = "frames" if hop.counts.lost > 1 else "frame"
        yield f"{way}: lost {frames} {', '.join(map(str, hop.lost_frames))}{more} of {names[hop.source]}{later}"
    if hop.passing:
        yield f"{way}: {_packets(hop.passing)} not counted, as none of their kind passes there"
    if hop.outside:
        yield f"{way}: {_packets(hop.outside)} not counted, as {names[hop.target]} was not captured then"
    if hop.is_from_least:
        yield f"{way}: delays are counted from the shortest one, as the clocks cannot be compared"


def _of_capture(capture: CaptureReport, names: Mapping[str, str]) -> Iterator[str]:
    name = names[capture.name]
    if capture.cut:
        yield f"{name}: {_packets(capture.cut)} cut too short to be found again; what seems lost may be among them"
    if capture.underlay:
        yield f"{name}: {_packets(capture.underlay)} of the underlay itself, not followed"


def _packets(count: int) -> str:
    return f"{count:,} packet{'' if count == 1 else 's'}"


def with_port(address: str | None, port: int | None) -> str:
    """An end of a flow."""
    if address is None or port is None:
        return address or ""
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def protocol_name(group: GroupReport) -> str:
    """The protocol of a flow: that of IP, else what the EtherType says."""
    if group.protocol is not None:
        return IP_PROTOCOL_NAMES.get(group.protocol, str(group.protocol))
    return "" if group.ethertype is None else ethertype_name(group.ethertype)


def group_label(by: By, group: GroupReport) -> str:
    """What packets that are summed up together are called."""
    network = group.network or ("no network" if group.vnid is None else f"VNID {group.vnid}")
    if by is By.NETWORK:
        return printable(network)
    ends = f"{with_port(group.src, group.src_port)} > {with_port(group.dst, group.dst_port)}"
    return " ".join(filter(None, (f"{printable(network)}:", ends, protocol_name(group))))
