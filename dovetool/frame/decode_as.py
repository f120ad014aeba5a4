"""`-d udp.port==4799,vxlan`: a word of Wireshark's own grammar, `TABLE==SELECTOR,DISSECTOR`, taken apart.

The selector is a number, or several: `65330-65331`, or `65330:2` for as many from there on.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from dovetool.errors import UsageError
from dovetool.wire.overlay import CODECS, Carrier

TABLES = {
    "udp.port": Carrier.UDP,
    "tcp.port": Carrier.TCP,
    "gre.proto": Carrier.GRE,
    "ethertype": Carrier.LINK,
    "ip.proto": Carrier.IP,
}
"""Wireshark's names of its dissector tables."""
_MOST = {Carrier.IP: 0xFF}
_NUMBER = r"([0-9]{1,20}|0[xX][0-9a-fA-F]{1,20})"
_WORD = re.compile(rf"([a-z0-9_.]+)=={_NUMBER}(?:([-:]){_NUMBER})?,([\w.-]+)", re.ASCII)


class DecodeAs(NamedTuple):
    """Numbers of a table, and what they stand for; the name is as it was written, in small letters."""

    table: str
    numbers: range
    name: str

    @property
    def carrier(self) -> Carrier:
        """What the table is of."""
        return TABLES[self.table]


def parse_decode_as(word: str) -> DecodeAs:
    """Take a word apart; raises a UsageError that says what is wrong with it."""
    match = _WORD.fullmatch(word.replace(" ", ""))
    if match is None:
        raise UsageError(f"-d {word}: expected udp.port==N,ENCAPSULATION, as in -d udp.port==4799,vxlan")
    table, first, kind, last, name = match.groups()
    if table not in TABLES:
        raise UsageError(f"-d {word}: {table} is no table that chooses an encapsulation; there is {', '.join(TABLES)}")
    numbers = _numbers(first, kind, last)
    most = _MOST.get(TABLES[table], 0xFFFF)
    for number in (numbers.start, numbers.stop - 1) if numbers else (numbers.start,):
        if not 0 < number <= most:
            raise UsageError(f"-d {word}: {number} is not in 1..{most}")
    if not numbers:
        raise UsageError(f"-d {word}: {first}{kind}{last} holds no number; expected as in 65330-65331 or 65330:2")
    return DecodeAs(table, numbers, name.lower())


def check_table(word: str, asked: DecodeAs, name: str) -> None:
    """Refuse a table that an encapsulation is not selected by."""
    if (name, asked.carrier) not in CODECS:
        tables = [table for table, carrier in TABLES.items() if (name, carrier) in CODECS]
        raise UsageError(f"-d {word}: {name} is selected by {' or '.join(tables)}, not by {asked.table}")


def _numbers(first: str, kind: str | None, last: str | None) -> range:
    """One number, those from one to another, or so many from one on."""
    start = _number(first)
    if kind is None or last is None:
        return range(start, start + 1)
    return range(start, _number(last) + 1) if kind == "-" else range(start, start + _number(last))


def _number(text: str) -> int:
    return int(text, 16 if text[:2] in ("0x", "0X") else 10)
