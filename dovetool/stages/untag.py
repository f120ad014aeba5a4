"""The DOVE switch, incoming: the tag goes, and what is left goes out by the ports of VMs."""

from __future__ import annotations

from dovetool.belonging.breaches import breaches
from dovetool.belonging.participants import read_talk
from dovetool.belonging.target import target_stations
from dovetool.errors import FrameError
from dovetool.frame.link_layer import Link
from dovetool.frame.view import UNKNOWN, FrameView
from dovetool.stages.opening import tagged
from dovetool.stages.receivers import Receivers, by_vlan, card_of, likely, once_each, others_of
from dovetool.stages.stage import ByMap
from dovetool.stages.switch import pad_notes
from dovetool.values import dataclass
from dovetool.verdict.reasons import Reason
from dovetool.verdict.verdict import Copies, Forward, Reject, Splice, Verdict
from dovetool.vnid_map import Network, Port, Station, Tep, VnidMap
from dovetool.wire.dove_tag import TAG_OFFSET, DoveTag
from dovetool.wire.fields import EtherType, is_group


@dataclass(frozen=True, slots=True)
class Untag(ByMap):
    """Incoming: the tag goes, and the port of the target VM gets the frame.

    Attributes:
        vnid_map: who belongs where.
        tep: the tunnel end point whose switches these are; None: any.
        name_receivers: find out which VMs get each frame.
    """

    vnid_map: VnidMap
    tep: Tep | None = None
    name_receivers: bool = False

    name = "untag"

    def decide(self, view: FrameView) -> Verdict:
        """Decide about one frame."""
        try:
            found = tagged(view, self.vnid_map)
            return found if isinstance(found, Reject) else self._deliver(view, *found)
        except FrameError as error:
            return Reject.of(error)

    def _deliver(self, view: FrameView, link: Link, tag: DoveTag, network: Network) -> Verdict:
        dst_mac = view.take(0, 6, layer="Ethernet")
        to_group = is_group(dst_mac)
        stations = () if to_group else target_stations(view, link, self.vnid_map, network.vnid, dst_mac)
        if not (stations or to_group or network.floods):
            return Reject(Reason.UNKNOWN_DESTINATION)
        receivers = self._receivers(view, network, stations)
        if isinstance(receivers, Reason):
            return Reject(receivers)
        is_copy = not stations and self._tep_index(view) == view.origin == UNKNOWN
        notes = pad_notes(tag)
        if view.origin == UNKNOWN:  # what came out of a tunnel was looked at there
            talk = read_talk(view, view.take(0, 12, layer="Ethernet"), link)
            notes += breaches(view, self.vnid_map, network, talk, link)
        forms = tuple(
            Forward(
                (Splice(TAG_OFFSET, DoveTag.LEN, vlan_tag(vlan, tag)),),
                vnid=tag.vnid,
                notes=notes,
                receivers=vms,
                is_copy=is_copy,
            )
            for vlan, vms in receivers.items()
        )
        return Copies(forms) if len(forms) > 1 else forms[0]

    def _receivers(self, view: FrameView, network: Network, stations: tuple[Station, ...]) -> Receivers | Reason:
        tep = self._tep_index(view)
        if stations:
            there = [each for each in stations if tep in (UNKNOWN, each.port.tep.index)]
            return by_vlan(once_each(there, lambda each: each.vm)) if there else Reason.WRONG_TEP
        if tep != UNKNOWN and not network.has_port_at(tep):
            return Reason.VNID_NOT_ON_TEP
        return self._everyone(view, network, tep)

    def _everyone(self, view: FrameView, network: Network, tep: int) -> Receivers:
        """All VMs of a network behind one tunnel end point if that is known, but those at the port that it came in by.

        A frame that reaches no certain tunnel end point was sent to a group, and does not come back to the one that
        sent it; what is behind that one has a copy of its own. What goes out by trunks has the VLAN that the network
        has there, so there is a frame for each VLAN among its ports. A VM at several places gets one for each copy that
        its tunnel end points get, and none of its own (split horizon, RFC 7432 section 8.3).
        """
        left = view.origin if tep == UNKNOWN else UNKNOWN
        is_asked = self.name_receivers or network.has_trunks
        entered, sender = self._entered(view, network, tep) if is_asked else (None, None)

        def is_left(port: Port) -> bool:
            return tep in (UNKNOWN, port.tep.index) and port.tep.index != left

        vlans = (
            {0: ()}
            if not network.has_trunks
            else dict.fromkeys(port.vlan or 0 for port in network.ports if is_left(port) and port is not entered)
        )
        found: Receivers = dict.fromkeys(vlans or (0,), ())
        if self.name_receivers:
            others = others_of(self.vnid_map, network, entered, view.ts_ns, sender)
            there = [station for station in others if is_left(station.port)]
            by_tep = tep != UNKNOWN or view.origin != UNKNOWN  # else it is one of all copies that there are
            cards = once_each(there, lambda each: (card_of(each), each.port.tep.index if by_tep else 0))
            found |= by_vlan(cards)
        return found

    def _entered(self, view: FrameView, network: Network, tep: int) -> tuple[Port | None, Station | None]:
        """The port that a frame came in by, and the VM with its source MAC address there, as far as that is known."""
        port = self.vnid_map.ports[view.ingress] if view.ingress >= 0 else None
        stations = self.vnid_map.stations_by_mac(network.vnid, view.take(6, 6), view.ts_ns)
        if len(stations) > 1:
            stations = likely(stations, port, view.origin, UNKNOWN if view.local else tep)
        if port is None and len({each.port.index for each in stations}) == 1:
            port = stations[0].port
        return port, next(iter(stations), None)

    def _tep_index(self, view: FrameView) -> int:
        return self.tep.index if self.tep is not None else view.tep


def vlan_tag(vlan: int, tag: DoveTag) -> bytes:
    """The 802.1Q tag that a frame gets at a trunk port, with the DOVE tag's priority; none for VLAN 0."""
    if not vlan:
        return b""
    tci = tag.pcp << 13 | tag.dei << 12 | vlan
    return EtherType.VLAN.to_bytes(2, "big") + tci.to_bytes(2, "big")
