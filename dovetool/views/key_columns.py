"""The columns that say whom a group of frames belongs to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from dovetool.observe.by import By
from dovetool.observe.catalogue import COLUMNS, Kind
from dovetool.values import dataclass
from dovetool.vnid_map.texts import time_text

_NOTHING = "none"
Record = Mapping[str, str | int | None]


@dataclass(frozen=True, slots=True)
class KeyColumn:
    """A column of a table of groups.

    Attributes:
        head: what stands over it.
        text: what a group has in it, by the names of `grouping.COLUMNS`.
        is_number: it is set to the right.
        is_name: without a map there is nothing in it.
        spare: with a map, columns with a higher number are left out first where room is short; 0 stays.
    """

    head: str
    text: Callable[[Record], str]
    is_number: bool = False
    is_name: bool = False
    spare: int = 0


def _plain(name: str) -> Callable[[Record], str]:
    return lambda record: "" if record[name] is None else str(record[name])


def _either(name: str, address: str) -> Callable[[Record], str]:
    """The name where there is one, else the address."""
    return lambda record: str(record[name] or record[address] or "")


def _side(side: str) -> Callable[[Record], str]:
    """One side of a conversation: name, address and port."""

    def text(record: Record) -> str:
        address, port = str(record[side] or ""), record[f"port_{side}"]
        if port is not None:
            address = f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
        return " ".join(part for part in (str(record[f"vm_{side}"] or ""), address) if part)

    return text


_VNID = KeyColumn("VNID", _plain("vnid"), is_number=True)
_NETWORK = KeyColumn("Network", _plain("network"), is_name=True)
KEY_COLUMNS: Mapping[By, tuple[KeyColumn, ...]] = {
    By.VNID: (_VNID, _NETWORK),
    By.TEP: (KeyColumn("TEP", _plain("tep"), is_name=True), KeyColumn("Address", _plain("address"), spare=1)),
    By.HOST: (
        KeyColumn("Host", _plain("host"), is_name=True),
        KeyColumn("TEP without host", _either("tep", "address"), spare=1),
    ),
    By.PAIR: (
        KeyColumn("From", _either("src_tep", "src")),
        KeyColumn("To", _either("dst_tep", "dst")),
        KeyColumn("Encap", _plain("encap")),
    ),
    By.VM: (_VNID, _NETWORK, KeyColumn("VM", _plain("vm"), is_name=True), KeyColumn("MAC", _plain("mac"), spare=1)),
    By.ENCAP: (KeyColumn("Encap", _plain("encap")),),
    By.CONVERSATION: (
        _VNID,
        _NETWORK,
        KeyColumn("Protocol", _plain("protocol")),
        KeyColumn("A", _side("a")),
        KeyColumn("B", _side("b")),
    ),
    By.TIME: (KeyColumn("Time", lambda record: time_text(int(record["time"] or 0))),),
}
"""For each kind of group the columns that name it."""


def key_columns(words: Sequence[str]) -> tuple[KeyColumn, ...]:
    """The columns that name groups of several keys, each of `By` or a column of the catalogue."""
    found: dict[str, KeyColumn] = {}
    for word in words:
        if word in tuple(By):
            found |= {column.head: column for column in KEY_COLUMNS[By(word)] if column.head not in found}
        else:
            found.setdefault(word, KeyColumn(word, _plain(word), COLUMNS[word].kind is Kind.NUMBER))
    return tuple(found.values())


def key_label(words: Sequence[str], record: Record) -> str:
    """Words for the key of a group, in one line; data, as names are."""
    told = ((column.head, column.text(record)) for column in key_columns(words))
    return " ".join(f"{head} {text}" if head in COLUMNS else text for head, text in told if text) or _NOTHING
