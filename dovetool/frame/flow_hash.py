"""The hash of an inner flow, which becomes the UDP source port so that the underlay's ECMP spreads the flows.

The hash is fixed: the same flow gets the same port in every run and on every machine. It works on 64-bit words, so
that the same arithmetic serves one frame in Python and a whole block in the compiled core.
"""

from __future__ import annotations

from functools import lru_cache

Spans = tuple[tuple[int, int], ...]
"""(offset, octets) of ranges of a frame."""
FlowFields = tuple[tuple[int, int], ...]
"""(offset in the frame, mask) of little-endian 64-bit words; masked-out octets may lie beyond the frame's end."""

FIRST_PORT = 49152
"""The dynamic ports 49152..65535 (RFC 6335 section 6) carry 14 bits of entropy."""
PORT_SHIFT = 50
MULTIPLIERS = (
    0x9E37_79B9_7F4A_7C15,
    0xC2B2_AE3D_27D4_EB4F,
    0x1656_67B1_9E37_79F9,
    0x85EB_CA77_C2B2_AE63,
    0x27D4_EB2F_1656_67C5,
    0xD6E8_FEB8_6659_FD93,
    0xA076_1D64_78BD_642F,
    0xE703_7ED1_A0B4_28DB,
    0x8EBC_6AF0_9C88_C6E3,
    0x5899_65CC_7537_4CC3,
    0x1D8E_4E27_C47D_124F,
    0xEB44_ACCA_B455_D165,
)
FINISHER = 0xFF51_AFD7_ED55_8CCD
_WORD = 0xFFFF_FFFF_FFFF_FFFF


@lru_cache(1 << 10)
def flow_fields(*groups: Spans) -> FlowFields:
    """Cover ranges of a frame by masked words.

    Args:
        groups: the ranges. Words begin where a group does and, within it, where the first octet
            stands that the word before does not reach: so the hash depends on what stands in a group, not on where
            the group stands, and a frame has it inside a tunnel too.
    """
    return tuple(field for group in groups for field in _covered(group))


def _covered(group: Spans) -> list[tuple[int, int]]:
    fields: list[tuple[int, int]] = []
    for at in sorted({at for start, length in group for at in range(start, start + length)}):
        if not fields or at >= fields[-1][0] + 8:
            fields.append((at, 0))
        word, mask = fields[-1]
        fields[-1] = word, mask | 0xFF << (at - word) * 8
    return fields


def entropy_port(octets: bytes, fields: FlowFields) -> int:
    """The UDP source port, 49152..65535, for the flow of one frame."""
    total = 0
    for (offset, mask), multiplier in zip(fields, MULTIPLIERS, strict=False):
        word = int.from_bytes(octets[offset : offset + 8], "little") & mask
        total = total + word * multiplier & _WORD
    mixed = (total ^ total >> 32) * FINISHER & _WORD
    return FIRST_PORT + (mixed >> PORT_SHIFT)
