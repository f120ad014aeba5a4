"""The source `eos`: Arista's switches, by the JSON that `show ... | json` prints, or eAPI's answers with several.

The shapes are those that public tests, tools and data models have; they were not tried on a device. What does not fit
is an error. `show vxlan address-table` has been seen as a list, and as lists by VLAN.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from dovetool.map_sources.documents import Document
from dovetool.map_sources.fields import Fields, whole
from dovetool.map_sources.leaf import Attached, Heard, Leaf, Leaves
from dovetool.map_sources.statements import Origin, Statement
from dovetool.map_sources.vendor_fields import ip_of, mac_of

_LAST_VLAN, _LAST_VNID = 4094, 0xFFFFFF
_ANSWERS = "answers of eAPI"
_BINDINGS, _INTERFACE, _VTEPS = "show vxlan vni", "show interfaces vxlan", "show vxlan vtep"
_ADDRESSES, _MACS, _ARP = "show vxlan address-table", "show mac address-table", "show arp"


class Eos:
    """Outputs of Arista's EOS."""

    name: ClassVar[str] = "eos"
    summary: ClassVar[str] = (
        "Arista EOS: show vxlan address-table|vni|vtep, interfaces vxlan 1, mac address-table, arp; as JSON"
    )

    def recognise(self, document: Document) -> str | None:
        """Name the command whose output a document is."""
        data = document.data
        if isinstance(data, dict) and isinstance(data.get("result"), list) and any(map(_kind, data["result"])):
            return _ANSWERS
        return _kind(data)

    def statements(self, documents: Sequence[tuple[str, Document]]) -> Iterator[Statement]:
        """Say what all leaves say together.

        Raises:
            MapSourceError: an output does not have the shape that it should.
        """
        leaves = Leaves()
        for kind, document in documents:
            for each, data, origin in _outputs(kind, document):
                _READERS[each](leaves.of(origin), Fields(data, origin))
        yield from leaves.statements()

    def live_commands(self) -> Iterator[tuple[str, ...]]:
        """The commands of this host: none, as nobody runs this on a switch."""
        return iter(())


_BY_KEY = {"vxlanIntfs": _BINDINGS, "unicastTable": _MACS, "ipV4Neighbors": _ARP}


def _kind(data: object) -> str | None:
    if not isinstance(data, dict):
        return None
    if isinstance(data.get("interfaces"), dict):
        interfaces = [each for each in data["interfaces"].values() if isinstance(each, dict)]
        if any("vlanToVniMap" in each or "srcIpAddr" in each for each in interfaces):
            return _INTERFACE
        return _VTEPS if any("vteps" in each for each in interfaces) else None
    if "addresses" in data:
        return _ADDRESSES if _is_address_table(data["addresses"]) else None
    return next((kind for key, kind in _BY_KEY.items() if key in data), None)


def _is_address_table(value: object) -> bool:
    """An address table is a list of MAC addresses, or has such lists by VLAN; `ip addr` has none under that key."""
    lists = list(value.values()) if isinstance(value, dict) else [value]
    entries = [each for entry in lists if isinstance(entry, list) for each in entry]
    return all(isinstance(each, dict) and "macAddress" in each for each in entries)


def _outputs(kind: str, document: Document) -> Iterator[tuple[str, object, Origin]]:
    """The outputs in a document: one, or each of eAPI's answers."""
    if kind != _ANSWERS:
        yield kind, document.data, document.origin
        return
    for index, data in enumerate(document.data["result"]):
        each = _kind(data)
        if each is not None:
            yield each, data, document.origin._replace(where=f"result[{index}]")


def _bindings(leaf: Leaf, fields: Fields) -> None:
    for _, interface in fields.object("vxlanIntfs").entries():
        for text, binding in interface.object("vniBindings").entries():
            vnid, vlan = _vnid(interface, "vniBindings", text), binding.number("vlan", _LAST_VLAN)
            if vlan:
                leaf.vnids[vlan] = vnid
            for port, settings in binding.object("interfaces").entries():
                if not port.lower().startswith("vxlan"):
                    leaf.ports.append(Attached(settings.origin, port, vnid, _dot1q(settings)))
        for text, binding in interface.object("vniBindingsToVrf").entries():
            leaf.vrfs[binding.text("vrfName") or text] = _vnid(interface, "vniBindingsToVrf", text)


def _dot1q(settings: Fields) -> int | None:
    value = settings.data.get("dot1q")
    return settings.number("dot1q", _LAST_VLAN) if isinstance(value, int) else None


def _vnid(fields: Fields, key: str, text: str) -> int:
    vnid = whole(text, _LAST_VNID)
    if not vnid:
        raise fields.bad(key, f"expected VNIs from 1 to {_LAST_VNID} as keys, found {text[:40]!r}")
    return vnid


def _interface(leaf: Leaf, fields: Fields) -> None:
    leaf.origin = fields.origin
    for _, interface in fields.object("interfaces").entries():
        own = ip_of(interface, "srcIpAddr")
        leaf.ips = tuple(dict.fromkeys((*leaf.ips, *filter(None, [own]))))
        vlans = interface.object("vlanToVniMap")
        for text, mapped in vlans.entries():
            vlan, vnid = whole(text, _LAST_VLAN), mapped.number("vni", _LAST_VNID)
            if not vlan:
                raise interface.bad("vlanToVniMap", f"expected VLANs as keys, found {text[:40]!r}")
            if vnid:
                leaf.vnids[vlan] = vnid
        routed = interface.object("vrfToVniMap")
        for name, vnid in routed.data.items():
            number = routed.object(name).number("vni", _LAST_VNID) if isinstance(vnid, dict) else routed.number(name)
            if number:
                leaf.vrfs[name] = number
        for _, vteps in interface.object("vlanToVtepList").entries():
            for key in ("remoteVtepAddr", "remoteVtepAddr6"):
                _hear_of_peers(leaf, vteps, key)


def _vteps(leaf: Leaf, fields: Fields) -> None:
    for _, interface in fields.object("interfaces").entries():
        _hear_of_peers(leaf, interface, "vteps")


def _hear_of_peers(leaf: Leaf, fields: Fields, key: str) -> None:
    value = fields.data.get(key)
    texts = [value] if isinstance(value, str) else list(fields.object(key).data) if isinstance(value, dict) else None
    for text in fields.items(key) if texts is None else texts:
        ip = fields.as_ip(text, key)
        if ip:
            leaf.peers.setdefault(ip, (b"", fields.origin))


def _addresses(leaf: Leaf, fields: Fields) -> None:
    table: Any = fields.data["addresses"]
    by_vlan: Mapping[str, Fields] = {}
    if isinstance(table, dict):
        by_vlan = {text: fields.object("addresses") for text in table}
    for text, parent in by_vlan.items():
        for row in parent.objects(text):
            _address(leaf, row, whole(text, _LAST_VLAN))
    for row in () if by_vlan or not isinstance(table, list) else fields.objects("addresses"):
        _address(leaf, row, row.number("vlanId", _LAST_VLAN))


def _address(leaf: Leaf, row: Fields, vlan: int | None) -> None:
    if not vlan:
        raise row.bad("vlanId", "expected a VLAN from 1 to 4094")
    remote = ip_of(row, "vtep") or ip_of(row, "vtepAddr")
    port = row.text("interface") or row.text("port")
    where: str | bytes = remote or ("" if port.lower().startswith("vx") else port)
    leaf.heard.append(Heard(row.origin, vlan, mac_of(row, "macAddress"), where))


def _macs(leaf: Leaf, fields: Fields) -> None:
    for row in fields.object("unicastTable").objects("tableEntries"):
        vlan, port = row.number("vlanId", _LAST_VLAN), row.text("interface")
        is_own = port.lower().startswith(("vx", "cpu", "router"))
        if vlan and port and not is_own:
            leaf.heard.append(Heard(row.origin, vlan, mac_of(row, "macAddress"), port))


def _arp(leaf: Leaf, fields: Fields) -> None:
    for row in fields.objects("ipV4Neighbors"):
        vlan = whole(row.text("interface").partition(",")[0].removeprefix("Vlan"), _LAST_VLAN)
        if vlan:
            leaf.heard.append(Heard(row.origin, vlan, mac_of(row, "hwAddress"), "", (row.ip("address"),)))


_READERS = {
    _BINDINGS: _bindings,
    _INTERFACE: _interface,
    _VTEPS: _vteps,
    _ADDRESSES: _addresses,
    _MACS: _macs,
    _ARP: _arp,
}
