"""The pages of the reference about commands: usage, arguments, options and examples, as `--help` tells them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from command_walk import commands, help_of, sections, told, usage

GUIDES = {
    "strip": "../strip.md",
    "tag": "../path.md",
    "encap": "../path.md",
    "decap": "../path.md",
    "untag": "../path.md",
    "run": "../path.md",
    "translate": "../translate.md",
    "dedup": "../dedup-and-time.md",
    "time": "../dedup-and-time.md",
    "anonymise": "../anonymise.md",
    "inspect": "../look.md",
    "info": "../look.md",
    "stats": "../look.md",
    "trace": "../look.md",
    "browse": "../browse.md",
    "top": "../browse.md",
    "export": "../tables.md",
    "report": "../report.md",
    "follow": "../follow.md",
    "validate": "../validate.md",
    "split": "../split.md",
    "demo": "../../install.md",
    "extcap": "../wireshark.md",
    "map": "../map.md",
    "config": "../settings.md",
    "schema": "../json.md",
    "completion": "../settings.md",
    "wireshark": "../wireshark.md",
}
"""The page about a command that is written by hand."""
_CODE = re.compile(r"(`[^`]+`)")


def command_pages() -> dict[str, str]:
    """All pages by name: one for each command, with those below it, and one that lists them."""
    pages: dict[str, list[str]] = {}
    listed: list[str] = []
    for path, command in commands():
        if len(path) == 1:
            continue
        name = path[1]
        if len(path) == 2:
            summary, _ = help_of(command)
            listed.append(f"- [`{name}`]({name}.md): {text(summary)}")
            pages[name] = [f"# {name}\n"]
        else:
            pages[name].append(f"## {' '.join(path[1:])}\n")
        pages[name] += about(path, command)
    told_of = {f"reference/commands/{name}.md": "\n".join(lines) for name, lines in pages.items()}
    return {"reference/commands/index.md": overview(listed), **told_of}


def overview(listed: list[str]) -> str:
    """The page that lists the commands."""
    ((_, program),) = [(path, command) for path, command in commands() if len(path) == 1]
    lines = ["# Commands\n", "```text", usage(("dovetool",), program), "```\n", *listed, ""]
    lines += [*bullets("Options of the program itself, before the command:", told(program, "option"))]
    lines += ["What they have in common, with the exit codes, is on [a page of its own](../common.md).\n"]
    return "\n".join(lines)


def about(path: tuple[str, ...], command: Any) -> Iterator[str]:  # noqa: ANN401  (click's)
    """What there is to say of a command."""
    summary, paragraphs = help_of(command)
    yield from (f"{text(each)}\n" for each in (summary, *paragraphs))
    if len(path) == 2:
        yield f"What it is for, and examples that are run: [the guide]({GUIDES[path[1]]}).\n"
    yield from ("```text", usage(path, command), "```\n")
    yield from bullets("Arguments:", told(command, "argument"))
    yield from bullets("Options:", told(command, "option"))
    for heading, texts in sections(command):
        if heading == "Examples":
            yield from ("Examples:\n", "```sh", *texts, "```\n")
        else:
            yield from (f"{heading}: {text(each)}\n" if heading else f"{text(each)}\n" for each in texts)


def bullets(head: str, records: list[tuple[str, str]]) -> Iterator[str]:
    """A list of what there is to give, each with its help."""
    if records:
        yield f"{head}\n"
        yield from (f"- `{names}`: {text(help_text)}" if help_text else f"- `{names}`" for names, help_text in records)
        yield ""


def text(words: str) -> str:
    """Text as it is, but for what is code in it: nothing else of it means anything to Markdown."""
    parts = _CODE.split(words)
    return "".join(
        part if part.startswith("`") else re.sub(r"([\\*_\[\]])", r"\\\1", part).replace("<", "&lt;") for part in parts
    )
