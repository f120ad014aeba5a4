"""What the keys of records mean: the texts that stand below them, which only the sources have."""

from __future__ import annotations

import ast
import inspect
import sys
from contextlib import suppress
from itertools import pairwise
from typing import Any


def describe(schema: dict[str, Any], record: type) -> None:
    """Give the schema of a record, and those of the types in it, the descriptions of their keys."""
    with suppress(OSError):  # where the sources are not there, neither are the descriptions
        words = _words(inspect.getsource(sys.modules[record.__module__]))
        for name, each in {record.__name__: schema, **schema.get("$defs", {})}.items():
            for key, told in words.get(name, {}).items():
                each["properties"][key]["description"] = told


def _words(source: str) -> dict[str, dict[str, str]]:
    """The texts by class and key; a class has those of its bases too."""
    found: dict[str, dict[str, str]] = {}
    for node in ast.parse(source).body:
        if isinstance(node, ast.ClassDef):
            words: dict[str, str] = {}
            for base in node.bases:
                words |= found.get(base.id, {}) if isinstance(base, ast.Name) else {}
            found[node.name] = words | dict(_own(node))
    return found


def _own(node: ast.ClassDef) -> list[tuple[str, str]]:
    return [
        (field.target.id, behind.value.value)
        for field, behind in pairwise(node.body)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(behind, ast.Expr)
        and isinstance(behind.value, ast.Constant)
        and isinstance(behind.value.value, str)
    ]
