"""Fields as vendors' switches print them: MAC addresses with dots or hyphens, `n/a` for nothing, one row as no list."""

from __future__ import annotations

from collections.abc import Iterator

from dovetool.map_sources.fields import Fields

_HEX = frozenset("0123456789abcdefABCDEF")
_NOTHING = frozenset({"", "n/a", "none", "-", "unknown", "0.0.0.0", "::"})  # noqa: S104  (it says: no address)


def mac_of(fields: Fields, key: str) -> bytes:
    """Return a MAC address in whatever form it is written."""
    mac = optional_mac(fields, key)
    if not mac:
        raise fields.bad(key, "expected a MAC address, found none")
    return mac


def optional_mac(fields: Fields, key: str) -> bytes:
    """The same; b"" where there is none."""
    text = fields.text(key).strip()
    if text.lower() in _NOTHING:
        return b""
    digits = "".join(each for each in text if each not in ".:-")
    if len(digits) != 12 or not _HEX.issuperset(digits):
        raise fields.bad(key, f"expected a MAC address, found {text[:40]!r}")
    mac = bytes.fromhex(digits)
    return mac if any(mac) else b""


def ip_of(fields: Fields, key: str) -> bytes:
    """Return an IP address; b"" where there is none."""
    text = fields.text(key).strip()
    return b"" if text.lower() in _NOTHING else fields.as_ip(text, key)


def table(fields: Fields, name: str) -> Iterator[Fields]:
    """Yield the rows of a table of NX-OS: of a single one, `ROW_name` is no list."""
    holder = fields.object(f"TABLE_{name}")
    key = f"ROW_{name}"
    if isinstance(holder.data.get(key), dict):
        yield holder.object(key)
    else:
        yield from holder.objects(key)
