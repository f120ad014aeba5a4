"""VMs of all statements: in one network, those of one name and those of one MAC address are one."""

from __future__ import annotations

from collections.abc import Iterable

from dovetool.map_sources.assembly import clean
from dovetool.map_sources.assembly.told import Told
from dovetool.map_sources.statements import NameStatement, Prefix, VmStatement
from dovetool.vnid_map.texts import ip_or_prefix_text
from dovetool.wire.fields import is_multicast

_Address = bytes | Prefix


class Guest:
    """A VM of one network.

    Attributes:
        vnid: its network.
        names: what it is called, in the order in which it was said.
        claims: what is said of it.
        shared: others have its addresses, too.
        not_its: addresses that are said to be its, and are another's.
        notes: comments on it, once its claims are forgotten.
        name: its name in the map, once it is settled.
    """

    __slots__ = ("claims", "into", "name", "names", "not_its", "notes", "shared", "vnid")

    def __init__(self, vnid: int) -> None:
        self.vnid = vnid
        self.names: list[str] = []
        self.claims: list[VmStatement] = []
        self.shared = False
        self.not_its: set[_Address] | None = None
        self.name = ""
        self.notes: tuple[str, ...] = ()
        self.into: Guest | None = None

    def hear(self, claim: VmStatement) -> None:
        """Note what is said of it; `claim` is clean."""
        self.claims.append(claim)
        if claim.name and claim.name not in self.names:
            self.names.append(claim.name)
        self.shared |= claim.shared

    def absorb(self, other: Guest) -> None:
        """Become one with another that is the same."""
        self.claims += other.claims
        self.names += [name for name in other.names if name not in self.names]
        self.shared |= other.shared
        other.into = self

    def forget_claims(self) -> None:
        """Let go of what is said of it, but for the notes."""
        notes = [claim.note for claim in self.claims if claim.note]
        self.notes = tuple(dict.fromkeys(notes)) if notes else ()
        self.claims = []

    @property
    def root(self) -> Guest:
        """What it has become part of."""
        guest = self
        while guest.into is not None:
            guest = guest.into
        return guest

    @property
    def fallback(self) -> str:
        """A name for one that nobody names: after its first address."""
        addresses = [claim.mac for claim in self.claims if claim.mac]
        if addresses:
            return f"vm-{addresses[0].hex('-')}"
        ips = [ip_or_prefix_text(ip) for claim in self.claims for ip in addresses_of(claim)]
        return f"vm-{ips[0].replace('/', '-')}" if ips else "vm"


def addresses_of(claim: VmStatement) -> tuple[_Address, ...]:
    """Its addresses, and the prefixes behind it."""
    return (*claim.ips, *claim.prefixes) if claim.prefixes else claim.ips


def group(statements: Iterable[VmStatement], told: Told) -> list[Guest]:
    """Put together what is said of one VM; in the order of networks, and in them as it was said."""
    grouping = _Grouping()
    for statement in statements:
        grouping.hear(_cleaned(statement, told))
    grouping.place_nameless()
    return sorted((guest for guest in grouping.found if guest.into is None), key=lambda guest: guest.vnid)


def give_names(guests: Iterable[Guest], names: Iterable[NameStatement], told: Told) -> None:
    """Call VMs what they are called by their MAC addresses, before what else they are called."""
    owners: dict[tuple[int, bytes], Guest] = {}
    for each in names:
        owners = owners or {(guest.vnid, claim.mac): guest for guest in guests for claim in guest.claims if claim.mac}
        guest = owners.get((each.vnid, each.mac))
        if guest is None:
            told.leave_out(f"VM {each.name}: nobody says where {each.mac.hex(':')} is", each.origin)
        else:
            guest.names = [each.name, *(name for name in guest.names if name != each.name)]


class _Grouping:
    """VMs by their names and MAC addresses."""

    def __init__(self) -> None:
        self.found: list[Guest] = []
        self._by_name: dict[tuple[int, str], Guest] = {}
        self._by_mac: dict[tuple[int, bytes], Guest] = {}
        self._nameless: list[VmStatement] = []

    def hear(self, claim: VmStatement) -> None:
        """Find or make the VM that is meant; two that turn out to be one become one."""
        name_key, mac_key = (claim.vnid, claim.name), (claim.vnid, claim.mac)
        has_own_mac = bool(claim.mac) and not (claim.shared and claim.name)
        if not claim.name and not has_own_mac:
            self._nameless.append(claim)
            return
        named = self._by_name.get(name_key) if claim.name else None
        carded = self._by_mac.get(mac_key) if has_own_mac else None
        guest = (named or carded or self._new(claim.vnid)).root
        if named is not None and carded is not None and carded.root is not guest:
            guest.absorb(carded.root)
        if claim.name:
            self._by_name[name_key] = guest
        if has_own_mac:
            self._by_mac[mac_key] = guest
        guest.hear(claim)

    def place_nameless(self) -> None:
        """What has neither name nor MAC address is said of who has the IP address."""
        owners: dict[tuple[int, _Address], Guest] = {}
        for guest in self.found if self._nameless else ():
            for claim in guest.root.claims:
                for address in addresses_of(claim):
                    owners.setdefault((claim.vnid, address), guest.root)
        for claim in self._nameless:
            keys = [(claim.vnid, address) for address in addresses_of(claim)]
            guest = next((owners[key] for key in keys if key in owners), None) or self._new(claim.vnid)
            owners.update((key, guest) for key in keys if key not in owners)
            guest.hear(claim)

    def _new(self, vnid: int) -> Guest:
        guest = Guest(vnid)
        self.found.append(guest)
        return guest


def _cleaned(claim: VmStatement, told: Told) -> VmStatement:
    """The statement without what a map cannot hold."""
    if _is_clean(claim):
        return claim
    name = claim.name if claim.name.isprintable() and claim.name == claim.name.strip() else clean.name(claim.name)
    macs = clean.macs((claim.mac,), claim.origin, told) if claim.mac else ()
    ips = clean.ips(claim.ips, claim.origin, told) if claim.ips else ()
    prefixes = tuple(dict.fromkeys(Prefix.of(*each) for each in claim.prefixes if _is_prefix(each)))
    hosts = clean.ips((each.address for each in prefixes if _is_host(each)), claim.origin, told) if prefixes else ()
    prefixes = tuple(each for each in prefixes if not _is_host(each))
    mac = macs[0] if macs else b""
    if (name, mac, ips, prefixes) == (claim.name, claim.mac, claim.ips, claim.prefixes):
        return claim
    return claim._replace(name=name, mac=mac, ips=tuple(dict.fromkeys((*ips, *hosts))), prefixes=prefixes)


def _is_clean(claim: VmStatement) -> bool:
    """Say at a glance that there is nothing to clean, as in nearly all of very many."""
    name, mac, ips = claim.name, claim.mac, claim.ips
    return (
        not claim.prefixes
        and name.isprintable()
        and name == name.strip()
        and (not mac or clean.is_usual_mac(mac))
        and all(map(clean.is_usual_ip, ips))
        and (len(ips) < 2 or len(set(ips)) == len(ips))
    )


def _is_prefix(prefix: Prefix) -> bool:
    octets = len(prefix.address)
    return octets in {4, 16} and 0 <= prefix.length <= octets * 8 and not is_multicast(prefix.address)


def _is_host(prefix: Prefix) -> bool:
    return prefix.length == len(prefix.address) * 8
