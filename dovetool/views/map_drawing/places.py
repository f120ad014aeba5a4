"""The TEPs of a map as boxes: their switches, the ports of these, the VMs at them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import field
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from dovetool.values import dataclass
from dovetool.views.map_drawing.drawing import Box, Edge, Kind, Line, Node
from dovetool.views.numbers import counted
from dovetool.vnid_map.places import Member, members, nics_of, place_name
from dovetool.vnid_map.texts import vlan_text

if TYPE_CHECKING:
    from dovetool.vnid_map.file.model import MapFile, Nic, Placement, Tep

_MOST_ADDRESSES = 2


class _Stay(NamedTuple):
    """A VM at a place: the name of its node, and its text."""

    node: str
    lines: tuple[str, ...]


@dataclass(slots=True)
class Places:
    """Draws the TEPs of a map, and what is behind them.

    Attributes:
        model: the map.
        limit: how many things of a kind are drawn in a box, or at a port; the rest is summed up.
    """

    model: MapFile
    limit: int
    _by_switch: dict[str, list[Member]] = field(default_factory=lambda: defaultdict(list))
    _stays: dict[str, list[_Stay]] = field(default_factory=lambda: defaultdict(list))
    _moves: list[Edge] = field(default_factory=list)
    _networks: dict[str | None, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._networks = {name: at for at, name in enumerate(self.model.networks)}
        for member in members(self.model).values():
            self._by_switch[member.switch].append(member)
        for at, (name, vm) in enumerate(self.model.vms.items()):
            for card, nic in enumerate(nics_of(vm)):
                self._settle(f"vm{at}_{card}", name, nic)

    def _settle(self, prefix: str, name: str, nic: Nic) -> None:
        """Put a VM's network card where it is, in turn or at once."""
        values = nic.model_dump(mode="json", by_alias=True)
        addresses = [*map(str, values["ip"] or values["mac"])]
        more = len(addresses) - _MOST_ADDRESSES
        lines = (
            name,
            *addresses[:_MOST_ADDRESSES],
            *([f"and {counted(more, 'address', 'addresses')} more"] if more > 0 else []),
        )
        for at, place in enumerate(nic.at):
            self._stays[place_name(place)].append(_Stay(f"{prefix}_{at}", (*lines, *_times(place))))
        for at, (before, after) in enumerate(pairwise(nic.at)):
            if before.until_ns is not None and before.until_ns == after.from_ns:
                self._moves.append(Edge(f"{prefix}_{at}", f"{prefix}_{at + 1}", Line.MOVE))

    def boxes(self) -> tuple[list[Box], list[Edge]]:
        """A box for each TEP, and the lines in and between them; the TEPs themselves are named `tep0` and so on."""
        edges: list[Edge] = []
        switches: dict[str, list[tuple[int, str]]] = defaultdict(list)
        for at, (name, switch) in enumerate(self.model.switches.items()):
            switches[switch.tep].append((at, name))
        teps = [*self.model.teps.items()]
        boxes = []
        for at, (name, tep) in enumerate(teps[: self.limit]):
            own = switches[name]
            node = Node(f"tep{at}", Kind.TEP, tuple(_facts(tep)))
            inside = [self._switch(f"tep{at}", number, each, edges) for number, each in own[: self.limit]]
            rest = self._rest(f"tep{at}_rest", [], [each for _, each in own[self.limit :]], [])
            boxes.append(Box(f"tep{at}_box", f"TEP {name}", [node, *rest], inside))
        beyond = [name for name, _ in teps[self.limit :]]
        hidden = [each for name in beyond for _, each in switches[name]]
        if beyond:
            boxes.append(Box("teps_rest_box", "More TEPs", [*self._rest("teps_rest", beyond, hidden, [])]))
        drawn = {node.name for box in boxes for each in box.all_boxes() for node in each.nodes}
        return boxes, [*edges, *(each for each in self._moves if {each.source, each.target} <= drawn)]

    def _switch(self, tep: str, at: int, name: str, edges: list[Edge]) -> Box:
        nodes: list[Node] = []
        for number, member in enumerate(self._by_switch[name][: self.limit]):
            port = f"port{at}_{number}"
            network = self._networks[member.network]
            nodes.append(Node(port, Kind.PORT, tuple(_port(member)), network))
            edges.append(Edge(tep, port, Line.LINK))
            stays = self._stays[member.name]
            nodes += (Node(stay.node, Kind.VM, stay.lines, network) for stay in stays[: self.limit])
            edges += (Edge(port, stay.node, Line.LINK) for stay in stays[: self.limit])
            if len(stays) > self.limit:
                words = f"and {len(stays) - self.limit:,} more"
                nodes.append(Node(f"{port}_rest", Kind.REST, (words,), network))
                edges.append(Edge(port, f"{port}_rest", Line.LINK))
        rest = [*self._rest(f"switch{at}_rest", [], [], self._by_switch[name][self.limit :])]
        edges += (Edge(tep, each.name, Line.LINK) for each in rest)
        return Box(f"switch{at}", f"switch {name}", [*nodes, *rest])

    def _rest(self, name: str, teps: Sequence[str], switches: Sequence[str], ports: Iterable[Member]) -> Iterator[Node]:
        """What is not drawn of a box: TEPs, switches with their ports, ports with their VMs."""
        all_ports = [*ports, *(member for switch in switches for member in self._by_switch[switch])]
        if not (teps or switches or all_ports):
            return
        vms = sum(len(self._stays[member.name]) for member in all_ports)
        counts = (
            (len(teps), "TEP", "TEPs"),
            (len(switches), "switch", "switches"),
            (len(all_ports), "port", "ports"),
            (vms, "VM", "VMs"),
        )
        words = [counted(number, one, many) for number, one, many in counts if number]
        yield Node(name, Kind.REST, (f"and {words[0]} more", *(f"with {each}" for each in words[1:])))


def _facts(tep: Tep) -> Iterator[str]:
    """The text of a TEP; its box has its name."""
    values = tep.model_dump(mode="json", by_alias=True)
    yield from (values["ip"] or values["mac"])[:_MOST_ADDRESSES]
    yield ", ".join(f"{each}:{tep.ports[each]}" if each in tep.ports else each for each in tep.encap)
    if tep.gateway:
        yield "gateway between encapsulations"
    if values["router_mac"]:
        yield "routes"


def _port(member: Member) -> Iterator[str]:
    """The text of a port: its name, its VLAN where it is a trunk, its network."""
    _, _, port = member.line.partition("/")
    yield f"port {port}" if port else "all other ports"
    if member.vlan is not None:
        vlan = f"VLAN {member.vlan}" if member.vlan else vlan_text(member.vlan)
        yield vlan if member.native is None else f"{vlan}, native {member.native}"
    yield str(member.network)
    if member.trusted:
        yield "trusted"


def _times(place: Placement) -> Iterator[str]:
    values = place.model_dump(by_alias=True, exclude_none=True)
    return (f"{key} {values[key]}" for key in ("from", "until") if key in values)
