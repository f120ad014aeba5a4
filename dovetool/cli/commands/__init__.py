"""The program's commands; each is loaded and made when it is looked up, and `--help` of them all does without."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_group

_COMMANDS = {
    "strip": ("transform", "Take off overlay headers and tags, and write the inner frames."),
    "tag": ("hops", "Switch, outgoing: tag frames with their target's VNID."),
    "encap": ("hops", "TEP, outgoing: turn the tag into an overlay header."),
    "decap": ("hops", "TEP, incoming: turn the overlay header into the tag."),
    "untag": ("hops", "Switch, incoming: take off the tag, find the VM's port."),
    "translate": ("transform", "Turn one encapsulation into another, as a gateway does."),
    "dedup": ("dedup", "Keep one of the copies of a packet: the first."),
    "anonymise": ("anonymise", "Replace addresses and names, by a key."),
    "time": ("time", "Shift the times of frames, exactly."),
    "run": ("transform", "All stages at once, from VM to VM: tag, encap, decap, untag."),
    "inspect": ("inspect", "List frames: tunnels, networks, who sends what to whom."),
    "browse": ("browse", "Look through a capture in the terminal: list, detail, octets."),
    "top": ("top", "Show live who sends how much: a table of rates."),
    "info": ("info", "Show what capture files are, and what is in them."),
    "stats": ("stats", "Sum up traffic by network, TEP, VM, conversation, time."),
    "export": ("export", "Write captures as a table, one row per frame."),
    "report": ("report", "Write one HTML page of charts, tables and findings."),
    "follow": ("follow", "Find packets again from capture to capture: lost, late, changed."),
    "trace": ("trace", "Follow one frame through every stage, and say why."),
    "validate": ("validate", "Check a capture against the map and the RFCs."),
    "split": ("split", "Write one capture for each network, VM, TEP or the like."),
    "demo": ("demo", "Show the way from VM to VM on a bundled sample."),
    "extcap": ("extcap", "Capture interfaces for Wireshark, which calls this."),
    "map": ("map", "Make, check, show and compare map files: who belongs where."),
    "config": ("config", "Show which settings are in force, and where they come from."),
    "schema": ("schema", "Print the JSON Schema of an output, or list them."),
    "completion": ("completion", "Let bash, zsh, fish or PowerShell complete what you type."),
    "wireshark": ("wireshark", "Teach Wireshark the tag and overlay fields: plugin, profile."),
}
"""Where each command is, and the first line of its help; in the order in which they are shown."""


class _Commands(Mapping[str, Any]):
    """The commands by name."""

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401  (Typer does not publish what its commands are)
        module, program = (
            import_module(f"dovetool.cli.commands.{_COMMANDS[name][0]}"),
            typer.Typer(rich_markup_mode=None),
        )
        if hasattr(module, "app"):
            program.add_typer(module.app, name=name)
        else:
            module.register(program)
            program.registered_commands = [
                each for each in program.registered_commands if getattr(each.callback, "__name__", "") == name
            ]
        return get_group(program).commands[name]

    def __iter__(self) -> Iterator[str]:
        return iter(_COMMANDS)

    def __len__(self) -> int:
        return len(_COMMANDS)


class CommandGroup(TyperGroup):
    """Typer's group, with the commands of the program."""

    def __init__(self, **attributes: Any) -> None:  # noqa: ANN401  (they are Typer's)
        super().__init__(**attributes)
        self.commands = _Commands()  # type: ignore[assignment]  # nothing is ever put in

    def list_commands(self, ctx: object) -> list[str]:  # noqa: D102  (see TyperGroup)
        return list(self.commands)

    def format_commands(self, ctx: object, formatter: Any) -> None:  # noqa: ANN401, D102  (see TyperGroup)
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in _COMMANDS.items()])
