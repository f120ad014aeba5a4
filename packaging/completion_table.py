"""Write what completion knows of the commands, `dovetool/completion/commands.json`, out of the commands themselves.

    python packaging/completion_table.py

Completion answers before Typer would have been imported; so that it needs none, the file is made beforehand. A test
says when it is no longer what this makes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from command_walk import commands as walk
from command_walk import parameters, subcommands

from dovetool.belonging.finding import Kind
from dovetool.completion.table import FILE
from dovetool.frame.decode_as import TABLES
from dovetool.jobs.ranking import Sort
from dovetool.map_sources import sources
from dovetool.observe.by import By
from dovetool.observe.catalogue import COLUMNS
from dovetool.observe.observation import DOVE
from dovetool.views.schemas import NAMES
from dovetool.wire.overlay import CODECS, ENCAPSULATIONS, Carrier

_KINDS = {
    "--vnid": "network",
    "--tep": "tep",
    "--vm": "vm",
    "--ingress": "port",
    "--vlan": "vlan",
    "--decode-as": "decode_as",
    "--encap": "written",
    "--to E": "target",
    "--column": "column",
    "--by KEY": "key",
    "--sort KEY": "sort",
    "--only": "reason",
    "--ignore": "reason",
    "SOURCE": "source",
}
"""What an option or an argument takes, by its name or by that and how its value is called."""
_FILES = {
    "--map": "map",
    "MAP": "map",
    "MAP...": "map",
    "A": "map",
    "B": "map",
    "IN": "capture",
    "IN...": "capture",
    "CAPTURE...": "capture",
    "OUT": "capture",
    "--rejects": "capture",
    "--write": "capture",
    "DIR": "folder",
    "FILE": "file",
    "[FILE]...": "file",
}
"""Likewise which files."""
_LISTS = ("network", "vm", "column", "key", "reason")
"""Kinds of which a word may have several."""
_OWN = {
    ("export", "OUT"): "table",
    ("wireshark open", "FILE"): "capture",
    ("map check", "FILE"): "map",
    ("map show", "FILE"): "map",
    ("map show", "--output"): "file",
    ("report", "--output"): "page",
    ("schema", "[NAME]"): "schema",
}
"""What is otherwise in one command."""
_MOST_HELP = 60


def table() -> dict[str, Any]:
    """All that completion knows."""
    return {
        "words": words(),
        "files": {
            "capture": [f"{kind}{packing}" for kind in (".pcap", ".pcapng") for packing in ("", ".gz", ".zst", ".lz4")],
            "map": [".yaml", ".yml", ".json"],
            "table": [".parquet", ".arrow", ".csv", ".tsv", ".jsonl"],
            "page": [".html"],
        },
        "commands": dict(command_records()),
    }


def words() -> dict[str, dict[str, str]]:
    """The words that options take, and what they are."""
    written = [each for each in ENCAPSULATIONS.values() if each.is_written]
    return {
        "encap": dict.fromkeys((*ENCAPSULATIONS, DOVE, "none"), ""),
        "written": {each.name: "" for each in written},
        "target": {each.name: "" for each in written if each.carrier is not Carrier.LINK},
        "decode_as": {name: " ".join(each for each, by in CODECS if by is carrier) for name, carrier in TABLES.items()},
        "reason": {str(kind.reason): str(kind.severity) for kind in Kind},
        "column": {name: column.told for name, column in COLUMNS.items()},
        "key": {**dict.fromkeys(map(str, By), ""), **{name: column.told for name, column in COLUMNS.items()}},
        "sort": dict.fromkeys(map(str, Sort), ""),
        "schema": {**NAMES, "map": ""},
        "source": {name: sources.summary(name) for name in sources.names()},
    }


def command_records() -> Iterator[tuple[str, dict[str, Any]]]:
    """Each command by its words, but for what Wireshark alone calls."""
    for (_, *words), command in walk():
        path = " ".join(words)
        if path == "extcap":
            continue
        found: dict[str, Any] = {
            f"{kind}s": [said(path, each) for each in parameters(command, kind)] for kind in ("option", "argument")
        }
        below = {name: each for name, each in subcommands(command).items() if name != "extcap"}
        if below:
            found["commands"] = {name: each.get_short_help_str(200) for name, each in below.items()}
        yield path, found


def said(path: str, parameter: Any) -> dict[str, Any]:  # noqa: ANN401  (click's)
    """An option or an argument."""
    is_option = parameter.param_type_name == "option"
    return {
        "names": sorted([*parameter.opts, *parameter.secondary_opts]) if is_option else [],
        "kind": "" if is_option and (parameter.is_flag or parameter.name == "help") else kind_of(path, parameter),
        "many": parameter.nargs == -1 or (is_option and parameter.multiple),
        "help": in_short(getattr(parameter, "help", None) or ""),
    }


def kind_of(path: str, parameter: Any) -> str:  # noqa: ANN401  (click's)
    """What its values are; `?`: nothing is known of them."""
    choices: Iterable[str] = getattr(parameter.type, "choices", ())
    if choices:
        return "|".join(str(getattr(each, "value", each)) for each in choices)
    metavar = parameter.metavar or ""
    names = [name for name in parameter.opts if name.startswith("--")] if parameter.param_type_name == "option" else []
    keys = [key for name in names for key in (f"{name} {metavar}", name)]
    for key in (*keys, metavar):
        found = _OWN.get((path, key)) or _KINDS.get(key) or _FILES.get(key)
        if found == "written" and parameter.multiple:
            return "encaps"
        if found == "tep" and parameter.multiple:
            return "teps"
        if found:
            return f"{found}s" if found in _LISTS else found
    return "?"


def in_short(text: str) -> str:
    """The beginning of a help text: what it says before it goes into details."""
    short = " ".join(text.split()).partition("; ")[0].partition(": ")[0]
    return short if len(short) <= _MOST_HELP else f"{short[: _MOST_HELP - 3].rpartition(' ')[0]} ..."


def text() -> str:
    """The file: a line for each command, so that a change of one changes no other."""
    made = table()
    lines = [f"  {json.dumps(name)}: {json.dumps(made['commands'][name])}" for name in made["commands"]]
    head = "".join(f'"{part}": {json.dumps(made[part])},\n' for part in ("words", "files"))
    joined = ",\n".join(lines)
    return f'{{{head}"commands": {{\n{joined}\n}}}}\n'


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
