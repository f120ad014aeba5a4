"""The way of one frame as a tree: every stage with what it looked up, what it decided and what it did to the octets.

Names come from a map or a capture; they are shown as they are, and never as markup or control codes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.text import Text
from rich.tree import Tree

from dovetool.analysis.frame_path import PathStep
from dovetool.analysis.octet_diff import difference
from dovetool.analysis.single_frame import KnownFrame
from dovetool.analysis.trace import Trace
from dovetool.frame.selectors import Selectors
from dovetool.observe.dissection import PAYLOAD, TYPE, HeaderPart, header_parts
from dovetool.observe.observe import Observe
from dovetool.verdict.reasons import Reason
from dovetool.views.plain import printable
from dovetool.views.tracing.decision import DecisionWords, is_idle
from dovetool.views.tracing.lookup_words import LookupWords, some
from dovetool.views.tracing.octets import head_lines, octet_lines, parts_of, whole
from dovetool.views.tracing.outcome import Refusal, deliveries, refusals
from dovetool.vnid_map import VnidMap
from dovetool.vnid_map.texts import time_text

_GUIDE = 4
_MOST_COPIES, _SHOWN_COPIES = 16, 4
_MOST_LOOKUPS, _SHOWN_LOOKUPS = 24, 8
_MOST_RECEIVERS = 16
_NAME_PORT = "; --ingress names the port that it came in by"
_HINTS = {Reason.UNKNOWN_SOURCE: _NAME_PORT, Reason.AMBIGUOUS_SOURCE: _NAME_PORT}


class _Way:
    """Steps, and for each those that follow from it, a copy each."""

    def __init__(self, steps: Sequence[PathStep]) -> None:
        self.steps = steps
        self.following: list[list[int]] = [[] for _ in steps]
        for row, step in enumerate(steps):
            if step.origin is not None:
                self.following[step.origin].append(row)


class TraceView:
    """Shows traces in one map."""

    def __init__(self, vnid_map: VnidMap, selectors: Selectors, width: int, *, show_all: bool = False) -> None:
        self._map, self._width, self._all = vnid_map, width, show_all
        self._observe = Observe(selectors, vnid_map.tpid)
        self._lookups, self._decisions = LookupWords(vnid_map), DecisionWords(vnid_map, selectors)

    def tree(self, trace: Trace) -> Tree:
        """The tree."""
        tree = Tree(_text(_heading(trace), "bold"), guide_style="dim")
        headers = self._headers(trace.known)
        tree.add(_text(" / ".join(_fact(header) for header in headers if header.label != TYPE) or "no octets"))
        tree.add(_text(f"begins at {trace.beginning.stage}: {trace.beginning.why}"))
        self._grow(tree, _Way(trace.steps), [0], 1)
        for line in self._outcome(trace):
            tree.add(line)
        return tree

    def _grow(self, tree: Tree, way: _Way, rows: Iterable[int], depth: int) -> None:
        """Add the steps of these rows, and those that follow from them; copies become branches."""
        for row in rows:
            step = way.steps[row]
            if not is_idle(step):
                self._add(tree, step, depth)
            if len(step.after) > 1:
                self._branch(tree, way, row, depth)
            else:
                self._grow(tree, way, way.following[row], depth)

    def _add(self, tree: Tree, step: PathStep, depth: int) -> None:
        node = tree.add(_text(self._decisions.title(step), "bold cyan"))
        lookups = self._lookups.all(step.lookups)
        shown = lookups if self._all or len(lookups) <= _MOST_LOOKUPS else lookups[:_SHOWN_LOOKUPS]
        for words in shown:
            node.add(_text(f"{words.question} -> {words.answer}"))
        if len(shown) < len(lookups):
            node.add(_text(f"... {len(lookups) - len(shown):,} more look-ups (--all shows them)"))
        style = "bold red" if step.reason is not None else "bold"
        node.add(_text(f"=> {self._decisions.decision(step)}", style))
        if len(step.after) == 1 and not step.ways[0].unchanged:
            node.add(self._change(step, 0, depth + 1))
        elif step.reason is not None:
            node.add(self._head(step.before, depth + 1))

    def _branch(self, tree: Tree, way: _Way, row: int, depth: int) -> None:
        step, count = way.steps[row], len(way.steps[row].after)
        shown = count if self._all or count <= _MOST_COPIES else _SHOWN_COPIES
        for number in range(shown):
            title = f"copy {number + 1} of {count}: {self._decisions.copy(step, number)}"
            if len(step.ways) != count:
                title = f"fragment {number + 1} of {count}"
            branch = tree.add(_text(title, "bold magenta"))
            if not (len(step.ways) == count and step.ways[number].unchanged):
                branch.add(self._change(step, number, depth + 1))
            self._grow(branch, way, way.following[row][number : number + 1], depth + 1)
        if shown < count:
            tree.add(_text(f"... {count - shown} more copies (--all shows them)", "bold magenta"))

    def _change(self, step: PathStep, number: int, depth: int) -> Text:
        """The octets before and after."""
        before, after = step.before, step.after[number]
        lengths = f"{before.frame.orig_len:,} -> {after.frame.orig_len:,} octets"
        if len(step.ways) == 1 and len(step.after) > 1:
            return _lines([Text(lengths), *self._octets(after, depth)])
        runs = difference(before.frame.octets, after.frame.octets, step.ways[number])
        parts = parts_of(runs, self._headers(before), self._headers(after))
        return _lines([Text(lengths), *octet_lines(parts, self._room(depth))])

    def _head(self, known: KnownFrame, depth: int) -> Text:
        return _lines([Text("the octets, as they came"), *self._octets(known, depth)])

    def _octets(self, known: KnownFrame, depth: int) -> list[Text]:
        return head_lines(whole(known.frame.octets, self._headers(known)), self._room(depth))

    def _room(self, depth: int) -> int:
        return self._width - _GUIDE * depth

    def _headers(self, known: KnownFrame) -> list[HeaderPart]:
        return header_parts(known.view(), self._observe)

    def _outcome(self, trace: Trace) -> list[Text]:
        got = [f"{delivery.vm} at {delivery.port}" for delivery in deliveries(self._map, trace.steps)]
        most = len(got) if self._all else _MOST_RECEIVERS
        lines = [_text(_refusal(refusal), "bold red") for refusal in refusals(self._map, trace.steps)]
        if got:
            lines.append(_text(f"delivered to {some(got, most)}", "bold green"))
        elif not lines:
            lines.append(_text("delivered to nobody: no VM is there to get it", "bold yellow"))
        return lines


def _heading(trace: Trace) -> str:
    known = trace.known
    captured, length = len(known.frame.octets), known.frame.orig_len
    cut = f" ({captured:,} captured)" if captured < length else ""
    interface = f", interface {known.interface}" if known.interface else ""
    return f"{trace.source}: {length:,} octet{'s' if length != 1 else ''}{cut}, {time_text(known.ts_ns)}{interface}"


def _fact(header: HeaderPart) -> str:
    if header.label == PAYLOAD:
        return f"{PAYLOAD}, {header.length:,} octets"
    return f"{header.label} {header.detail}".strip()


def _refusal(refusal: Refusal) -> str:
    words = f": {refusal.words}" if refusal.words else ""
    return f"rejected by {refusal.stage} as {refusal.reason}{words}{_HINTS.get(refusal.reason, '')}"


def _text(text: str, style: str = "") -> Text:
    return Text(printable(text), style, overflow="fold")


def _lines(lines: Iterable[Text]) -> Text:
    return Text("\n", overflow="fold").join(lines)
