"""Packets of an overlay in IPv4 fragments."""

from __future__ import annotations

from frames import underlay, vm_frame

_DNS_PORT = b"\0\x35"


def overlay_pieces(number: int, count: int, vnid: int, *, is_overlay: bool = True) -> list[bytes]:
    """A packet with that identification of IPv4 in so many pieces; it is one of VXLAN, or of DNS."""
    frame = underlay(vm_frame(40 * count), vnid)
    if not is_overlay:
        frame = frame[:36] + _DNS_PORT + frame[38:]
    payload, size = frame[34:], -(-len(frame[34:]) // count // 8) * 8
    made = []
    for at in range(0, len(payload), size):
        part = payload[at : at + size]
        head = bytearray(frame[:34])
        head[16:18] = (20 + len(part)).to_bytes(2, "big")
        head[18:20] = number.to_bytes(2, "big")
        head[20:22] = ((at + size < len(payload)) << 13 | at // 8).to_bytes(2, "big")
        made.append(bytes(head) + part)
    return made
