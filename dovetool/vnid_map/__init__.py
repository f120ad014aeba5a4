"""The map: who belongs where, and when.

The contract of this layer:
- `load` reads a map file and gives a `MapFile`, or a MapError with every mistake of the file and its line and column.
  Nothing else is raised, whatever the file holds.
- `VnidMap` is the compiled form that the stages ask. Its values are frozen and packed, its lookups do not search, and
  it knows nothing of files, pydantic or YAML.
- Nothing here knows frames. Times are whole nanoseconds since 1970, addresses are octets, VNIDs are plain integers.

pydantic and ruamel.yaml live in this package alone, and are imported when a map is read.
"""

from dovetool.vnid_map.entities import Host, Network, Policy, Port, Station, Tep, Trunk, Vrf
from dovetool.vnid_map.lookup import VnidMap

__all__ = ["Host", "Network", "Policy", "Port", "Station", "Tep", "Trunk", "VnidMap", "Vrf"]
