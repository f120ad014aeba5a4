"""The program's commands; each is made when it is looked up, as to work out the options of all takes a while."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from types import ModuleType
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_group

_MODULES = {
    "strip": "transform",
    "tag": "hop_commands",
    "encap": "hop_commands",
    "decap": "hop_commands",
    "untag": "hop_commands",
    "translate": "transform",
    "run": "transform",
    "inspect": "inspect_command",
    "stats": "stats_command",
    "trace": "trace_command",
    "validate": "validate_command",
    "split": "split_command",
    "demo": "demo_command",
    "extcap": "extcap_command",
    "map": "map_commands",
    "wireshark": "wireshark_commands",
}
"""Where the commands are, in the order in which they are shown."""


class _Commands(Mapping[str, Any]):
    """The commands by name."""

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401  (Typer does not publish what its commands are)
        module, program = _module(name), typer.Typer(rich_markup_mode=None)
        if hasattr(module, "app"):
            program.add_typer(module.app, name=name)
        else:
            module.register(program)
            program.registered_commands = [
                each for each in program.registered_commands if getattr(each.callback, "__name__", "") == name
            ]
        return get_group(program).commands[name]

    def __iter__(self) -> Iterator[str]:
        return iter(_MODULES)

    def __len__(self) -> int:
        return len(_MODULES)


class CommandGroup(TyperGroup):
    """Typer's group, with the commands of the program."""

    def __init__(self, **attributes: Any) -> None:  # noqa: ANN401  (they are Typer's)
        super().__init__(**attributes)
        self.commands = _Commands()  # type: ignore[assignment]  # nothing is ever put in

    def list_commands(self, ctx: object) -> list[str]:  # noqa: D102
        return list(self.commands)

    def format_commands(self, ctx: object, formatter: Any) -> None:  # noqa: ANN401, D102
        with formatter.section("Commands"):
            formatter.write_dl([(name, _summary(name)) for name in self.commands])


def _module(name: str) -> ModuleType:
    return import_module(f"dovetool.cli.{_MODULES[name]}")


def _summary(name: str) -> str:
    """What a command does, in one line."""
    module = _module(name)
    told = module.app.info.help if hasattr(module, "app") else getattr(module, name).__doc__
    return str(told).partition("\n")[0]
