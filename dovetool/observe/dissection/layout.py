"""Headers described as runs of bit fields, and read by their description."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from ipaddress import ip_address

from dovetool.observe.dissection.tree import Field, Value
from dovetool.values import dataclass

Show = Callable[[int, bytes], tuple[Value, str]]
"""From a number, and the octets when it fills them, to a value and a text for people."""


def decimal(number: int, _: bytes) -> tuple[Value, str]:
    """As a decimal number."""
    return number, str(number)


def flag(number: int, _: bytes) -> tuple[Value, str]:
    """A single bit."""
    return bool(number), "Set" if number else "Not set"


def mac(_: int, octets: bytes) -> tuple[Value, str]:
    """A MAC address."""
    text = octets.hex(":")
    return text, text


def ip(_: int, octets: bytes) -> tuple[Value, str]:
    """An IPv4 or IPv6 address."""
    text = str(ip_address(octets))
    return text, text


def octets_shown(_: int, octets: bytes) -> tuple[Value, str]:
    """Octets without a meaning of their own."""
    return octets, octets.hex()


def hexadecimal(digits: int) -> Show:
    """As a hexadecimal number of so many digits."""
    return lambda number, _: (number, f"0x{number:0{digits}x}")


def in_units_of(octets: int, *, more: int = 0) -> Show:
    """A length that counts units of several octets, as a number of octets; `more` of them are not counted."""
    return lambda number, _: (number * octets + more, f"{number * octets + more} octets ({number})")


def shown_in_units_of(octets: int) -> Show:
    """A number that counts units of several octets, and is shown as octets; its value stays the number of units."""
    return lambda number, _: (number, f"{number * octets} octets ({number})")


def named(names: Mapping[int, str], otherwise: Show = decimal) -> Show:
    """A number that stands for something."""

    def show(number: int, octets: bytes) -> tuple[Value, str]:
        value, text = otherwise(number, octets)
        return value, f"{names[number]} ({text})" if number in names else text

    return show


@dataclass(frozen=True, slots=True)
class Bits:
    """One field of a header.

    Attributes:
        name: as Wireshark's display filters call it; empty for bits that nobody looks at.
        label: for people.
        width: how many bits.
        show: makes a value of them.
    """

    name: str
    label: str
    width: int
    show: Show = decimal


Layout = tuple[Bits, ...]


def gap(width: int) -> Bits:
    """Bits that are not shown."""
    return Bits("", "", width)


def length_of(layout: Layout) -> int:
    """Octets of a header."""
    return sum(bits.width for bits in layout) // 8


def read_fields(layout: Layout, octets: bytes, offset: int) -> Iterator[Field]:
    """The fields of a header, as far as the octets go.

    Args:
        layout: what the header looks like.
        octets: the frame from where the header begins.
        offset: octets of the frame before that.
    """
    at = 0
    for bits in layout:
        first, end = at // 8, -(-(at + bits.width) // 8)
        at += bits.width
        if end > len(octets):
            return
        if not bits.name:
            continue
        held = octets[first:end]
        below = end * 8 - at
        mask = ((1 << bits.width) - 1) << below
        value, shown = bits.show((int.from_bytes(held, "big") & mask) >> below, held)
        yield Field(bits.name, bits.label, value, shown, offset + first, end - first, mask, held)
