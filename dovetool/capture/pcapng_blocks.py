"""The blocks of a pcapng file that say how to read the others, and the room that a packet takes.

    block:    type 32 | length 32 | body | length 32
    section:  0x0A0D0D0A | length | magic 32 | major 16 | minor 16 | section length 64 | options | length
    interface:         1 | length | link type 16 | reserved 16 | snaplen 32 | options | length
    enhanced packet:   6 | length | interface 32 | ticks, upper 32 | ticks, lower 32 | captured length 32
                                  | original length 32 | frame | padding | options | length
    packet (obsolete): 2 | length | interface 16 | drops 16 | from here on as the enhanced one
    simple packet:     3 | length | original length 32 | frame | padding | length

Source: draft-ietf-opsawg-pcapng sections 3.1, 4 and appendix A.
"""

from __future__ import annotations

import struct
from dataclasses import replace
from typing import Self

from dovetool import __version__
from dovetool.capture.batch import Framing, Interface
from dovetool.capture.pcapng_clock import MICROSECONDS, Timing
from dovetool.capture.pcapng_options import (
    END_MARK,
    IF_DESCRIPTION,
    IF_NAME,
    IF_TSOFFSET,
    IF_TSRESOL,
    SHB_USERAPPL,
    emit_option,
    options,
    without_option,
)
from dovetool.capture.tenants import NO_TENANT, marked_tenant, tenant_mark
from dovetool.values import dataclass

SECTION, INTERFACE, OLD_PACKET, SIMPLE_PACKET, STATISTICS, PACKET = 0x0A0D0D0A, 1, 2, 3, 5, 6
SECTION_MAGIC = bytes.fromhex("0a0d0d0a")
"""The first octets of a pcapng file, in both byte orders."""
MAX_BLOCK = 64 << 20
"""A longer block is taken for damage."""
UNKNOWN_LENGTH = -1
_BYTE_ORDER_MAGIC = 0x1A2B3C4D


class BlockError(Exception):
    """A block contradicts the format; the text says how."""


PACKETS = Framing(28, 4, 4, has_options=True)
"""The room of an enhanced packet block around its frame; the length stands behind it once more."""


def layout(fields: str, *, little: bool) -> str:
    """A format for `struct` in the byte order of a section."""
    return ("<" if little else ">") + fields


@dataclass(frozen=True, slots=True)
class SectionHeader:
    """The head of a section.

    Attributes:
        little: byte order of the section.
        block_len: octets of this block.
        major: major version of the format.
        section_len: octets of the section behind this block; -1 when the writer did not say.
    """

    little: bool
    block_len: int
    major: int
    section_len: int

    @classmethod
    def parse(cls, octets: bytes | memoryview, at: int = 0) -> Self:
        """Read the first 24 octets of a section header block.

        Raises:
            BlockError: the byte order is not recognised.
        """
        for little in (True, False):
            fields = struct.unpack_from(layout("IIIHHq", little=little), octets, at)
            if fields[2] == _BYTE_ORDER_MAGIC:
                return cls(little, fields[1], fields[3], fields[5])
        raise BlockError("a section header has an unknown byte-order magic")


def emit_block(kind: int, body: bytes, *, little: bool) -> bytes:
    """A block around a body, whose length is a multiple of 4."""
    length = 12 + len(body)
    return (
        struct.pack(layout("II", little=little), kind, length) + body + struct.pack(layout("I", little=little), length)
    )


def emit_section(*, little: bool) -> bytes:
    """A section header of our own."""
    head = struct.pack(layout("IHHq", little=little), _BYTE_ORDER_MAGIC, 1, 0, UNKNOWN_LENGTH)
    author = emit_option(SHB_USERAPPL, f"dovetool {__version__}".encode(), little=little)
    return emit_block(SECTION, head + author + END_MARK, little=little)


def parse_interface(block: bytes, *, little: bool) -> Interface:
    """Read an interface description block.

    Raises:
        OptionError: an option reaches beyond the block.
    """
    link_type, snaplen = struct.unpack_from(layout("H2xI", little=little), block, 8)
    raw = block[16:-4]
    texts: dict[int, str] = {}
    for found in options(raw, little=little):
        if found.code in (IF_NAME, IF_DESCRIPTION) and not texts.get(found.code):
            texts[found.code] = found.value.rstrip(b"\0").decode(errors="replace")
    tenant = marked_tenant(texts.get(IF_DESCRIPTION, ""))
    return Interface(link_type, snaplen, texts.get(IF_NAME, ""), raw, tenant)


def emit_interface(interface: Interface, *, little: bool) -> bytes:
    """An interface description block with the options of the interface as they are."""
    body = struct.pack(layout("H2xI", little=little), interface.link_type, interface.snaplen)
    return emit_block(INTERFACE, body + interface.options, little=little)


def emit_interface_options(name: str, resolution: int, *, little: bool, tenant: int = NO_TENANT) -> bytes:
    """The options of an interface that no file described."""
    called = emit_option(IF_NAME, name.encode(), little=little) if name else b""
    if tenant != NO_TENANT:
        called += emit_option(IF_DESCRIPTION, tenant_mark(tenant).encode(), little=little)
    return called + emit_option(IF_TSRESOL, bytes([resolution]), little=little) + END_MARK


def renamed(interface: Interface, name: str, *, little: bool) -> Interface:
    """The interface with another name; empty: with none."""
    named = emit_option(IF_NAME, name.encode(), little=little) if name else b""
    rest = without_option(interface.options, IF_NAME, little=little)
    return replace(interface, name=name, options=named + (rest or END_MARK))


def timing_of(interface: Interface, *, little: bool) -> Timing:
    """What the options of an interface say about its ticks.

    Raises:
        OptionError: an option reaches beyond the others.
    """
    resolution, offset = MICROSECONDS, 0
    for found in options(interface.options, little=little):
        if found.code == IF_TSRESOL and found.value:
            resolution = found.value[0]
        elif found.code == IF_TSOFFSET and len(found.value) == 8:
            (offset,) = struct.unpack(layout("q", little=little), found.value)
    return Timing(resolution, offset)
