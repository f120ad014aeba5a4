"""The compiled core: what is done to whole blocks of frames at once.

It knows arrays and numbers, and no protocol, and imports nothing of dovetool. Its modules are Python in Cython's sense,
each with a stub beside it: they cannot run before they are compiled, so whoever imports one asks `COMPILED` first.

What its functions are given is hostile: they check every place and length before they go there, and raise a ValueError
for what does not fit. They release the GIL.
"""

from __future__ import annotations

import os
from importlib import import_module
from importlib.machinery import ExtensionFileLoader, PathFinder

MODULES = ("checks", "columns", "digests", "filling", "flow_keys", "flows", "frames", "records", "tape", "value_table")
"""The compiled modules; without one of them, none is used."""


def _what_is_missing() -> str:
    """Why the compiled modules cannot be used; empty when they can, and are loaded."""
    for name in (f"{__name__}.{module}" for module in MODULES):
        spec = PathFinder.find_spec(name, __path__)
        if spec is None or not isinstance(spec.loader, ExtensionFileLoader):
            return f"{name} is not compiled"
        try:
            import_module(name)
        except ImportError as error:
            return str(error)
    return ""


UNWANTED = os.environ.get("DOVETOOL_PURE", "0") not in ("", "0")
"""Whether the environment asks for the pure engine."""
MISSING = "" if UNWANTED else _what_is_missing()
"""Why there is no compiled core where one is wanted; empty where there is."""
COMPILED = not UNWANTED and not MISSING
"""Whether the compiled core does the work, else the pure engine."""
