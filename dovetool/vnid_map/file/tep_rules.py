"""What the values of one TEP may not say together, and what two TEPs may not both say.

Of a TEP that could not be read, a value may be None: it is reported already and takes no part.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dovetool.vnid_map.build import together
from dovetool.vnid_map.file.model import Tep
from dovetool.vnid_map.file.problems import Path, Problem, quoted
from dovetool.vnid_map.texts import ip_text, mac_text
from dovetool.vnid_map.values import UDP_ENCAPS
from dovetool.wire.overlay import ENCAPSULATIONS, Carrier, InnerVlan

_ON_LINK = {name for name, codec in ENCAPSULATIONS.items() if codec.carrier is Carrier.LINK}
_WITHOUT_VLAN = {name for name, codec in ENCAPSULATIONS.items() if codec.inner_vlan is InnerVlan.FORBIDDEN}
_REGISTERED_PORTS = {name: ENCAPSULATIONS[name].numbers[0] for name in UDP_ENCAPS}


def find_contradictions(teps: Mapping[str, Tep]) -> Iterator[Problem]:
    """Yield every mistake that takes two values of a TEP to see."""
    for name, tep in teps.items():
        path = ("teps", name)
        yield from _underlay(path, tep)
        yield from _encaps(path, tep)
        yield from _treatment(path, tep)
    yield from _owners(teps)
    yield from _unlike(teps)
    yield from _shared_ports(teps)


def _owners(teps: Mapping[str, Tep]) -> Iterator[Problem]:
    """Addresses that two TEPs claim which are not one; the MAC address tells one on a layer-2 underlay alone."""
    is_one_with = {name: names[0] for names in together(teps) for name in names}
    owners: dict[tuple[str, str | None, bytes], str] = {}
    for name, tep in teps.items():
        keys = ("ip", "mac", "router_mac") if tep.underlay in {"l2", "both"} else ("ip", "router_mac")
        for key in keys:
            for index, address in enumerate(getattr(tep, key) or ()):
                if address is None:
                    continue
                owner = owners.setdefault((key, tep.vrf if key == "ip" else None, address), name)
                if is_one_with[owner] != is_one_with[name]:
                    yield _owned_twice((name, key, index), address, owner)


def _owned_twice(path: tuple[str, str, int], address: bytes, owner: str) -> Problem:
    name, key, index = path
    where = ("teps", name, key, index) if index else ("teps", name, key)
    text = ip_text(address) if key == "ip" else mac_text(address)
    on_link = " on the layer-2 underlay" if key == "mac" else ""
    hint = "or both have shared: true" if key == "ip" else ""
    return Problem(where, f"{text}, which TEP {quoted(owner)} has", f"an address of its own{on_link}", hint)


_SETTINGS = [key for key in Tep.model_fields if key not in {"ip", "mac", "router_mac", "shared"}]


def _unlike(teps: Mapping[str, Tep]) -> Iterator[Problem]:
    """TEPs with a common address are one to the others, so they send and take alike."""
    for first, *others in together(teps):
        for name in others:
            for key in _SETTINGS:
                ours, theirs = getattr(teps[name], key), getattr(teps[first], key)
                if ours != theirs and None not in (ours if isinstance(ours, tuple) else ()):
                    found = f"another {key} than that of TEP {quoted(first)}"
                    yield Problem(("teps", name, key), found, "the same, as the two share an address")


def _underlay(path: Path, tep: Tep) -> Iterator[Problem]:
    if tep.underlay == "l2" and tep.ip:
        yield Problem(
            (*path, "ip"),
            " ".join(ip_text(ip) for ip in tep.ip if ip),
            "no IP address, as the underlay is l2",
            "leave the key out",
        )
    if tep.underlay in {"ip", "both"} and "ip" not in tep.model_fields_set:
        yield Problem(path, "a TEP without the key 'ip'", "one", "only underlay: l2 goes without", at_key=True)
    if tep.underlay in {"l2", "both"} and "mac" not in tep.model_fields_set:
        yield Problem(path, "a TEP without the key 'mac'", "one", "a layer-2 underlay needs it", at_key=True)
    if tep.underlay == "both" and tep.gateway is False:
        yield Problem((*path, "underlay"), "'both'", "'ip' or 'l2'", "both needs gateway: true")


def _encaps(path: Path, tep: Tep) -> Iterator[Problem]:
    for index, encap in enumerate(tep.encap or ()):
        if tep.underlay == "l2" and encap not in (None, *_ON_LINK):
            yield Problem((*path, "encap", index), quoted(encap), "'pbb'", "an l2 underlay carries pbb only")
        if tep.underlay == "ip" and encap in _ON_LINK:
            hint = f"{encap} needs underlay: l2, or both on a gateway"
            yield Problem((*path, "encap", index), quoted(encap), "an encapsulation that IP carries", hint)


def _shared_ports(teps: Mapping[str, Tep]) -> Iterator[Problem]:
    """A packet shows its encapsulation by its UDP port alone, so in one map a port stands for one of them."""
    owners: dict[int, tuple[str, str]] = {}
    for name, tep in teps.items():
        for encap in tep.encap or ():
            if encap in _REGISTERED_PORTS and encap not in (tep.ports or {}):
                owners.setdefault(_REGISTERED_PORTS[encap], (encap, name))
    for name, tep in teps.items():
        for given, port in (tep.ports or {}).items():
            if given is None or port is None:
                continue
            other, owner = owners.setdefault(port, (given, name))
            if other != given:
                found = f"{port}, which is the port of {other} at TEP {quoted(owner)}"
                yield Problem(("teps", name, "ports", given), found, "a port for each encapsulation")


def _treatment(path: Path, tep: Tep) -> Iterator[Problem]:
    forbidding = [encap for encap in tep.encap or () if encap in _WITHOUT_VLAN]
    if tep.guest_vlan == "keep" and forbidding:
        expected = f"'strip' or 'reject', as {forbidding[0]} forbids an inner 802.1Q tag"
        yield Problem((*path, "guest_vlan"), "'keep'", expected, "RFC 7637 section 3.3")
    if tep.on_mtu == "fragment" and tep.underlay == "l2":
        yield Problem((*path, "on_mtu"), "'fragment'", "'reject' or 'emit'", "an l2 underlay has no fragments")
