"""The networks of a map as a box: their VNIDs and gateways, who may send to whom, who routes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dovetool.views.map_drawing.drawing import Box, Edge, Kind, Line, Node
from dovetool.views.numbers import counted
from dovetool.vnid_map.texts import value_text

if TYPE_CHECKING:
    from dovetool.vnid_map.file.model import MapFile, Network, Policy


def network_box(model: MapFile, limit: int) -> tuple[Box, list[Edge]]:
    """The box, and the lines in it.

    Args:
        model: the map.
        limit: networks and VRFs that are drawn, of each; the rest is summed up.
    """
    names = {name: f"network{at}" for at, name in enumerate([*model.networks][:limit])}
    nodes = [
        Node(names[name], Kind.NETWORK, (name, *_facts(model.networks[name])), at) for at, name in enumerate(names)
    ]
    vrfs = [*model.vrfs.items()][:limit]
    for at, (name, vrf) in enumerate(vrfs):
        lines = [f"VRF {name}", *([f"L3 VNI {vrf.l3vni}"] if vrf.l3vni is not None else [])]
        nodes.append(Node(f"vrf{at}", Kind.VRF, lines))
    routes = [(f"vrf{at}", network) for at, (_, vrf) in enumerate(vrfs) for network in vrf.networks]
    edges = [*_policies(model, names), *(Edge(vrf, names[each], Line.ROUTES) for vrf, each in routes if each in names)]
    drawn = sum(policy.source in names and policy.target in names for policy in model.policies)
    rest = _rest(len(model.networks) - len(names), len(model.vrfs) - len(vrfs), len(model.policies) - drawn)
    return Box("networks", "Networks", [*nodes, *rest]), edges


def _facts(network: Network) -> Iterator[str]:
    """What stands below the name of a network."""
    yield f"VNID {network.vnid}"
    values = network.model_dump()
    if values["gateway"]:
        yield f"gateway {', '.join(map(str, values['gateway']['ip'] or values['gateway']['mac']))}"
    if values["group"]:
        yield f"group {values['group']}"
    if values["unknown_unicast"] == "flood":
        yield "floods"


def _policies(model: MapFile, names: dict[str, str]) -> Iterator[Edge]:
    """A line for each policy between networks that are drawn; one for both where they say the same of both ways."""
    told = {(policy.source, policy.target, _how(policy)): policy.both_ways for policy in model.policies}
    for (source, target, how), both_ways in told.items():
        if source not in names or target not in names:
            continue
        has_back = (target, source, how) in told and source != target
        if not (has_back or both_ways):
            yield Edge(names[source], names[target], Line.POLICY, how)
        elif not has_back or [*names].index(source) < [*names].index(target):
            yield Edge(names[source], names[target], Line.POLICIES, how)


def _how(policy: Policy) -> str:
    """What a policy says besides who may send to whom."""
    told = policy.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return ", ".join(f"{key} {value_text(told[key])}" for key in told if key not in ("from", "to", "both_ways"))


def _rest(networks: int, vrfs: int, policies: int) -> Iterator[Node]:
    """What is not drawn."""
    counts = ((networks, "network", "networks"), (vrfs, "VRF", "VRFs"), (policies, "policy", "policies"))
    lines = [f"{counted(number, one, many)} more" for number, one, many in counts if number]
    if lines:
        yield Node("networks_rest", Kind.REST, lines)
