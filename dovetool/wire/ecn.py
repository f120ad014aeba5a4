"""Explicit Congestion Notification through a tunnel (RFC 6040)."""

from __future__ import annotations

NOT_ECT, ECT_1, ECT_0, CE = 0, 1, 2, 3


def decapsulated(outer: int, inner: int) -> int | None:
    """The ECN field of the packet that leaves a tunnel; None: it must be dropped (RFC 6040 section 4.2, figure 4)."""
    if inner == NOT_ECT:
        return None if outer == CE else NOT_ECT
    if CE in {outer, inner}:
        return CE
    return ECT_1 if outer == ECT_1 else inner
