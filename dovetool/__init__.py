"""Strip, translate, inspect and validate packet captures of overlay networks: VXLAN, Geneve, NVGRE and more.

The public names are in `__all__`, and described in docs/python.md; everything else is internal and may change.

    >>> import dovetool
    >>> dovetool.open("samples/demo/taps/3-underlay.pcapng").frame(4)
    <Frame 4: 132 octets vxlan vnid=5001 10.1.0.10 > 10.1.0.11 ICMP>
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dovetool.api.capture import Capture
    from dovetool.api.delivery import run, untag
    from dovetool.api.explanation import Explanation
    from dovetool.api.facts import follow, info
    from dovetool.api.frame import Frame
    from dovetool.api.hops import decap, encap, tag
    from dovetool.api.layers import Inner, Overlay
    from dovetool.api.learning import learn
    from dovetool.api.observers import strip, translate
    from dovetool.api.opening import open  # noqa: A004  (it is `dovetool.open`)
    from dovetool.api.page import report
    from dovetool.api.report import Finding, Report, validate
    from dovetool.api.sorting import dedup, split
    from dovetool.api.statistics import Statistics
    from dovetool.api.summary import Summary
    from dovetool.api.through import Rewritten
    from dovetool.api.tracing import Step, Trace, trace
    from dovetool.errors import (
        CaptureError,
        CorruptCaptureError,
        DovetoolError,
        MapError,
        MissingLibraryError,
        UsageError,
    )
    from dovetool.observe.catalogue import COLUMNS, LAYER_COLUMNS
    from dovetool.vnid_map import VnidMap

__version__ = "0.2.0"
__all__ = [
    "COLUMNS",
    "LAYER_COLUMNS",
    "Capture",
    "CaptureError",
    "CorruptCaptureError",
    "DovetoolError",
    "Explanation",
    "Finding",
    "Frame",
    "Inner",
    "MapError",
    "MissingLibraryError",
    "Overlay",
    "Report",
    "Rewritten",
    "Statistics",
    "Step",
    "Summary",
    "Trace",
    "UsageError",
    "VnidMap",
    "__version__",
    "decap",
    "dedup",
    "encap",
    "follow",
    "info",
    "learn",
    "open",
    "report",
    "run",
    "split",
    "strip",
    "tag",
    "trace",
    "translate",
    "untag",
    "validate",
]
_HOMES = {
    "dovetool.api.capture": ("Capture",),
    "dovetool.api.delivery": ("run", "untag"),
    "dovetool.api.explanation": ("Explanation",),
    "dovetool.api.facts": ("follow", "info"),
    "dovetool.api.frame": ("Frame",),
    "dovetool.api.hops": ("decap", "encap", "tag"),
    "dovetool.api.layers": ("Inner", "Overlay"),
    "dovetool.api.learning": ("learn",),
    "dovetool.api.observers": ("strip", "translate"),
    "dovetool.api.opening": ("open",),
    "dovetool.api.page": ("report",),
    "dovetool.api.report": ("Finding", "Report", "validate"),
    "dovetool.api.sorting": ("dedup", "split"),
    "dovetool.api.statistics": ("Statistics",),
    "dovetool.api.summary": ("Summary",),
    "dovetool.api.through": ("Rewritten",),
    "dovetool.api.tracing": ("Step", "Trace", "trace"),
    "dovetool.errors": (
        *("CaptureError", "CorruptCaptureError", "DovetoolError", "MapError", "MissingLibraryError", "UsageError"),
    ),
    "dovetool.observe.catalogue": ("COLUMNS", "LAYER_COLUMNS"),
    "dovetool.vnid_map": ("VnidMap",),
}
"""Where the public names are; a module is loaded when the first of its names is asked for."""
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> object:
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module 'dovetool' has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(home), name)
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
