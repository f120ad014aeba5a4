"""A map as tables: its networks, TEPs, switches, VMs and policies, for people.

Names come from a file. They are shown as they are, never as markup, and no character of them reaches the terminal as a
control sequence.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from dovetool.views.terminal import make_table
from dovetool.vnid_map import VnidMap, choosing, entities
from dovetool.vnid_map.places import Member, members, networks_by_place, nics_of, place_name
from dovetool.vnid_map.texts import value_text, vlan_text

if TYPE_CHECKING:
    from dovetool.vnid_map.file.model import MapFile, Network, Placement, Tep, Vm

_NONE = "-"
_NETWORK_COLUMNS = ("Network", "VNID", "Group", "Unknown unicast", "Reaches", "Reached from", "Ports", "VMs")
_TEP_COLUMNS = ("TEP", "Underlay IP", "MAC", "Encap", "MTU", "VLAN", "Next hop", "TTL", "DSCP")
_MATRIX_LIMIT = 16  # TEPs; with more, a matrix is too wide to read
_UNBROKEN = {"Underlay IP", "VNID", "MAC", "MTU", "VLAN", "TTL", "DSCP", "Ports", "VMs"}

_Row = tuple[object, ...]


class _Content(NamedTuple):
    """What goes into a table; `total` is the number of its rows, which are made when they are needed."""

    title: str
    columns: tuple[str, ...]
    rows: Iterable[_Row]
    total: int


def map_tables(model: MapFile, row_limit: int | None) -> Iterator[RenderableType]:
    """Yield the tables of a map that have something in them, each followed by a note of what it leaves out.

    Args:
        model: the map.
        row_limit: how many rows of each table to show; None: all of them.
    """
    for title, columns, rows, total in _contents(model):
        if not total:
            continue
        yield _table(title, columns, islice(rows, row_limit if row_limit is None else min(row_limit, total)))
        hidden = 0 if row_limit is None else total - row_limit
        if hidden > 0:
            yield Text(f"{hidden:,} of {total:,} rows are not shown; --all shows them.")
        yield Text()


def _contents(model: MapFile) -> Iterator[_Content]:
    yield _networks(model)
    yield _teps(model)
    yield _between(model)
    yield _switches(model)
    yield _Content("VMs", ("VM", "MAC", "IP", "Places"), map(_vm, model.vms.items()), len(model.vms))
    yield _policies(model)
    vrfs = ((name, _or_none(vrf.l3vni), _joined(vrf.networks)) for name, vrf in model.vrfs.items())
    yield _Content("VRFs", ("VRF", "L3 VNI", "Networks"), vrfs, len(model.vrfs))
    hosts = ((name, _joined(host.teps), _joined(host.switches)) for name, host in model.hosts.items())
    yield _Content("Hosts", ("Host", "TEPs", "Switches"), hosts, len(model.hosts))


def _policies(model: MapFile) -> _Content:
    """Who may send to whom; how, where a policy says it."""
    ends = [(policy.source, policy.target) for policy in model.policies]
    hows = [policy.model_dump(mode="json", by_alias=True, exclude_defaults=True) for policy in model.policies]
    words = [_joined(f"{key}: {value_text(how[key])}" for key in how if key not in ("from", "to")) for how in hows]
    if all(word == _NONE for word in words):
        return _Content("Policies", ("From", "To"), ends, len(ends))
    rows = ((*pair, word) for pair, word in zip(ends, words, strict=True))
    return _Content("Policies", ("From", "To", "How"), rows, len(ends))


def as_text(value: object) -> Text:
    """Return a cell that shows a value from a file, with its control characters made visible."""
    text = str(value)
    if not text.isprintable():
        text = "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)
    return Text(text)


def _table(title: str, columns: Iterable[str], rows: Iterable[_Row]) -> Table:
    heading = Text(title, "table.title", no_wrap=True, overflow="ignore")
    table = make_table(heading)
    for column in columns:
        table.add_column(as_text(column), overflow="fold", no_wrap=column in _UNBROKEN)
    for row in rows:
        table.add_row(*map(as_text, row))
    return table


def _joined(names: Iterable[object]) -> str:
    return ", ".join(map(str, names)) or _NONE


def _or_none(value: object) -> object:
    return _NONE if value is None else value


def _networks(model: MapFile) -> _Content:
    if not any(network.gateway for network in model.networks.values()):
        return _Content("Networks", _NETWORK_COLUMNS, _network_rows(model), len(model.networks))
    gateways = map(_gateway, model.networks.values())
    rows = ((*row, gateway) for row, gateway in zip(_network_rows(model), gateways, strict=True))
    return _Content("Networks", (*_NETWORK_COLUMNS, "Gateway"), rows, len(model.networks))


def _gateway(network: Network) -> str:
    values = network.model_dump()["gateway"]
    return _NONE if values is None else _joined((*values["mac"], *values["ip"]))


def _network_rows(model: MapFile) -> Iterator[_Row]:
    reaches, reached_from = defaultdict(list), defaultdict(list)
    for policy in model.policies:
        reaches[policy.source].append(policy.target)
        reached_from[policy.target].append(policy.source)
    ports, vms = _populations(model)
    for name, network in model.networks.items():
        group = network.model_dump()["group"]
        joined = _joined(reaches[name]), _joined(reached_from[name])
        yield name, str(network.vnid), _or_none(group), network.unknown_unicast, *joined, ports[name], vms[name]


def _populations(model: MapFile) -> tuple[Counter[str], Counter[str]]:
    """Count the ports of each network, and the VMs that are in it at some time."""
    network_of = networks_by_place(model)
    vms: Counter[str] = Counter()
    for vm in model.vms.values():
        vms.update({network_of[place_name(place)] for nic in nics_of(vm) for place in nic.at})
    return Counter(network_of.values()), vms


def _teps(model: MapFile) -> _Content:
    columns, rows = list(_TEP_COLUMNS), [list(_tep(*item)) for item in model.teps.items()]
    optional = (
        ("Router MAC", [_joined(tep.model_dump()["router_mac"]) for tep in model.teps.values()]),
        ("Gateway", ["yes" if tep.gateway else _NONE for tep in model.teps.values()]),
    )
    for column, cells in optional:
        if any(cell != _NONE for cell in cells):
            columns.append(column)
            for row, cell in zip(rows, cells, strict=True):
                row.append(cell)
    return _Content("TEPs", tuple(columns), map(tuple, rows), len(rows))


def _tep(name: str, tep: Tep) -> _Row:
    values = tep.model_dump()
    ips = _joined(values["ip"])
    underlay = {"ip": ips, "l2": "l2", "both": f"{ips}, l2"}[tep.underlay]
    encaps = (f"{encap}:{tep.ports[encap]}" if encap in tep.ports else encap for encap in tep.encap)
    optional = (_or_none(values[key]) for key in ("mtu", "vlan", "gateway_mac"))
    return name, underlay, _joined(values["mac"]), _joined(encaps), *optional, tep.ttl, tep.dscp


def _between(model: MapFile) -> _Content:
    """Return what each TEP uses towards each; of too many TEPs, the pairs that have nothing in common."""
    from dovetool.vnid_map.build import teps as built

    teps = tuple({tep.index: tep for tep in built(model).values()}.values())
    teps_alone = VnidMap(model.tag.tpid, teps, switches=(), ports=(), networks=())
    if len(teps) <= _MATRIX_LIMIT:
        columns = ("From \\ to", *(tep.name for tep in teps))
        rows = ((local.name, *(_way(teps_alone, local, remote) for remote in teps)) for local in teps)
        return _Content("Encapsulation between TEPs", columns, rows, len(teps) if len(teps) > 1 else 0)
    strangers = choosing.strangers(teps)
    pairs = ((local, remote) for local, remotes in zip(teps, strangers, strict=True) for remote in remotes)
    ways = ((local.name, remote.name, _way(teps_alone, local, remote)) for local, remote in pairs)
    return _Content("TEPs without a common encapsulation", ("From", "To", "Way"), ways, sum(map(len, strangers)))


def _way(vnid_map: VnidMap, local: entities.Tep, remote: entities.Tep) -> str:
    if local is remote:
        return _NONE
    encap = choosing.choose(local, remote)
    if encap is not None:
        return encap
    gateway = choosing.gateway_between(vnid_map.gateways, local, remote)
    return "none" if gateway is None else f"via {gateway.name}"


def _switches(model: MapFile) -> _Content:
    places = tuple(members(model).values())
    told = any(place.trusted for place in places)
    rows = (
        (place.switch, model.switches[place.switch].tep, _port(place), place.network, _vnid(model, place))
        + (("yes" if place.trusted else _NONE,) if told else ())
        for place in places
    )
    columns = ("Switch", "TEP", "Port", "Network", "VNID") + (("Trusted",) if told else ())
    return _Content("Switches", columns, rows, len(places))


def _port(place: Member) -> str:
    """The port of a switch, with the VLAN of a trunk; all others of a switch that is in one network."""
    _, _, port = place.line.partition("/")
    native = "" if place.native is None else f", native {place.native}"
    vlan = "" if place.vlan is None else f" {vlan_text(place.vlan)}{native}"
    return f"{port}{vlan}" if port else "all others"


def _vnid(model: MapFile, place: Member) -> str:
    return str(model.networks[place.network or ""].vnid)


def _vm(item: tuple[str, Vm]) -> _Row:
    name, vm = item
    nics = [nic.model_dump() for nic in nics_of(vm)]
    macs, ips = (_joined(dict.fromkeys(each for nic in nics for each in nic[key])) for key in ("mac", "ip"))
    return name, macs, ips, _joined(_place(place) for nic in nics_of(vm) for place in nic.at)


def _place(place: Placement) -> str:
    values = place.model_dump(by_alias=True, exclude_none=True)
    times = (f"{key} {values[key]}" for key in ("from", "until") if key in values)
    return " ".join((place_name(place), *times))
