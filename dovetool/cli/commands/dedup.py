"""dovetool dedup: each packet once."""

from __future__ import annotations

from typing import Annotated

import typer

from dovetool.cli import options, selection
from dovetool.cli.command import add
from dovetool.cli.configured import IN_FORCE
from dovetool.jobs.deduplicating import WINDOW

_EXAMPLES = (
    "dedup span.pcapng once.pcapng",
    "dedup leaf1.pcapng leaf2.pcapng once.pcapng --window 500ms",
    "dedup any.pcap once.pcap --rejects copies.pcapng",
)

Window = Annotated[str, typer.Option("--window", metavar="SPAN", help="most time between copies, as 2ms or 1s")]


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    add(app, dedup, *_EXAMPLES, without=options.SHARING_OUT | {"annotate"})


def dedup(
    window: Window = WINDOW,
    across_networks: options.AcrossNetworks = False,
    decode_as: options.DecodeAs = None,
    tpid: selection.OptionalTpid = None,
    depth: options.Depth = 8,
    *,
    asked: options.Rewriting,
    jobs: options.Jobs = 0,
) -> int:
    """Keep one of the copies of a packet: the first.

    A packet is captured twice where both ends of a link are mirrored, on all interfaces of a host at once, before and
    behind a tunnel end point, or where a broadcast goes to many. The innermost packets are compared, from the IP header
    on and without TTL and checksums; tunnels and MAC addresses make no difference. Frames without IP are compared as a
    whole, without DOVE tags. Of a packet that was cut when captured, at least 64 octets must be there.

    Tenants may use the same addresses, so packets of two different networks are not copies. A packet that a gateway
    routes from one network to another is therefore kept once for each, unless --across-networks is given.

    The first copy stays as it is; the others are rejected as duplicate.
    """
    from dovetool.cli.rewriting import rewrite
    from dovetool.jobs.deduplicating import deduplication
    from dovetool.jobs.looking import Looking

    roles = IN_FORCE.roles()
    looking = Looking.by(asked.inputs(), None, decode_as, tpid, depth, roles)
    plan = deduplication(looking, window, across_networks=across_networks)
    return rewrite(plan, asked, jobs=jobs, roles=roles)
