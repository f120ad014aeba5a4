"""Options that choose frames by their place in the capture."""

from __future__ import annotations

from typing import Annotated

import typer

Frames = Annotated[
    list[str] | None, typer.Option("--frame", metavar="N", help="only these frames: 17, or ranges as in 1-20,40-")
]
First = Annotated[
    str | None,
    typer.Option(
        "--from",
        metavar="X",
        help="only from here on: a frame number (17), seconds after the capture's first frame, with a plus sign"
        " (+1.5 or +1.5s), or a time (2026-01-01T00:00:10Z)",
    ),
]
Last = Annotated[str | None, typer.Option("--to", metavar="X", help="only up to here, inclusive; likewise")]
