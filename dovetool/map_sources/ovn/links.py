"""The links of a chassis, as `ip -j link` and `ip -j addr` print them: MAC addresses of those that no switch has."""

from __future__ import annotations

import re

from dovetool.errors import MapSourceError
from dovetool.map_sources.documents import Document

KIND = "ip link"
_MAC = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}")


def is_links(document: Document) -> bool:
    """Say whether a document has links: a list of them, some of which may be empty."""
    data = document.data
    return isinstance(data, list) and any(
        isinstance(link, dict) and {"ifname", "link_type", "address"} <= link.keys() for link in data
    )


def macs(document: Document) -> dict[str, bytes]:
    """Name of each Ethernet link -> its MAC address.

    Raises:
        MapSourceError: a link does not have the shape that it should.
    """
    found = {}
    for index, link in enumerate(document.data):
        if not isinstance(link, dict) or not isinstance(link.get("ifname", ""), str):
            raise MapSourceError(document.origin.file, f"[{index}]", "expected a link, with a name")
        if link.get("link_type") == "ether":
            address = link.get("address")
            if not isinstance(address, str) or not _MAC.fullmatch(address):
                raise MapSourceError(document.origin.file, f"[{index}].address", "expected a MAC address")
            found[link.get("ifname", "")] = bytes.fromhex(address.replace(":", ""))
    return found
