"""Which frames are meant: words that choose them by what they are."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, TypeVar

from dovetool.errors import NotInMapError, UsageError
from dovetool.jobs.known_names import did_you_mean, no_such

if TYPE_CHECKING:
    from dovetool.observe.frame_filter import FrameFilter, Subnet
    from dovetool.observe.names import Names
    from dovetool.vnid_map import VnidMap

_MAC = re.compile(r"[0-9a-f]{12}")
_NUMBER = re.compile(r"[0-9]{1,20}|0x[0-9a-f]{1,20}", re.IGNORECASE)
_Value = TypeVar("_Value")
Words = list[str] | None


def frame_filter(
    names: Names,
    vnids: Words = None,
    encaps: Words = None,
    teps: Words = None,
    macs: Words = None,
    ips: Words = None,
    vms: Words = None,
) -> FrameFilter:
    """What was asked for, word by word; a word may hold several values with commas between them.

    Raises:
        UsageError: a value is none of its kind, or a name is not in the map.
    """
    from dovetool.observe.frame_filter import FrameFilter

    reader = _Reader(names)
    ends = _each(teps, reader.tep)
    return FrameFilter(
        names,
        _each(vnids, reader.vnid),
        _each(encaps, reader.encap),
        frozenset(end for end in ends if isinstance(end, bytes)),
        _each(macs, reader.mac),
        _each(ips, reader.ip),
        _each(vms, reader.vm),
        frozenset(end for end in ends if isinstance(end, str)),
    )


def _each(words: Iterable[str] | None, read: Callable[[str], _Value]) -> frozenset[_Value]:
    return frozenset(map(read, _parts(words)))


def _parts(words: Iterable[str] | None) -> Iterator[str]:
    for word in words or ():
        yield from (part.strip() for part in word.split(","))


def _vnids_by_name(vnid_map: VnidMap) -> Iterator[tuple[str, int]]:
    """What networks are called, and those whose VNIDs are identities."""
    for network in vnid_map.networks:
        yield from ((name, vnid) for vnid, name in network.identities.items())
        if not network.bits.is_any:
            yield network.name, network.vnid


class _Reader:
    """Reads values, with the names of a map where there is one."""

    def __init__(self, names: Names) -> None:
        self._map = names.vnid_map

    def vnid(self, word: str, option: str = "") -> int:
        from dovetool.wire.fields import MAX_VNID

        if _NUMBER.fullmatch(word) and (number := int(word, 16 if word[:2] in ("0x", "0X") else 10)) <= MAX_VNID:
            return number
        networks = dict(_vnids_by_name(self._map)) if self._map is not None else {}
        if word not in networks:
            raise self._unknown(option or f"--vnid {word}", "VNID (0..16777215)", "network", networks, word)
        return networks[word]

    def encap(self, word: str) -> str:
        from dovetool.observe.observation import DOVE
        from dovetool.wire.overlay import ENCAPSULATIONS

        known = (*ENCAPSULATIONS, DOVE, "none")
        if word.lower() not in known:
            raise UsageError(f"--encap {word}: not known; there is {', '.join(known)}{did_you_mean(word, known)}")
        return word.lower()

    def tep(self, word: str) -> bytes | str:
        """An underlay address, or the name of a TEP: of those that are one, their common name."""
        tep = self._map.tep(word) if self._map is not None else None
        if tep is not None:
            return tep.name
        address = _ip(word) or _mac(word)
        if address is None:
            known = self._map.tep_names if self._map is not None else ()
            raise self._unknown(f"--tep {word}", "IP or MAC address", "TEP", known, word)
        return address

    def mac(self, word: str) -> bytes:
        address = _mac(word)
        if address is None:
            raise UsageError(f"--mac {word}: expected a MAC address, as in 02:00:00:00:00:0a")
        return address

    def ip(self, word: str) -> Subnet:
        from dovetool.observe.frame_filter import Subnet

        try:
            network = ip_network(word, strict=False)
        except ValueError:
            raise UsageError(f"--ip {word}: expected an IPv4 or IPv6 address, or a subnet as 10.0.0.0/24") from None
        return Subnet(network.network_address.packed, network.prefixlen)

    def vm(self, word: str) -> str:
        known = self._map.vm_names if self._map is not None else ()
        if word not in known:
            raise self._unknown(f"--vm {word}", "", "VM", known, word)
        return word

    def _unknown(self, option: str, value: str, kind: str, known: Iterable[str], word: str) -> UsageError:
        what = f"{option}: is no {value}, and " if value else f"{option}: "
        if self._map is None:
            return UsageError(f"{what}names need a map (-m MAP)")
        return NotInMapError(f"{what}{no_such(kind, known, word)}")


def vnid_named(word: str, names: Names, option: str) -> int:
    """The VNID that a word is, or the name of; raises a UsageError that begins with the option."""
    return _Reader(names).vnid(word, option)


def _mac(word: str) -> bytes | None:
    digits = word.lower().translate({ord(separator): None for separator in ":-."})
    return bytes.fromhex(digits) if _MAC.fullmatch(digits) else None


def _ip(word: str) -> bytes | None:
    try:
        return ip_address(word).packed
    except ValueError:
        return None
