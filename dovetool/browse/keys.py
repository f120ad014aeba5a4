"""The keys of the browser, as its help lists them: those of Wireshark, termshark and less, where they have one."""

from __future__ import annotations

KEYS: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    (
        "Move",
        (
            ("j k, arrows", "one down, one up"),
            ("space b, PgDn PgUp", "a page down, a page up; d u: half a page"),
            ("g G, Home End", "to the first, to the last; there the list follows a live capture"),
            ("Tab, Shift-Tab", "to the next pane, to the one before: filter, list, detail, octets"),
            ("F8 F7, Ctrl-Down Ctrl-Up", "next frame, frame before, from any pane"),
            (": Ctrl-G", "go to a frame by its number"),
            ("left right", "slide a wide list; open and close a layer of the detail"),
            ("z", "the pane alone, and back"),
        ),
    ),
    (
        "Choose",
        (
            ("F =, Ctrl-/", "to the filter bar; Enter there filters, Esc clears"),
            ("f", "follow the conversation of this frame, across hops and networks; again: in its network"),
            ("s", "statistics of what is shown; Enter there shows a group alone"),
            ("Esc", "show all frames again"),
        ),
    ),
    (
        "Find",
        (
            ("/ Ctrl-F", "find a text in the columns, octets as 0x4500 or x:45 00, or their text in quotes"),
            ("n Ctrl-N, N Ctrl-B", "the next hit, the one before"),
        ),
    ),
    (
        "This frame",
        (
            ("Enter", "to its detail; there Enter opens a layer, E all of them"),
            ("t", "trace: its way through every stage (needs a map)"),
            ("m", "mark it, or take the mark off; M: to the next mark, U: take all off"),
            ("w", "write the marked frames to a capture, or without marks all that are shown"),
        ),
    ),
    (
        "The rest",
        (
            ("c", "choose columns"),
            ("L", "light or dark"),
            ("Ctrl-P", "command palette"),
            ("? F1", "this help"),
            ("q", "quit; Ctrl-C quits with exit code 130"),
        ),
    ),
)
"""By heading, what each key does."""
