"""How a function becomes a command: groups of options are opened, and examples come after its help."""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import is_dataclass
from inspect import Parameter, Signature, signature
from typing import Any

import typer

from dovetool.cli.options import Convert


def add(
    app: typer.Typer, command: Callable[..., int], *examples: str, codes: str = "", without: Container[str] = ()
) -> None:
    """Add a command that reads captures to the program: with `--convert`, and with its examples and exit codes.

    Args:
        app: the program.
        command: the function; a parameter that is a dataclass of options stands for all of them.
        examples: command lines, the program's name left out.
        codes: what its exit codes mean.
        without: fields of such dataclasses that make no sense for this command; they keep their defaults.
    """
    lines = [example if "dovetool" in example else f"dovetool {example}" for example in examples]
    epilog = "\n\n".join(["Examples:", *lines, *((f"Exit codes: {codes}",) if codes else ())])
    app.command(epilog=epilog)(_opened(command, without))


def _opened(command: Callable[..., int], without: Container[str]) -> Callable[..., int]:
    """The command with an option for each field where a parameter is a dataclass of options; arguments come first."""
    parameters: list[Parameter] = []
    groups: dict[str, tuple[Callable[..., Any], list[str]]] = {}
    for name, parameter in signature(command, eval_str=True).parameters.items():
        group = parameter.annotation
        if is_dataclass(group) and isinstance(group, type):
            fields = signature(group, eval_str=True).parameters
            offered = [each for each in fields if each not in without]
            groups[name] = group, offered
            parameters += (fields[each] for each in offered)
        else:
            parameters.append(parameter)
    convert = Parameter("convert", Parameter.KEYWORD_ONLY, default=False, annotation=Convert)

    def run(*, convert: bool, **given: Any) -> int:  # noqa: ANN401  (Typer gives each option what its type says)
        del convert  # its callback has heard
        made = {name: group(**{each: given.pop(each) for each in names}) for name, (group, names) in groups.items()}
        return command(**made, **given)

    run.__name__, run.__doc__ = command.__name__, command.__doc__
    opened = [each.replace(kind=Parameter.KEYWORD_ONLY) for each in sorted((*parameters, convert), key=_is_option)]
    run.__signature__ = Signature(opened)  # type: ignore[attr-defined]  # `inspect.signature` asks for it
    return run


def _is_option(parameter: Parameter) -> bool:
    return not isinstance(parameter.annotation.__metadata__[0], typer.models.ArgumentInfo)
