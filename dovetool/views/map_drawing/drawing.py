"""What is drawn: boxes in boxes, nodes in them, and lines between. Where they go, the program says that draws them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import Enum, auto

from dovetool.values import dataclass


class Kind(Enum):
    """What a node stands for."""

    NETWORK = auto()
    VRF = auto()
    UNDERLAY = auto()
    TEP = auto()
    PORT = auto()
    VM = auto()
    REST = auto()


class Line(Enum):
    """What a line between two nodes means."""

    LINK = auto()
    """One is attached to the other."""
    POLICY = auto()
    """One may send to the other."""
    POLICIES = auto()
    """Each may send to the other."""
    ROUTES = auto()
    """A VRF routes for a network."""
    MOVE = auto()
    """A VM goes from one to the other."""


@dataclass(frozen=True, slots=True)
class Node:
    """A node.

    Attributes:
        name: what the other parts of the picture call it: letters, digits and `_`.
        kind: what it stands for.
        lines: its text; data.
        network: number of the network whose colour it has; None: it has none.
    """

    name: str
    kind: Kind
    lines: Sequence[str]
    network: int | None = None


@dataclass(frozen=True, slots=True)
class Box:
    """A box with a title, around nodes and other boxes.

    Attributes:
        name: as that of a node.
        title: its text; data.
        nodes: in the order of the map.
        boxes: likewise, after the nodes.
    """

    name: str
    title: str
    nodes: Sequence[Node] = ()
    boxes: Sequence[Box] = ()

    def all_boxes(self) -> Iterator[Box]:
        """It, and those in it; an empty one is none."""
        if self.nodes or self.boxes:
            yield self
        for box in self.boxes:
            yield from box.all_boxes()


@dataclass(frozen=True, slots=True)
class Edge:
    """A line between two nodes, by their names; `text` is data."""

    source: str
    target: str
    line: Line
    text: str = ""


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture.

    Attributes:
        nodes: those outside all boxes.
        boxes: the boxes.
        key: a box to which no line leads: whose the colours are.
        edges: the lines.
    """

    nodes: Sequence[Node]
    boxes: Sequence[Box]
    key: Box
    edges: Sequence[Edge]

    def all_boxes(self) -> Iterator[Box]:
        """All boxes, those in others too; an empty one is none."""
        for box in (*self.boxes, self.key):
            yield from box.all_boxes()
