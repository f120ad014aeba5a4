"""What the columns of the catalogue are to Arrow."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import pyarrow as pa

from dovetool.analysis.columns import ADDRESSES, MACS
from dovetool.observe.catalogue import ALL_COLUMNS, Kind

CODES = pa.dictionary(pa.int32(), pa.string())
_TIME = pa.timestamp("ns", "UTC")
_SUMMED = frozenset({"number", "time_ns", "length", "captured", "overhead", "inner_length"})
_WIDE = frozenset({*_SUMMED, "tcp_seq", "tcp_ack"})
"""Numbers of 64 bits: also of what is summed up, as some tools add 32 bits to 32 bits. The others have fewer than 32
bits. All have a sign: in some tools 4 - 65 is 4,294,967,235 without one."""
_ALWAYS = frozenset({*_SUMMED, "time", "hop", "depth", "layer", "layer_encap"})
"""In which no value is missing."""
_TEXT_LISTS = frozenset({"comments", "verdict"})
_MAC_LEN = 6


def type_of(name: str, *, raw: bool = False) -> pa.DataType:
    """The type of a column; `raw` addresses are octets."""
    kind = ALL_COLUMNS[name].kind
    if name == "time":
        return _TIME
    if kind is Kind.NUMBER:
        return pa.int64() if name in _WIDE else pa.int32()
    if kind is Kind.LIST:
        return pa.list_(pa.string() if name in _TEXT_LISTS else pa.int32())
    if name in ADDRESSES:
        return (pa.binary(_MAC_LEN) if name in MACS else pa.binary()) if raw else pa.string()
    return pa.string() if name == "hash" else CODES


def schema_of(chosen: Sequence[str], about: Mapping[str, str], *, raw: bool = False) -> pa.Schema:
    """The columns with what the catalogue says about them."""
    fields = [pa.field(name, type_of(name, raw=raw), name not in _ALWAYS, _metadata(name)) for name in chosen]
    return pa.schema(fields, metadata=dict(about))


def _metadata(name: str) -> dict[str, str]:
    column = ALL_COLUMNS[name]
    told = {"description": column.told, "unit": column.unit, "wireshark": column.wireshark}
    return {key: text for key, text in told.items() if text}


def catalogue_text(chosen: Sequence[str]) -> str:
    """The chosen columns of the catalogue, as JSON."""
    return json.dumps([ALL_COLUMNS[name]._asdict() for name in chosen])
