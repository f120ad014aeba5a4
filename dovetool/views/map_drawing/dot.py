"""A picture in the language of Graphviz (https://graphviz.org/doc/info/lang.html)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dovetool.views.map_drawing.drawing import Box, Drawing, Edge, Kind, Line, Node
from dovetool.views.palette import colour_of, tint_of
from dovetool.views.plain import printable

_HEAD = """\
digraph map {
  graph [rankdir=LR, fontname="Helvetica", ranksep=0.6, nodesep=0.15, ordering=out];
  node [shape=box, style="rounded,filled", fillcolor="#FFFFFF", color="#555555", fontname="Helvetica", fontsize=11];
  edge [color="#777777", fontname="Helvetica", fontsize=9];
"""
_SHAPES: Mapping[Kind, str] = {
    Kind.NETWORK: 'style="filled", penwidth=2',
    Kind.VRF: "shape=hexagon",
    Kind.UNDERLAY: 'shape=ellipse, fillcolor="#EEEEEE"',
    Kind.TEP: 'shape=box3d, style="filled", fillcolor="#EEEEEE"',
    Kind.PORT: 'style="filled", penwidth=2',
    Kind.VM: "",
    Kind.REST: 'style="dashed"',
}
_LINES: Mapping[Line, str] = {
    Line.LINK: "dir=none",
    Line.POLICY: 'color="#333333"',
    Line.POLICIES: 'dir=both, color="#333333"',
    Line.ROUTES: "dir=none, style=dashed",
    Line.MOVE: 'style=dashed, color="#333333", constraint=false',
}
_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "&": "&amp;"})


def dot_lines(drawing: Drawing) -> Iterator[str]:
    """The lines of the picture, each with its end."""
    yield _HEAD
    for node in drawing.nodes:
        yield _node(node, "  ")
    for box in (*drawing.boxes, drawing.key):
        yield from _box(box, "  ")
    yield from map(_edge, drawing.edges)
    yield "}\n"


def quoted(*lines: str) -> str:
    """Lines of text as a string: whatever is in them, it stands in the picture as it is."""
    return '"' + "\\n".join(printable(line).translate(_ESCAPES) for line in lines) + '"'


def _box(box: Box, indent: str) -> Iterator[str]:
    if not (box.nodes or box.boxes):
        return
    yield f"{indent}subgraph cluster_{box.name} {{\n"
    yield f'{indent}  label={quoted(box.title)}; labeljust=l; style="rounded"; color="#999999"; fontsize=11;\n'
    for node in box.nodes:
        yield _node(node, f"{indent}  ")
    for inner in box.boxes:
        yield from _box(inner, f"{indent}  ")
    yield f"{indent}}}\n"


def _node(node: Node, indent: str) -> str:
    attributes = [f"label={quoted(*node.lines)}"]
    if _SHAPES[node.kind]:
        attributes.append(_SHAPES[node.kind])
    if node.network is not None:
        attributes.append(f'color="{colour_of(node.network)}"')
        if node.kind is not Kind.REST:
            attributes.append(f'fillcolor="{tint_of(node.network)}"')
    return f"{indent}{node.name} [{', '.join(attributes)}];\n"


def _edge(edge: Edge) -> str:
    text = f", label={quoted(edge.text)}" if edge.text else ""
    return f"  {edge.source} -> {edge.target} [{_LINES[edge.line]}{text}];\n"
