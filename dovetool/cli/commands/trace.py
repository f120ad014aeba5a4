"""`dovetool trace`."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dovetool.cli import options, selection
from dovetool.cli.command import add

if TYPE_CHECKING:
    from dovetool.analysis.single_frame import KnownFrame
    from dovetool.analysis.trace import Trace
    from dovetool.capture.merging.opening import Inputs
    from dovetool.frame.selectors import Selectors
    from dovetool.vnid_map import VnidMap

_STDIN = "-"
_PIPE_WIDTH = 100


class FirstStage(StrEnum):
    """Where a trace can begin."""

    TAG = "tag"
    ENCAP = "encap"
    DECAP = "decap"
    UNTAG = "untag"


Number = Annotated[
    int | None, typer.Option("--frame", "-n", metavar="N", min=1, help="number of the frame in IN, from 1")
]
Hex = Annotated[
    str | None,
    typer.Option("--hex", metavar="OCTETS", help="the frame itself, in hexadecimal or as a hex dump; - reads it"),
]
Ingress = Annotated[
    str | None,
    typer.Option(
        "--ingress", metavar="SWITCH/PORT", help="port that the frame came in by; default: found out from the frame"
    ),
]
Time = Annotated[
    str | None,
    typer.Option(
        "--time", metavar="TIME", help="time to ask the map about (RFC 3339); default: the frame's own, or now"
    ),
]
From = Annotated[FirstStage | None, typer.Option("--from", help="stage to begin at; default: found out from the frame")]
All = Annotated[bool, typer.Option("--all", help="show all copies and look-ups, however many there are")]
AsJson = Annotated[bool, typer.Option("--json", help="one JSON object, instead of the tree")]
Strict = Annotated[bool, typer.Option("--strict", help="exit with 1 when the frame, or a copy of it, was rejected")]


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    add(
        app,
        trace,
        "trace vms.pcapng --frame 3 -m map.yaml",
        "trace vm1.pcapng vm2.pcapng --frame 17 -m map.yaml",
        "xxd frame.bin | dovetool trace --hex - --ingress sw1/p1 -m map.yaml",
        "trace underlay.pcap --frame 8 -m map.yaml --json | jq .outcome",
        "trace tagged.pcap --frame 2 -m map.yaml --tpid 0x9100",
        codes="0 the frame was traced, even if it was rejected; 1 --strict and it was; 2 wrong usage.",
    )


def trace(
    map_file: options.MapPath,
    sources: options.OptionalSources = None,
    number: Number = None,
    hex_text: Hex = None,
    ingress: Ingress = None,
    time: Time = None,
    encap: options.EncapName = None,
    decode_as: options.DecodeAs = None,
    tpid: selection.OptionalTpid = None,
    begin_at: From = None,
    show_all: All = False,
    as_json: AsJson = False,
    strict: Strict = False,
    recursive: options.Recursive = False,
    no_merge: options.NoMerge = False,
) -> int:
    """Follow one frame through every stage, and say why.

    It shows what was looked up in the map, what was decided, and what changed.

    The frame is number N of IN, or given by --hex. An untagged frame of a VM begins at tag, a tagged one at encap, or
    at untag where its sender is not in the map, and an encapsulated one at decap. The stages are those of `run`, and
    decide as they do there.

    --hex takes octets with or without separators, and dumps with a column of offsets, as Wireshark, xxd, hexdump -C,
    od and tcpdump -x make them. A bare IP packet is recognised by its length and checksum.
    """
    from dovetool.analysis.trace import Tracer
    from dovetool.capture.roles import MAP, Roles
    from dovetool.cli.exit_code import ExitCode
    from dovetool.jobs.encapsulations import encap_named, map_selectors
    from dovetool.jobs.maps import loaded_map, port_named

    _check(sources, number, hex_text)
    inputs = options.captures(sources, recursive=recursive, no_merge=no_merge) if sources else None
    roles = Roles()
    for path in inputs.paths if inputs is not None else (Path(_STDIN),) * (hex_text == _STDIN):
        roles.reads("the frame", path)
    roles.reads(MAP, map_file)
    vnid_map = loaded_map(map_file, tpid)
    port, selectors = port_named(vnid_map, ingress), map_selectors(vnid_map, decode_as)
    known = _at(_frame_of(inputs, number or 1) if inputs is not None else _given(hex_text or ""), time)
    name = "the frame given by --hex" if inputs is None else f"frame {known.number} of {inputs.name}"
    made = Tracer(vnid_map, selectors, port, encap_named(encap), begin_at).trace(known, name)
    _show(vnid_map, selectors, made, as_json=as_json, show_all=show_all)
    return ExitCode.FINDINGS if strict and made.is_rejected else ExitCode.DONE


def _check(sources: list[Path] | None, number: int | None, hex_text: str | None) -> None:
    from dovetool.errors import UsageError

    if (not sources) == (hex_text is None):
        raise UsageError("trace needs a frame: IN with --frame N, or --hex OCTETS" + (", not both" if sources else ""))
    if (not sources) != (number is None):
        raise UsageError("trace IN needs --frame N" if number is None else "--frame N is for IN, and not for --hex")


def _frame_of(inputs: Inputs, number: int) -> KnownFrame:
    from dovetool.analysis.single_frame import frame_numbered
    from dovetool.errors import UsageError
    from dovetool.jobs.opening import open_capture

    with open_capture(inputs) as reader:
        found = frame_numbered(reader, number)
        if isinstance(found, int):
            raise UsageError(f"--frame {number}: {reader.name} has {found:,} frame{'s' if found != 1 else ''}")
        return found


def _given(text: str) -> KnownFrame:
    """The frame of --hex; it came just now, to the second."""
    from time import time

    from dovetool.analysis.single_frame import KnownFrame
    from dovetool.cli.hex_frame import link_type_of, octets_of
    from dovetool.verdict.verdict import Frame

    octets = octets_of(_standard_input() if text == _STDIN else text)
    return KnownFrame(Frame(octets, len(octets)), ts_ns=int(time()) * 1_000_000_000, link_type=link_type_of(octets))


def _standard_input() -> str:
    """What can be read there; whatever is no text is no hexadecimal either."""
    from dovetool.cli.hex_frame import MOST_CHARACTERS

    return sys.stdin.buffer.read(MOST_CHARACTERS + 1).decode(errors="replace")


def _at(known: KnownFrame, time: str | None) -> KnownFrame:
    from dataclasses import replace

    from dovetool.jobs.amounts import time_named

    return known if time is None else replace(known, ts_ns=time_named("--time", time))


def _show(vnid_map: VnidMap, selectors: Selectors, made: Trace, *, as_json: bool, show_all: bool) -> None:
    import json

    from dovetool.views.terminal import make_console
    from dovetool.views.tracing.trace import TraceView
    from dovetool.views.tracing.trace_json import TraceJson

    if as_json:
        typer.echo(json.dumps(TraceJson(vnid_map, selectors).of(made)))
        return
    console = make_console(_PIPE_WIDTH)
    console.print(TraceView(vnid_map, selectors, console.width, show_all=show_all).tree(made))
