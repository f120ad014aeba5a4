"""Blocks and options of pcapng in the other byte order: files that become one may differ in it.

What is numbers in each of them the format says; text, addresses and unknown contents stay as they are. A block whose
layout is not known cannot be turned.

Source: draft-ietf-opsawg-pcapng sections 3.5, 4.2, 4.3, 4.5 to 4.8.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping

from dovetool.capture.batch import Passage
from dovetool.capture.pcapng_blocks import INTERFACE, PACKET, SECTION, STATISTICS, emit_block
from dovetool.capture.pcapng_options import OptionError, emit_option, options

_NAMES, _JOURNAL, _SECRETS, _CUSTOM, _CUSTOM_UNCOPIED = 4, 9, 10, 0x0BAD, 0x4000_0BAD
_ENTERPRISE = dict.fromkeys((2988, 2989, 19372, 19373), "I")
_NUMBERS: Mapping[int, Mapping[int, str]] = {
    INTERFACE: {8: "Q", 10: "I", 14: "q", 16: "Q", 17: "Q"},
    PACKET: {2: "I", 4: "Q", 5: "Q", 6: "I"},
    STATISTICS: {2: "II", 3: "II", **dict.fromkeys(range(4, 9), "Q")},
}
"""The numbers that the value of an option begins with, by the kind of its block and its code."""
_HEADS = {SECTION: "IHHq", INTERFACE: "HHI", STATISTICS: "III"}
"""The numbers that the body of a block begins with; options follow."""


def turned_options(raw: bytes, kind: int, *, little: bool) -> bytes:
    """The options of a block in the other byte order than `little`, as long as they are.

    Raises:
        OptionError: one reaches beyond the others.
    """
    known, made, stop = {**_NUMBERS.get(kind, {}), **_ENTERPRISE}, b"", 0
    for found in options(raw, little=little):
        value = _turned(found.value, known.get(found.code, ""), little=little)
        made += emit_option(found.code, value, little=not little)
        stop = found.stop
    return made[: len(raw)] + raw[stop:]


def _turned(value: bytes, fields: str, *, little: bool) -> bytes:
    """A value whose first numbers are in the other byte order; one that is too short for them stays."""
    source, target = (struct.Struct(order + fields) for order in ("<>" if little else "><"))
    if len(value) < source.size:
        return value
    return target.pack(*source.unpack_from(value)) + value[source.size :]


def turned_block(passage: Passage) -> bytes | None:
    """A block that is no packet in the other byte order; None where nobody knows how, or it contradicts itself."""
    try:
        body = _turned_body(passage)
    except OptionError:
        return None
    return None if body is None else emit_block(passage.kind, body, little=not passage.little)


def _turned_body(passage: Passage) -> bytes | None:
    little, kind, body = passage.little, passage.kind, passage.octets[8:-4]
    if kind in _HEADS:
        head = struct.calcsize("<" + _HEADS[kind])
        made = _turned(body[:head], _HEADS[kind], little=little)
        return made + turned_options(body[head:], kind, little=little)
    if kind == _SECRETS:
        return _turned_secrets(body, little=little)
    if kind == _NAMES:
        return _turned_names(body, little=little)
    if kind in (_CUSTOM, _CUSTOM_UNCOPIED):
        return _turned(body, "I", little=little)
    return body if kind == _JOURNAL else None


def _turned_secrets(body: bytes, *, little: bool) -> bytes:
    if len(body) < 8:
        raise OptionError("secrets are cut short")
    (size,) = struct.unpack_from("<I" if little else ">I", body, 4)
    end = 8 + size + (-size & 3)
    return _turned(body[:8], "II", little=little) + body[8:end] + turned_options(body[end:], _SECRETS, little=little)


def _turned_names(body: bytes, *, little: bool) -> bytes:
    """Records of kind, length and value, up to one of kind 0; addresses in them have the network's order."""
    made, at = b"", 0
    while at + 4 <= len(body):
        kind, size = struct.unpack_from("<HH" if little else ">HH", body, at)
        end = at + 4 + size + (-size & 3)
        made += _turned(body[at : at + 4], "HH", little=little) + body[at + 4 : end]
        at = end
        if not kind:
            break
    return made + turned_options(body[at:], _NAMES, little=little)
