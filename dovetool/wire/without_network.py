"""What encapsulations have in common that name no virtual network: they are read, and never written."""

from __future__ import annotations

from typing import ClassVar

from dovetool.wire.fields import Vnid
from dovetool.wire.overlay_header import OverlayFields


class WithoutNetwork:
    """An encapsulation that has no place for a VNID; `title` is what errors call it."""

    title: ClassVar[str]
    is_written = False
    flow_at = None
    bare = ()
    has_vnid = False

    def allows(self, identifier: Vnid) -> bool:
        """None: it has no identifier of a network."""
        return False

    def emit(self, fields: OverlayFields) -> bytes:
        """Raises ValueError: it has no place for a network."""
        raise ValueError(f"{self.title} is only read: VNID {fields.vnid} cannot be sent in it")
