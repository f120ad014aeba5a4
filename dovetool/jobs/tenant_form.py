"""Where the network of a frame is told once its tunnel is gone."""

from __future__ import annotations

from enum import StrEnum


class TenantForm(StrEnum):
    """Where it is told."""

    INTERFACE = "interface"
    VLAN = "vlan"
    COMMENT = "comment"
    NONE = "none"
