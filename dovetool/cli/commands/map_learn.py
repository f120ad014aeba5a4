"""`dovetool map learn`: a map from captures alone."""

from __future__ import annotations

import time
from pathlib import Path

import typer

from dovetool.cli import options, window
from dovetool.cli.commands.map_import import Output
from dovetool.cli.configured import IN_FORCE
from dovetool.cli.options import SummaryForm

_STDIO = Path("-")
_EXAMPLES = (
    "dovetool map learn leaf1.pcapng leaf2.pcapng -o map.yaml",
    "tcpdump -i eth0 -w - udp port 4789 | dovetool map learn - -o map.yaml",
    "dovetool map learn underlay.pcapng --to +60 -o before.yaml",
    "dovetool map learn underlay.pcap -d udp.port==4799,vxlan -o -",
)


def register(app: typer.Typer) -> None:
    """Add the command to those of maps."""
    app.command("learn", epilog="Examples:\n\n" + "\n\n".join(_EXAMPLES))(learn_)


def learn_(
    sources: options.Sources,
    output: Output = _STDIO,
    first: window.First = None,
    last: window.Last = None,
    decode_as: options.DecodeAs = None,
    tpid: options.Tpid = "0x88B5",
    summary: options.Summary = SummaryForm.TABLE,
    recursive: options.Recursive = False,
) -> int:
    """Make a map from what captures show.

    It has TEPs, networks, VMs with their places and times, gateways and routers.

    Captures of several places and times may come in any order. A VM that is behind one TEP and then behind another has
    moved, and the map has the time; one that is behind several in turn is at all of them. What is likely but not
    certain is marked by a comment, `# guessed: why`, and each VM and TEP has the number of its frames as a comment.

    Exit code 0: done; 2: a capture cannot be read; 3: a capture ends inside a record, and the map has what came before.
    """
    from dovetool.cli.watching import WATCH
    from dovetool.jobs.learning import LearnJob
    from dovetool.jobs.window import window_of
    from dovetool.views.maps.learn_summary import show_learnt

    began = time.monotonic()
    inputs = options.captures(sources, recursive=recursive, no_merge=False)
    learnt = LearnJob(inputs, output, window_of(None, first, last), IN_FORCE.roles(), WATCH).carry_out(decode_as, tpid)
    if summary is not SummaryForm.NONE:
        seconds, model = time.monotonic() - began, learnt.result.model
        show_learnt(learnt.ledger, learnt.told, model, seconds, as_json=summary is SummaryForm.JSON)
    if learnt.damage is not None:
        raise learnt.damage
    return 0
