"""A picture as a flowchart of Mermaid (https://mermaid.js.org/syntax/flowchart.html), which GitHub and GitLab draw."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dovetool.views.map_drawing.drawing import Box, Drawing, Edge, Kind, Line, Node
from dovetool.views.palette import PALETTE, colour_of, tint_of
from dovetool.views.plain import printable

_SHAPES: Mapping[Kind, tuple[str, str]] = {
    Kind.NETWORK: ("[", "]"),
    Kind.VRF: ("{{", "}}"),
    Kind.UNDERLAY: ("([", "])"),
    Kind.TEP: ("[[", "]]"),
    Kind.PORT: ("[", "]"),
    Kind.VM: ("(", ")"),
    Kind.REST: ("(", ")"),
}
_LINES: Mapping[Line, str] = {
    Line.LINK: "---",
    Line.POLICY: "-->",
    Line.POLICIES: "<-->",
    Line.ROUTES: "-.-",
    Line.MOVE: "-.->",
}
_PLAIN = frozenset(" ,-./")
"""What means nothing in a text, besides letters and digits."""
_PAIRED = frozenset("\\$")
"""What means something with the character behind it even when it is given as a number: a new line, a formula."""
_JOINER = "#8288;"
"""Nothing that can be seen: U+2060."""


def mermaid_lines(drawing: Drawing) -> Iterator[str]:
    """The lines of the picture, each with its end."""
    yield "flowchart LR\n"
    for node in drawing.nodes:
        yield _node(node, "  ")
    for box in (*drawing.boxes, drawing.key):
        yield from _box(box, "  ")
    if drawing.key.nodes:  # a line that is not drawn, so that none that is goes through the box
        yield from (f"  {drawing.key.name} ~~~ {node.name}\n" for node in drawing.nodes)
    yield from map(_edge, drawing.edges)
    boxes = [*drawing.all_boxes()]
    nodes = (*drawing.nodes, *(node for box in boxes for node in box.nodes))
    for at in sorted({node.network % len(PALETTE) for node in nodes if node.network is not None}):
        yield f"  classDef colour{at} fill:{tint_of(at)},stroke:{colour_of(at)},color:#000000\n"
    yield "  classDef rest stroke-dasharray:4\n"
    yield "  classDef box fill:none,stroke:#999999\n"
    if boxes:
        yield f"  class {','.join(box.name for box in boxes)} box\n"


def quoted(*lines: str) -> str:
    """Lines of text as a string: whatever is in them, it stands in the picture as it is.

    Mermaid looks for markup, directives and entities in the whole of a flowchart, strings or not, so that all that
    might be part of one is given as the number of its character.
    """
    return '"' + "<br/>".join("".join(map(_character, printable(line))) for line in lines) + '"'


def _character(character: str) -> str:
    if character.isalnum() or character in _PLAIN:
        return character
    return f"#{ord(character)};" + (_JOINER if character in _PAIRED else "")


def _box(box: Box, indent: str) -> Iterator[str]:
    if not (box.nodes or box.boxes):
        return
    yield f"{indent}subgraph {box.name}[{quoted(box.title)}]\n"
    for node in box.nodes:
        yield _node(node, f"{indent}  ")
    for inner in box.boxes:
        yield from _box(inner, f"{indent}  ")
    yield f"{indent}end\n"


def _node(node: Node, indent: str) -> str:
    before, behind = _SHAPES[node.kind]
    of_class = ":::rest" if node.kind is Kind.REST else ""
    if not of_class and node.network is not None:
        of_class = f":::colour{node.network % len(PALETTE)}"
    return f"{indent}{node.name}{before}{quoted(*node.lines)}{behind}{of_class}\n"


def _edge(edge: Edge) -> str:
    text = f"|{quoted(edge.text)}|" if edge.text else ""
    return f"  {edge.source} {_LINES[edge.line]}{text} {edge.target}\n"
