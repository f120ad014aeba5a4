"""A frame of a capture as a JSON object."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dovetool.analysis.found_frames import SeenFrame
from dovetool.observe.dissection import Dissection, Field, Layer
from dovetool.observe.names import Names
from dovetool.observe.observation import DOVE, Level, Overlay
from dovetool.observe.protocols import protocol_name
from dovetool.views.frames.frame_info import Info
from dovetool.vnid_map.texts import time_text
from dovetool.wire.addresses import address_text

if TYPE_CHECKING:
    from dovetool.records import frames as records

_IP_LENGTHS = (4, 16)


def frame_record(frame: SeenFrame, names: Names) -> records.Frame:
    """All that was seen of a frame; keys are always there, and null where there is nothing to say."""
    known, sighting = frame.known, frame.sighting
    seen, inner, overlays, vnid = sighting.seen, sighting.seen.inner, sighting.seen.overlays, sighting.seen.vnid
    return {
        "number": known.number,
        "time_ns": known.ts_ns,
        "time": time_text(known.ts_ns),
        "length": max(known.frame.orig_len, len(known.frame.octets)),
        "captured": len(known.frame.octets),
        "interface": known.interface or None,
        "comments": list(frame.comments),
        "hop": seen.hop,
        "vnid": vnid,
        "network": names.network(vnid),
        "protocol": protocol_name(inner) or None,
        "src_vm": sighting.src_vm,
        "dst_vm": sighting.dst_vm,
        "overlays": [_overlay(overlay, names) for overlay in overlays],
        "frames": [_level(level, known.frame.octets) for level in seen.levels],
        "info": Info.of(seen).text(known.frame) or None,
        "problem": None if seen.problem is None else str(seen.problem),
        "verdict": None if sighting.verdict is None else list(sighting.verdict),
    }


def _overlay(overlay: Overlay, names: Names) -> records.Overlay:
    src_tep, dst_tep = names.teps(overlay)
    return {
        "encap": overlay.encap,
        "vnid": overlay.vnid,
        "network": names.network(overlay.vnid),
        "src": address_text(overlay.src) or None,
        "dst": address_text(overlay.dst) or None,
        "src_tep": src_tep,
        "dst_tep": dst_tep,
        "pcp": overlay.pcp,
        "dei": overlay.dei,
        "extras": list(overlay.extras),
    }


def _level(level: Level, octets: bytes) -> records.Level:
    """The frame as captured, or one in a tunnel; what carries a tunnel has the addresses and UDP ports of that."""
    src_ip, dst_ip, protocol, ports = level.src_ip, level.dst_ip, level.protocol, (level.src_port, level.dst_port)
    carried = level.overlays[-1] if level.overlays and level.overlays[-1].encap != DOVE else None
    if carried is not None and len(carried.src) in _IP_LENGTHS:
        src_ip, dst_ip = carried.src, carried.dst
        protocol = carried.protocol
        ports = _ports(octets, carried.port_at)
    return {
        "src_mac": address_text(level.src_mac) or None,
        "dst_mac": address_text(level.dst_mac) or None,
        "vlans": list(level.vlans),
        "ethertype": level.ethertype,
        "src_ip": address_text(src_ip) or None,
        "dst_ip": address_text(dst_ip) or None,
        "ip_protocol": protocol,
        "src_port": ports[0],
        "dst_port": ports[1],
    }


def _ports(octets: bytes, at: int | None) -> tuple[int | None, int | None]:
    """Source and destination port of the UDP header that begins at `at`."""
    if at is None:
        return None, None
    return int.from_bytes(octets[at : at + 2], "big"), int.from_bytes(octets[at + 2 : at + 4], "big")


def layers_record(dissection: Dissection) -> list[records.Layer]:
    """The layers of a frame, field by field."""
    return [_layer(layer) for layer in dissection.layers]


def _layer(layer: Layer) -> records.Layer:
    return {
        "name": layer.name,
        "title": layer.title,
        "offset": layer.offset,
        "length": layer.length,
        "tunnels_around": layer.level,
        "fields": [_field(each) for each in layer.fields],
        "notes": [{"name": note.name, "severity": str(note.severity), "text": note.text} for note in layer.notes],
    }


def _field(each: Field) -> records.Field:
    value = each.value.hex() if isinstance(each.value, bytes) else each.value
    record: records.Field = {"name": each.name, "label": each.label, "value": value, "shown": each.shown}
    if not each.is_generated:
        record["offset"], record["length"] = each.offset, each.length
        record["mask"] = f"0x{each.mask:0{each.length * 2}x}"
    return record
