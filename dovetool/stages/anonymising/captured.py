"""Addresses and names in headers of link types other than Ethernet, and in those that capturing puts before frames.

Where MAC addresses stand in them: `dovetool/wire/links`. Of PKTAP, PPI and NFLOG stays what says how to read them;
names of interfaces and processes, hardware addresses, positions and users become zeros.
"""

from __future__ import annotations

from dovetool.frame.view import FrameView
from dovetool.stages.anonymising.places import Others, Places
from dovetool.wire.links import ground
from dovetool.wire.links.ground import Step

_LAYER = "link layer"
_MAC_LEN = 6
_RING, _FDDI, _WIRELESS, _SLL, _PPI, _NFLOG, _SLL2 = 6, 10, 105, 113, 192, 239, 276
_PKTAP = (149, 258)
_MACS = {_RING: (2, 8), _FDDI: (1, 7), _WIRELESS: (4, 10, 16), _SLL: (6,), _SLL2: (12,)}
_FOURTH_AT, _BOTH_WAYS, _FLAGS_AT = 24, b"\x03", 1
_FIRST_BIT = 0x80  # of a ring's address: a group, or routing information behind it
_PKTAP_VERSION_AT, _PKTAP_VERSION_2 = 38, b"\x08"
_NFLOG_FIRST, _NFLOG_KEPT, _VALUE_HEAD = 4, (1, 9), 4


def captured(places: Places, view: FrameView, others: Others) -> None:
    """What of these headers has to change; raises a FrameError where they are cut."""
    found = ground(view, view.link_type)
    for step in found.steps if found is not None else ():
        for at in _macs_of(view, step):
            old = view.take(at, _MAC_LEN, layer=_LAYER)
            places.change(at, old, _ring_mac(old, others) if step.link_type == _RING else others.mac(old))
        for start, end in _told_of(view, step):
            places.change(start, view.take(start, end - start, layer=_LAYER), bytes(end - start))


def _macs_of(view: FrameView, step: Step) -> list[int]:
    macs = [step.start + at for at in _MACS.get(step.link_type, ())]
    if step.link_type == _WIRELESS and step.end >= step.start + _FOURTH_AT + _MAC_LEN:
        flags = view.take(step.start + _FLAGS_AT, 1, _BOTH_WAYS, layer=_LAYER)
        macs += [step.start + _FOURTH_AT] if flags == _BOTH_WAYS else []
    return macs


def _ring_mac(old: bytes, others: Others) -> bytes:
    new = others.mac(old)
    return bytes((new[0] & ~_FIRST_BIT & 0xFF | old[0] & _FIRST_BIT,)) + new[1:]


def _told_of(view: FrameView, step: Step) -> list[tuple[int, int]]:
    """From where to where something stands that nobody needs who reads the frame."""
    start, end = step.start, step.end
    if step.link_type == _PPI:
        return [(start + 8, end)] if end > start + 8 else []
    if step.link_type == _NFLOG:
        return _values(view, start, end)
    if step.link_type not in _PKTAP or end == start:
        return []
    if view.take(start + _PKTAP_VERSION_AT, 1, _PKTAP_VERSION_2, layer=_LAYER) == _PKTAP_VERSION_2:
        return [(start + 40, end)] if end > start + 40 else []
    return [(start + 12, start + 36), (start + 40, end)]


def _values(view: FrameView, start: int, end: int) -> list[tuple[int, int]]:
    """The values of NFLOG before the packet, but for the one that says how that came."""
    found = []
    at = start + _NFLOG_FIRST
    while at + _VALUE_HEAD < end:
        kind = view.take(at + 2, 2, layer=_LAYER)
        length = int.from_bytes(view.take(at, 2, layer=_LAYER), "big" if kind[1] else "little")
        if max(kind) not in _NFLOG_KEPT and length > _VALUE_HEAD:
            found.append((at + _VALUE_HEAD, at + length))
        at += max(length + (-length & 3), _VALUE_HEAD)
    return found
