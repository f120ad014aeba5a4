"""Classes of values are what the standard library makes of them, in all that is asked of them."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle
from collections.abc import Callable
from dataclasses import FrozenInstanceError, field
from typing import Any, ClassVar

import pytest

from dovetool import values


def make(dataclass: Callable[..., Any], *, frozen: bool) -> Any:  # noqa: ANN401  (a class)
    """The same class by either decorator."""
    decorate = dataclass(frozen=frozen, slots=True)

    @decorate
    class Sample:
        """A sample."""

        LEN: ClassVar[int] = 8

        number: int
        name: str = "n"
        items: list[int] = field(default_factory=list)
        aside: int = field(default=3, compare=False)
        hidden: str = field(default="h", repr=False)
        late: int = field(init=False, default=5)

        def doubled(self) -> int:
            return self.number * 2

    return Sample


BOTH = pytest.mark.parametrize("frozen", [True, False])


@BOTH
def test_made_shown_and_compared_alike(frozen: bool) -> None:
    ours, theirs = (make(each, frozen=frozen) for each in (values.dataclass, dataclasses.dataclass))
    for words in ((1,), (1, "x"), (1, "x", [2], 4, "g")):
        assert repr(ours(*words)) == repr(theirs(*words))
        assert ours(*words) == ours(*words)
        assert ours(*words) != theirs(*words)
    assert ours(1, aside=1) == ours(1, aside=2)
    assert ours(1, items=[1]) != ours(1)
    assert ours(1).items is not ours(1).items
    assert (ours(4).doubled(), ours(4).late, ours.LEN) == (8, 5, 8)
    for wrong in ({}, {"number": 1, "late": 2}, {"number": 1, "other": 2}):
        for each in (ours, theirs):
            with pytest.raises(TypeError):
                each(**wrong)


@BOTH
def test_asked_about_alike(frozen: bool) -> None:
    ours, theirs = (make(each, frozen=frozen) for each in (values.dataclass, dataclasses.dataclass))
    assert [each.name for each in dataclasses.fields(ours)] == [each.name for each in dataclasses.fields(theirs)]
    assert (ours.__slots__, ours.__qualname__) == (theirs.__slots__, theirs.__qualname__)
    assert (ours.__doc__, ours.__match_args__) == (theirs.__doc__, theirs.__match_args__)
    assert [*inspect.signature(ours).parameters] == [*inspect.signature(theirs).parameters]
    assert dataclasses.replace(ours(1, "x"), number=2) == ours(2, "x")
    assert copy.copy(ours(1, "x")) == ours(1, "x")
    assert not hasattr(ours(1), "__dict__")
    assert dataclasses.is_dataclass(ours)


def test_frozen_values_stay_and_have_a_hash() -> None:
    ours = make(values.dataclass, frozen=True)
    value = ours(1, items=())
    assert hash(value) == hash(ours(1, items=(), aside=9)) != hash(ours(2, items=()))
    with pytest.raises(FrozenInstanceError, match="cannot assign to field 'number'"):
        value.number = 2
    with pytest.raises(FrozenInstanceError, match="cannot delete field 'number'"):
        del value.number


def test_open_values_change_and_have_none() -> None:
    value = make(values.dataclass, frozen=False)(1)
    value.number = 2
    assert value.doubled() == 4
    with pytest.raises(TypeError, match="unhashable"):
        hash(value)
    with pytest.raises(AttributeError):
        value.unknown = 1


@values.dataclass(frozen=True, slots=True)
class Base:
    """One field, and checked."""

    number: int

    def __post_init__(self) -> None:
        if self.number < 0:
            raise ValueError("below 0")


@values.dataclass(frozen=True, slots=True)
class Derived(Base):
    """One more, and a hash of its own."""

    name: str = ""

    def __hash__(self) -> int:
        return 7


def test_derived_classes_have_all_fields() -> None:
    assert repr(Derived(1, "x")) == "Derived(number=1, name='x')"
    assert Derived(1) != Base(1)
    assert hash(Derived(1)) == 7
    assert pickle.loads(pickle.dumps(Derived(1, "x"))) == Derived(1, "x")
    with pytest.raises(ValueError, match="below 0"):
        Derived(-1)


def test_what_is_not_made_here_is_refused() -> None:
    with pytest.raises(TypeError, match="only plain fields in slots"):
        values.dataclass(slots=False)(type("Loose", (), {}))
