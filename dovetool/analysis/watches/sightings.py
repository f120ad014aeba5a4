"""All that was seen of what only several frames show."""

from __future__ import annotations

from dovetool.analysis.findings import Report
from dovetool.analysis.watches import broadcasts, duplicate_addresses, port_entropy
from dovetool.analysis.watches.copies import CopyLedger
from dovetool.analysis.watches.path_ports import PortLedger
from dovetool.analysis.watches.places import PlaceLedger
from dovetool.vnid_map import VnidMap


class Sightings:
    """The ledgers of some frames.

    Attributes:
        copies: of broadcasts.
        places: of addresses.
        ports: of paths.
    """

    def __init__(self, *, is_part: bool = False) -> None:
        """Begin; of a part of a capture it is kept what frames before may change."""
        self.copies, self.places = CopyLedger(is_part=is_part), PlaceLedger(is_part=is_part)
        self.ports = PortLedger(is_part=is_part)

    def take_in(self, other: Sightings, vnid_map: VnidMap, report: Report, behind: int) -> None:
        """Take in those of a part that comes next; `report` gets what only both together show.

        Args:
            other: those of the part.
            vnid_map: gives names.
            report: what was found in all.
            behind: by how much the numbers of its frames are to be larger.
        """
        self.copies.take_in(other.copies, behind)
        self.ports.take_in(other.ports, behind)
        for number, back in self.places.take_in(other.places, behind):
            report.tell(duplicate_addresses.finding_of(back, vnid_map), [number], 1)

    def finish(self, vnid_map: VnidMap, report: Report) -> None:
        """Say what only all frames show; no more come."""
        broadcasts.tell_misses(self.copies, vnid_map, report)
        port_entropy.tell_shared(self.ports, vnid_map, report)
