"""The names of networks as the plugin reads them: lines of a VNID, a tab, and the name.

Of a network that some bits of the VNID tell, the line begins with value and mask (1/0xfff); of one that all others
belong to, with `any`. A name never becomes code, and cannot become a second line either: what is not printable is
replaced.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from dovetool.vnid_map.vnid_bits import VnidBits
from dovetool.wire.fields import MAX_VNID

if TYPE_CHECKING:
    from dovetool.vnid_map import Network
    from dovetool.vnid_map.file.model import MapFile

NAMES_FILE = "dovetool_vnids.txt"
MARK = "# Written by dovetool"
"""How every file that dovetool writes for Wireshark begins, where the file may begin with a comment."""
_HEAD = f"{MARK}, which will write it again: VNID, tab, name of the network.\n"


Vnids = int | VnidBits
"""A VNID, or those of which some bits tell the network."""
NetworkNames = Mapping[int, str] | Mapping[Vnids, str]
"""Names of networks."""


def names_of(model: MapFile) -> dict[Vnids, str]:
    """The names of a map's networks by VNID, in the order of the map; then whose the VNIDs are that are identities."""
    named = {_vnids(network.vnid): name for name, network in model.networks.items()}
    return _with_identities(named, (network.identities for network in model.networks.values()))


def names_of_networks(networks: Iterable[Network]) -> dict[Vnids, str]:
    """The same of a map that was compiled."""
    networks = tuple(networks)
    named = {_vnids(network.bits): network.name for network in networks}
    return _with_identities(named, (network.identities for network in networks))


def _with_identities(named: dict[Vnids, str], identities: Iterable[Mapping[int, str]]) -> dict[Vnids, str]:
    """And whose the VNIDs are that no network has for itself."""
    whose: dict[Vnids, str] = {vnid: owner for each in identities for vnid, owner in each.items() if vnid not in named}
    return {**named, **whose}


def _vnids(bits: VnidBits) -> Vnids:
    return bits.value if bits.is_plain else bits


def names_text(names: NetworkNames) -> str:
    """The names file; where several lines fit a VNID, the first does."""
    ordered = sorted(names.items(), key=lambda item: _order(item[0]))
    return _HEAD + "".join(f"{vnid}\t{one_line(name)}\n" for vnid, name in ordered)


def _order(vnids: Vnids) -> tuple[int, int]:
    """Plain numbers come first, and what all others belong to last."""
    return (-vnids.mask, vnids.value) if isinstance(vnids, VnidBits) else (-MAX_VNID - 1, vnids)


def one_line(name: str) -> str:
    """A name without tabs, line ends and other control characters."""
    return name if name.isprintable() else "".join(each if each.isprintable() else "?" for each in name)
