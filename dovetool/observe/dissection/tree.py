"""What a dissected frame consists of."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from dovetool.values import dataclass

Value = int | str | bytes | bool


class NoteSeverity(StrEnum):
    """How much a note matters, as Wireshark's expert information has it."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Note:
    """Something about a layer that a reader should know.

    Attributes:
        name: what the note is called in filters.
        severity: how much it matters.
        text: what it says.
    """

    name: str
    severity: NoteSeverity
    text: str


@dataclass(frozen=True, slots=True)
class Field:
    """One value of a header.

    Attributes:
        name: as Wireshark's display filters call it.
        label: for people.
        value: what the bits say.
        shown: the value for people.
        offset: octets of the frame before the first one that holds a part of it.
        length: octets that hold a part of it; 0 for a value that stands nowhere in the frame.
        mask: the bits of these octets, as one big-endian number, that are its own.
        octets: these octets.
    """

    name: str
    label: str
    value: Value
    shown: str
    offset: int = 0
    length: int = 0
    mask: int = 0
    octets: bytes = b""

    @property
    def is_generated(self) -> bool:
        """True for a value that was worked out, and stands nowhere in the frame."""
        return not self.length

    @property
    def bits(self) -> str:
        """Its octets bit by bit, with a dot for a bit that is not its own; empty when all of them are."""
        total = self.length * 8
        if not self.length or self.mask == (1 << total) - 1:
            return ""
        number = int.from_bytes(self.octets, "big")
        marks = (str(number >> bit & 1) if self.mask >> bit & 1 else "." for bit in range(total - 1, -1, -1))
        text = "".join(marks)
        return " ".join(text[at : at + 4] for at in range(0, total, 4))


@dataclass(frozen=True, slots=True)
class Layer:
    """A header, or what else belongs together in a frame.

    Attributes:
        name: as Wireshark calls the protocol: `eth`, `vxlan`, `dove`.
        title: the header in one line.
        offset: where it begins.
        length: octets of it; 0 for what was worked out.
        fields: its values, in the order in which they stand.
        notes: what there is to say about it.
        level: tunnels around it.
    """

    name: str
    title: str
    offset: int
    length: int
    fields: tuple[Field, ...] = ()
    notes: tuple[Note, ...] = ()
    level: int = 0


@dataclass(frozen=True, slots=True)
class Dissection:
    """A frame, taken apart.

    Attributes:
        layers: from the outside inwards.
        is_placed: it is known where in the frame they stand.
    """

    layers: tuple[Layer, ...]
    is_placed: bool = True

    def fields(self, name: str) -> Iterator[Field]:
        """Every field of that name, from the outside inwards."""
        for layer in self.layers:
            yield from (field for field in layer.fields if field.name == name)
