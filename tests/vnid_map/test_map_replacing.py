"""Values of a map with others in their place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args, get_type_hints

from pydantic import BaseModel, PlainValidator

from dovetool.vnid_map.file.model import MapFile
from dovetool.vnid_map.file.replacing import READ_AS, STAYS


def readers(kind: object) -> Iterator[object]:
    """The functions that read the values of a type, and of all that it has in it."""
    for each in get_args(kind):
        yield from readers(each)
    if isinstance(kind, PlainValidator):
        yield kind.func
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        hints = get_type_hints(kind, include_extras=True)
        for name in kind.model_fields:
            assert hints[name] is not str, f"{name}: nothing tells whether it is a name"
            yield from readers(hints[name])


def test_every_type_of_the_model_is_thought_of() -> None:
    """A value of a new kind is either replaced, or tells of nobody."""
    assert set(readers(MapFile)) == set(READ_AS) | STAYS
