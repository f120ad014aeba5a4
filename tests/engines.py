"""The two engines: the compiled core, and its twins in plain Python. Tests of what they carry run on both."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from dovetool.capture import kernel as records
from dovetool.capture import plain_records
from dovetool.core import COMPILED
from dovetool.engine import kernel as frames
from dovetool.engine import plain_columns, plain_digests, plain_kernel

NAMES = ("compiled", "pure") if COMPILED else ("pure",)
_COMMANDS = (
    *("annotate", "gateways", "inspect_columns", "intruders", "many_interfaces", "routed_overlay", "routing"),
    *("routing_reference", "stats_columns"),
    *("tenants", "tep_addresses", "unfit_times", "validate", "vm_shapes", "ways"),
)
"""Tests of commands that are always run on both; the others are with `--both-engines`, as that takes long."""
_TWINS = ((records, (plain_records,)), (frames, (plain_kernel, plain_columns, plain_digests)))


def choose(metafunc: pytest.Metafunc) -> None:
    """Have a test run on both engines, if it is one of the engine or of commands."""
    path = Path(str(metafunc.definition.path))
    if metafunc.definition.get_closest_marker("on_both_engines"):
        return
    folder, name = path.parent.name, path.stem.removeprefix("test_")
    is_asked = metafunc.config.getoption("both_engines") or name in _COMMANDS
    if folder == "engine" or (folder == "cli" and is_asked):
        metafunc.fixturenames.append("engine")
        metafunc.parametrize("engine", NAMES, indirect=True, scope="module")


@contextmanager
def used(name: str) -> Iterator[str]:
    """Use one of them, in this process and those that it starts."""
    with pytest.MonkeyPatch.context() as patch:
        if name == "pure":
            patch.setenv("DOVETOOL_PURE", "1")
            for kernel, twins in _TWINS:
                for each in kernel.__all__:
                    home = next(module for module in twins if hasattr(module, each))
                    patch.setattr(kernel, each, getattr(home, each))
        yield name
