"""MPLS, multiprotocol label switching: the label stack (RFC 3032 section 2.1), and Ethernet behind it (RFC 4448).

     0                   1                   2                   3
     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    |                 Label                 | TC  |S|      TTL      |

S is set in the last entry of the stack. No entry says what follows: an IP packet begins with its version, 4 or 6, and a
pseudowire's control word with 0 (RFC 4385 section 3), which stands before the Ethernet frame:

    |0 0 0 0|          Reserved             |    Sequence Number    |

A pseudowire may do without the control word; then its frame is told by what it looks like. A first nibble of 1 is of an
associated channel, which carries no frame.
"""

from __future__ import annotations

from typing import NamedTuple

from dovetool.errors import MalformedError
from dovetool.wire.fields import EtherType, Readable
from dovetool.wire.plausible import is_ethernet, packet_type

_LAYER = "MPLS"
ENTRY_LEN = 4
CONTROL_WORD_LEN = 4
_BOTTOM = b"\0\0\x01\0"
_MOST_ENTRIES = 16


class LabelStack(NamedTuple):
    """A label stack.

    Attributes:
        end: where it ends.
        payload: EtherType of what follows: IPv4, IPv6, or 0x6558 for an Ethernet frame; None where it is neither.
        payload_at: where that begins, behind a control word if there is one.
    """

    end: int
    payload: int | None
    payload_at: int


def read_stack(frame: Readable, offset: int) -> LabelStack:
    """Read the stack at `offset`, and tell what follows it; labels and TTLs are not looked at.

    Raises:
        TruncatedError: the frame ends before what follows.
        MalformedError: there are more than 16 entries.
    """
    at = offset
    for _ in range(_MOST_ENTRIES):
        entry = frame.take(at, ENTRY_LEN, _BOTTOM, layer=_LAYER)
        at += ENTRY_LEN
        if entry == _BOTTOM:
            return LabelStack(at, *_payload(frame, at))
    raise MalformedError(_LAYER, offset, f"more than {_MOST_ENTRIES} labels")


def _payload(frame: Readable, at: int) -> tuple[int | None, int]:
    nibble = frame.take(at, 1, b"\xf0", layer=_LAYER)[0] >> 4
    if nibble == 0 and is_ethernet(frame, at + CONTROL_WORD_LEN):
        return EtherType.TEB, at + CONTROL_WORD_LEN
    packet = packet_type(frame, at) if nibble in (4, 6) else None
    if packet is not None and not is_ethernet(frame, at):
        return packet, at
    if nibble != 1 and is_ethernet(frame, at):
        return EtherType.TEB, at
    return packet, at
