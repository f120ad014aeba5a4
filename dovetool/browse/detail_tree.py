"""One frame as a tree: its layers, and in each its fields, bit by bit where they are bits."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from rich.markup import escape
from rich.style import Style
from rich.text import Text
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Tree
from textual.widgets.tree import TreeNode

from dovetool.analysis.found_frames import SeenFrame
from dovetool.browse.colours import is_plain
from dovetool.observe.dissection import Dissection, Field, Layer
from dovetool.views.frames.frame_detail import frame_title, layer_styles
from dovetool.views.plain import printable

_NO_ARROW = "  "  # in the place of the arrow that opens a layer
_NOTE_STYLES = {"error": "bold red", "warning": "yellow", "note": "dim"}


class Part(NamedTuple):
    """What a line of the tree stands for.

    Attributes:
        path: the same part of other frames has the same.
        offset: octets of the frame before it.
        length: its octets; 0 where it stands nowhere in the frame.
        text: what copying takes, and search finds.
    """

    path: str
    offset: int = 0
    length: int = 0
    text: str = ""


class DetailTree(Tree[Part]):
    """The tree; what is open stays open from frame to frame, and the cursor on the same part."""

    DEFAULT_CSS = """
    DetailTree { background: $surface; padding: 0; scrollbar-size-vertical: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("k", "cursor_up", show=False),
        Binding("j", "cursor_down", show=False),
        Binding("g,home", "scroll_home", show=False),
        Binding("G,end", "scroll_end", show=False),
        Binding("b", "page_up", show=False),
        Binding("left", "close", show=False),
        Binding("right", "open", show=False),
        Binding("E", "toggle_all", show=False),
    ]

    class Chosen(Message):
        """The cursor is on another part."""

        def __init__(self, part: Part) -> None:
            super().__init__()
            self.part = part

    def __init__(self) -> None:
        super().__init__("", id="detail")
        self.show_root = False
        self.guide_depth = 2
        self.auto_expand = True
        self._open: set[str] = set()
        self._path = ""
        self._is_filling = False

    def on_mount(self) -> None:
        """Say what it is, until a frame is there."""
        self.border_title = "Detail"

    def show_frame(self, frame: SeenFrame, dissection: Dissection) -> None:
        """Show another frame."""
        path, self._is_filling = self._path, True
        self.clear()
        self.border_title = escape(frame_title(frame))
        self._remarks(frame)
        styles, seen = layer_styles(dissection), dict[str, int]()
        for number, layer in enumerate(dissection.layers):
            seen[layer.name] = seen.get(layer.name, 0) + 1
            style = "bold" if is_plain(self.app) else f"bold {styles[number]}"
            self._layer(layer, f"{layer.name}#{seen[layer.name]}", style, is_placed=dissection.is_placed)
        self._is_filling = False
        self.call_after_refresh(self._find, path)

    def show_nothing(self) -> None:
        """There is no frame."""
        self.clear()
        self.border_title = "Detail"

    def _remarks(self, frame: SeenFrame) -> None:
        verdict = frame.sighting.verdict
        if verdict is not None:
            text = f"Map: {', '.join(verdict) or 'ok'}"
            self.root.add_leaf(Text(printable(text), "red" if verdict else "green"), Part("map", text=text))
        for comment in frame.comments:
            text = f"Comment: {comment}"
            self.root.add_leaf(Text(printable(text), "italic"), Part("comment", text=text))

    def _layer(self, layer: Layer, path: str, style: str, *, is_placed: bool) -> None:
        title = f"[{layer.title}]" if is_placed and not layer.length else layer.title
        opens = bool(layer.fields or layer.notes)
        indent = "  " * layer.level + ("" if opens else _NO_ARROW)
        label = Text(indent + printable(title), style, no_wrap=True)
        part = Part(path, layer.offset, layer.length, layer.title)
        node = self.root.add(label, part, expand=path in self._open, allow_expand=opens)
        for number, each in enumerate(layer.fields):
            name = f"{path}/{each.name or number}"
            node.add_leaf(_field(each, is_placed=is_placed), Part(name, each.offset, each.length, each.label))
        for note in layer.notes:
            text = f"[{note.severity}: {printable(note.text)}]"
            node.add_leaf(Text(text, _NOTE_STYLES[note.severity], no_wrap=True), Part(f"{path}/{note.name}"))

    def _find(self, path: str) -> None:
        """Put the cursor on the same part as before, or on what that was in."""
        nodes = [node for layer in self.root.children for node in (layer, *layer.children)]
        wanted = (path, path.partition("/")[0])
        found = next((node for each in wanted for node in nodes if node.data and node.data.path == each), None)
        if found is not None and (found.parent is self.root or (found.parent and found.parent.is_expanded)):
            self.move_cursor(found)
        elif self.root.children:
            self.move_cursor(self.root.children[0])

    def select_octet(self, offset: int) -> None:
        """Put the cursor on the smallest part that has an octet of the frame, and open its layer."""
        nodes = [node for layer in self.root.children for node in (layer, *layer.children)]
        having = [node for node in nodes if node.data and node.data.offset <= offset < _end(node.data)]
        if not having:
            return
        node = min(having, key=lambda each: (each.data.length if each.data else 0, not each.is_root))
        if node.parent is not None and not node.parent.is_root:
            node.parent.expand()
        self.call_after_refresh(self._go_to, node)

    def _go_to(self, node: TreeNode[Part]) -> None:
        self.move_cursor(node)
        self.scroll_to_node(node, animate=False)

    def on_tree_node_highlighted(self, event: Tree.NodeHighlighted[Part]) -> None:
        """Tell what the cursor is on."""
        if not self._is_filling and event.node.data is not None:
            self._path = event.node.data.path
            self.post_message(self.Chosen(event.node.data))

    def on_tree_node_expanded(self, event: Tree.NodeExpanded[Part]) -> None:
        """Remember it for other frames."""
        if event.node.data is not None:
            self._open.add(event.node.data.path)

    def on_tree_node_collapsed(self, event: Tree.NodeCollapsed[Part]) -> None:
        """Remember it for other frames."""
        if event.node.data is not None:
            self._open.discard(event.node.data.path)

    def action_close(self) -> None:
        """Close the layer of the line; on a layer that is closed, nothing."""
        node = self.cursor_node
        if node is None:
            return
        if node.is_expanded:
            node.collapse()
        elif node.parent is not None and not node.parent.is_root:
            self.move_cursor(node.parent)

    def action_open(self) -> None:
        """Open the layer."""
        if self.cursor_node is not None and self.cursor_node.allow_expand:
            self.cursor_node.expand()

    def action_toggle_all(self) -> None:
        """Open all layers, or close them when all are open."""
        closed = [node for node in self.root.children if node.allow_expand and not node.is_expanded]
        for node in closed or self.root.children:
            if closed:
                node.expand()
            else:
                node.collapse()


def _field(each: Field, *, is_placed: bool) -> Text:
    text = f"{each.label}: {printable(each.shown)}"
    if is_placed and each.is_generated:
        return Text(f"[{text}]", "dim", no_wrap=True)
    line = Text(no_wrap=True)
    if each.bits:
        line.append(f"{each.bits} = ", Style(dim=True))
    return line.append(text)


def _end(part: Part) -> int:
    return part.offset + part.length
