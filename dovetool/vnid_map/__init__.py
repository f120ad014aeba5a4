"""The map: who belongs where, and when.

The contract of this layer:
- `load` reads a map file and gives a `MapFile`, or a MapError with every mistake of the file and its line and column.
  Nothing else is raised, whatever the file holds.
- `VnidMap` is the compiled form that the stages ask. Its values are frozen and packed, its lookups do not search, and
  it knows nothing of files, pydantic or YAML.
- Nothing here knows frames. Times are whole nanoseconds since 1970, addresses are octets, VNIDs are plain integers.

pydantic and ruamel.yaml live in this package alone, and are imported when a map is read.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dovetool.vnid_map.entities import Host, Network, Policy, Port, Station, Tep, Trunk, Vrf
    from dovetool.vnid_map.lookup import VnidMap

__all__ = ["Host", "Network", "Policy", "Port", "Station", "Tep", "Trunk", "VnidMap", "Vrf"]


def __getattr__(name: str) -> object:
    """Load what is asked for; whoever reads names out of a map file alone needs none of it."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = import_module(f"{__name__}.{'lookup' if name == 'VnidMap' else 'entities'}")
    return getattr(module, name)
