"""The tunnel end points that the two ends of frames are behind, by the map, in columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

import numpy as np

from dovetool.analysis.columns import FrameTable
from dovetool.analysis.columns.cells import combined
from dovetool.capture.batch import Column
from dovetool.following.facts import NONE
from dovetool.observe.names import Names
from dovetool.values import dataclass

_Known = dict[tuple[int, bytes, bytes], int]


@dataclass(slots=True)
class TepColumns:
    """Finds them.

    Attributes:
        names: knows the map.
    """

    names: Names
    _known: Mapping[str, _Known] = field(default_factory=lambda: {"src": {}, "dst": {}})
    _generation: int = 0

    def columns(self, frames: FrameTable) -> dict[str, Column]:
        """The index (n,) of the tunnel end point of each frame's sender and receiver; `NONE` where it is not one."""
        if self._generation != frames.table.generation:
            self._generation = frames.table.generation
            self._known = {"src": {}, "dst": {}}
        return {f"{side}_tep": self._column(side, frames) for side in ("src", "dst")}

    def _column(self, side: str, frames: FrameTable) -> Column:
        if self.names.vnid_map is None:
            return np.full(len(frames), NONE)
        (macs, mac), (ips, ip) = frames.distinct(f"{side}_mac"), frames.distinct(f"{side}_ip")
        first, numbers = combined(frames.entries, mac, ip)
        known, found = self._known[side], []
        for row in first.tolist():
            key = int(frames.entries[row]), macs[mac[row]], ips[ip[row]]
            tep = known.get(key)
            if tep is None:
                tep = known[key] = self._tep(frames, *key)
            found.append(tep)
        return np.array(found, np.int64)[numbers]

    def _tep(self, frames: FrameTable, entry: int, mac: bytes, ip: bytes) -> int:
        """Where the one VM is that has these addresses: in the network that the frame is in, or with them alone."""
        vnid_map, look = self.names.vnid_map, frames.table.entries[entry].look
        if vnid_map is None:
            return NONE
        home = self.names.home(look.seen, look.interface)
        stations = vnid_map.stations_by_mac(home, mac, look.ts_ns) if home is not None and mac else ()
        stations = stations or (vnid_map.stations_with_mac(mac, look.ts_ns) if mac else ())
        stations = stations or (vnid_map.stations_with_ip(ip, look.ts_ns) if ip else ())
        teps = {station.port.tep.index for station in stations}
        return teps.pop() if len(teps) == 1 else NONE
