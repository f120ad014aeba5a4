"""The names of networks as the plugin reads them: lines of a VNID, a tab, and the name.

A name never becomes code, and cannot become a second line either: what is not printable is replaced.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dovetool.vnid_map.file.model import MapFile

NAMES_FILE = "dovetool_vnids.txt"
MARK = "# Written by dovetool"
"""How every file that dovetool writes for Wireshark begins, where the file may begin with a comment."""
_HEAD = f"{MARK}, which will write it again: VNID, tab, name of the network.\n"


def names_of(model: MapFile) -> dict[int, str]:
    """The names of a map's networks by VNID, in the order of the map."""
    return {network.vnid.value: name for name, network in model.networks.items() if not network.vnid.is_any}


def names_text(names: Mapping[int, str]) -> str:
    """The names file."""
    return _HEAD + "".join(f"{vnid}\t{one_line(name)}\n" for vnid, name in sorted(names.items()))


def one_line(name: str) -> str:
    """A name without tabs, line ends and other control characters."""
    return name if name.isprintable() else "".join(each if each.isprintable() else "?" for each in name)
