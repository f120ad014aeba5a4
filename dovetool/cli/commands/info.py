"""dovetool info: what capture files are, and what is in them."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from dovetool.cli import options, selection
from dovetool.cli.command import add

_EXAMPLES = (
    "info underlay.pcapng",
    "info captures --recursive",
    "info underlay.pcap --hash --json | jq '.files[0].sha256'",
    "info underlay.pcap --encaps -d udp.port==4799,vxlan",
)

Encaps = Annotated[
    bool, typer.Option("--encaps", help="look at every frame for encapsulations, however many there are")
]
Hash = Annotated[bool, typer.Option("--hash", help="also show the SHA-256 of each file")]


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    add(app, info, *_EXAMPLES)


def info(
    sources: options.Sources,
    recursive: options.Recursive = False,
    encaps: Encaps = False,
    hashed: Hash = False,
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON object, with all files")] = False,
    decode_as: options.DecodeAs = None,
    tpid: selection.OptionalTpid = None,
    jobs: options.Jobs = 0,
    *,
    sharing: options.Sharing,
) -> int:
    """Show what capture files are, and what is in them.

    Frames, octets, times, rate, drops, interfaces, encapsulations, each file by itself.

    Dropped counts the frames that were lost at an interface, by pcapng's statistics. All frames are counted; where
    there are more than 16,384, encapsulations are those of a sample, and the table says of how many frames.
    """
    from dovetool.analysis.file_facts import About
    from dovetool.cli.showing import show
    from dovetool.cli.watching import WATCH
    from dovetool.engine.threads import use
    from dovetool.errors import CaptureError, DamagedInputsError
    from dovetool.jobs.encapsulations import decode_as_selectors
    from dovetool.jobs.informing import Informing
    from dovetool.jobs.maps import tpid_number
    from dovetool.views.file_facts import shown, write_json
    from dovetool.wire.fields import EtherType

    use(jobs)
    inputs = options.captures(sources, recursive=recursive, no_merge=True)
    number = tpid_number(tpid) if tpid is not None else EtherType.DOVE
    job = Informing(inputs, decode_as_selectors(decode_as), number, encaps, hashed, WATCH)
    crew = sharing.crew()
    if crew is None:
        found = list(job.carry_out())
    else:
        from dovetool.cli.corpora import inform_each

        found = list(inform_each(crew, job))
    abouts = [each for each in found if isinstance(each, About)]
    damages = [each if isinstance(each, CaptureError) else each.damage for each in found]
    if as_json:
        write_json(abouts)
    elif abouts:
        show(lambda width: shown(abouts, width))
    sys.stdout.flush()
    told = [damage for damage in damages if damage is not None]
    if told:
        raise told[0] if len(found) == 1 and crew is None else DamagedInputsError(told, exit_code=3 if abouts else 2)
    return 0
