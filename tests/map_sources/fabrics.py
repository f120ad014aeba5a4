"""What the sources of Linux hosts say, from folders of outputs or from rows written in a test."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from dovetool.map_sources.documents import Document
from dovetool.map_sources.gathering import gather
from dovetool.map_sources.reading import read
from dovetool.map_sources.sources import chosen
from dovetool.map_sources.statements import (
    NetworkStatement,
    Origin,
    PortStatement,
    Statement,
    TepStatement,
    VmStatement,
    VrfStatement,
)
from dovetool.vnid_map.texts import ip_text, mac_text
from dovetool.vnid_map.values import parse_ip, parse_mac

DATA = Path(__file__).with_name("data")
Row = dict[str, Any]
Kind = TypeVar("Kind", bound=Statement)


def ip(text: str) -> bytes:
    return parse_ip(text)


def mac(text: str) -> bytes:
    return parse_mac(text)


def of_folder(source: str, folder: Path) -> list[Statement]:
    """What a source says of all the files in a folder."""
    return gather(chosen(source), read([str(folder)]).documents).statements


def of_rows(source: str, **hosts: Iterable[object]) -> list[Statement]:
    """What a source says of the outputs of hosts; each must be known to it."""
    documents = [
        Document(Origin(f"{host}/{number}", host=host), data, is_named=True)
        for host, outputs in hosts.items()
        for number, data in enumerate(outputs)
    ]
    return gather(chosen(source), documents).statements


def only(statements: Iterable[Statement], kind: type[Kind]) -> list[Kind]:
    """The statements of one kind."""
    return [each for each in statements if isinstance(each, kind)]


class Vm(NamedTuple):
    """A VM as all its statements have it."""

    at: tuple[str, str]
    ips: frozenset[str]


def tep_names(statements: Iterable[Statement]) -> dict[bytes, str]:
    """Address -> name of the tunnel end point."""
    return {ip: tep.name for tep in only(statements, TepStatement) if tep.name for ip in tep.ips}


def tep_macs(statements: Iterable[Statement]) -> dict[str, set[str]]:
    """Address of a tunnel end point -> its MAC addresses."""
    found: dict[str, set[str]] = {}
    for tep in only(statements, TepStatement):
        for each in tep.ips:
            found.setdefault(ip_text(each), set()).update(map(mac_text, tep.macs))
    return found


def own_vms(statements: list[Statement]) -> dict[tuple[int, str], Vm]:
    """VNID and MAC address -> where the host itself has it, with the name of its tunnel end point."""
    found: dict[tuple[int, str], Vm] = {}
    for vm in only(statements, VmStatement):
        if vm.is_local and vm.place.port:
            at = (str(vm.place.tep), vm.place.port)
            key = (vm.vnid, mac_text(vm.mac))
            assert key not in found or found[key].at == at
            known = found[key].ips if key in found else frozenset()
            found[key] = Vm(at, known | {ip_text(each) for each in vm.ips})
    return found


def heard_vms(statements: list[Statement]) -> dict[tuple[int, str], set[str]]:
    """VNID and MAC address -> names of the tunnel end points behind which others have heard it."""
    names = tep_names(statements)
    found: dict[tuple[int, str], set[str]] = {}
    for vm in only(statements, VmStatement):
        if isinstance(vm.place.tep, bytes):
            name = names.get(vm.place.tep, ip_text(vm.place.tep))
            found.setdefault((vm.vnid, mac_text(vm.mac)), set()).add(name)
    return found


def true_vms(truth: Path, *, after: bool) -> dict[tuple[int, str], Vm]:
    """The VMs of a lab's truth, before or after the moves in it; link-local addresses are in no table."""
    found: dict[tuple[int, str], Vm] = {}
    for host in json.loads(truth.read_text())["hosts"].values():
        place = host["at"][-1 if after else 0]
        ips = frozenset(each for each in host["ip"] if not each.startswith("fe80:"))
        found[host["vnid"], host["mac"]] = Vm((place["tep"], place["port"]), ips)
    return found


def ports(statements: Iterable[Statement]) -> set[tuple[str, str, int | None, int]]:
    """Tunnel end point, port, VLAN and VNID of the ports that have a name."""
    return {
        (str(each.place.tep), each.place.port, each.place.vlan, each.vnid)
        for each in only(statements, PortStatement)
        if each.place.port
    }


def gateways(statements: Iterable[Statement]) -> set[tuple[int, str, tuple[str, ...]]]:
    """VNID, MAC and IP addresses of the gateways."""
    return {
        (each.vnid, mac_text(each.gateway_mac), tuple(map(ip_text, each.gateway_ips)))
        for each in only(statements, NetworkStatement)
        if each.gateway_mac
    }


def vrfs(statements: Iterable[Statement]) -> set[tuple[str, int | None, tuple[int, ...]]]:
    """Name, L3 VNI and networks of the VRFs."""
    return {(each.name, each.l3vni, tuple(sorted(each.vnids))) for each in only(statements, VrfStatement)}


def link(name: str, kind: str = "", address: str = "", data: Row | None = None, **fields: object) -> Row:
    """A row of `ip -j -d link`; `data` is what is in `info_data`; with a master it is a port of a bridge."""
    info: Row = {"info_kind": kind} if kind else {}
    if data is not None:
        info["info_data"] = data
    if "master" in fields:
        info["info_slave_kind"] = "bridge"
    row: Row = {"ifindex": 9, "ifname": name, "link_type": "ether", "linkinfo": info, **fields}
    return row | {"address": address} if address else row


def vxlan(name: str, vni: int, local: str = "192.0.2.1", master: str = "", data: Row | None = None) -> Row:
    """A row of `ip -j -d link` for a VXLAN device."""
    key = "local6" if ":" in local else "local"
    row = link(name, "vxlan", data={"id": vni, "port": 4789, key: local or None, **(data or {})})
    return row | {"master": master} if master else row


def bridge(name: str, address: str = "", *, aware: bool = False, master: str = "") -> Row:
    """A row of `ip -j -d link` for a bridge."""
    row = link(name, "bridge", address, {"vlan_filtering": int(aware)})
    return row | {"master": master} if master else row


def addressed(name: str, address: str, *ips: str) -> Row:
    """A row of `ip -j addr`."""
    infos = [{"family": "inet6" if ":" in each else "inet", "local": each, "scope": "global"} for each in ips]
    return {"ifindex": 9, "ifname": name, "link_type": "ether", "address": address, "addr_info": infos}


def entry(address: str, device: str, **fields: object) -> Row:
    """A row of `bridge -j fdb`."""
    return {"mac": address, "ifname": device, "flags": [], "state": "", **fields}


def remote(address: str, device: str, tep: str, **fields: object) -> Row:
    """A row of `bridge -j fdb`, of a VXLAN device itself."""
    return entry(address, device, dst=tep, **{"flags": ["self"], **fields})
