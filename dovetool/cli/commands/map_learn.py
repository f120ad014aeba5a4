"""`dovetool map learn`: a map from captures alone."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from dovetool.cli import options
from dovetool.cli.commands.map_import import Output, write_map
from dovetool.cli.options import SummaryForm

if TYPE_CHECKING:
    from dovetool.capture.merging.opening import Inputs
    from dovetool.errors import CorruptCaptureError
    from dovetool.learning.learner import Learner

_STDIO = Path("-")
_EXAMPLES = (
    "dovetool map learn leaf1.pcapng leaf2.pcapng -o map.yaml",
    "tcpdump -i eth0 -w - udp port 4789 | dovetool map learn - -o map.yaml",
    "dovetool map learn underlay.pcap -d udp.port==4799,vxlan -o -",
)


def register(app: typer.Typer) -> None:
    """Add the command to those of maps."""
    app.command("learn", epilog="Examples:\n\n" + "\n\n".join(_EXAMPLES))(learn_)


def learn_(
    sources: options.Sources,
    output: Output = _STDIO,
    decode_as: options.DecodeAs = None,
    tpid: options.Tpid = "0x88B5",
    summary: options.Summary = SummaryForm.TABLE,
    recursive: options.Recursive = False,
) -> int:
    """Make a map of what captures show.

    TEPs, networks, VMs, where they were and when, gateways and routers.

    Captures of several places and times may come in any order. A VM that is behind one TEP after the other has moved,
    and the map has the time; one that is behind several in turn is at all of them. What is likely and not sure stands
    in the map as a comment, `# guessed: why`, and each VM and TEP with the number of its frames.

    Exit code 0: done; 2: a capture cannot be read; 3: one ends in a record, and the map has what was before.
    """
    from dovetool.capture.roles import Roles
    from dovetool.jobs.opening import claim_inputs
    from dovetool.jobs.words import decode_as_selectors, tpid_number
    from dovetool.learning.learner import Learner
    from dovetool.learning.learnt import learnt
    from dovetool.views.learn_summary import show_learnt

    began, roles = time.monotonic(), Roles()
    inputs = options.captures(sources, recursive=recursive, no_merge=False)
    claim_inputs(roles, inputs)
    roles.writes("-o", None if output == _STDIO else output)
    learner = Learner(decode_as_selectors(decode_as), tpid_number(tpid))
    damage = _read(inputs, learner)
    told, result = learnt(learner.ledger, ", ".join(map(str, inputs.paths)))
    write_map(result, "made by: dovetool map learn", output)
    if summary is not SummaryForm.NONE:
        seconds = time.monotonic() - began
        show_learnt(learner.ledger, told, result.model, seconds, as_json=summary is SummaryForm.JSON)
    if damage is not None:
        raise damage
    return 0


def _read(inputs: Inputs, learner: Learner) -> CorruptCaptureError | None:
    from dovetool.cli.foreign import tell_unread
    from dovetool.cli.progress import shown_progress
    from dovetool.jobs.opening import open_capture
    from dovetool.learning.learner import learn

    with open_capture(inputs) as reader:
        with shown_progress("learn", reader.size) as progress:
            damage = learn(reader, learner, progress)
        tell_unread(reader.link_types)
    return damage
