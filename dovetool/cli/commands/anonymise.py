"""dovetool anonymise: a capture that may be shown."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dovetool.cli import options, selection
from dovetool.cli.command import add
from dovetool.cli.configured import IN_FORCE

_EXAMPLES = (
    "anonymise underlay.pcapng for-the-vendor.pcapng --key-file key",
    "anonymise underlay.pcapng for-the-vendor.pcapng --key 'correct horse battery staple' --cut-payload",
    "anonymise leaf1.pcapng leaf2.pcapng both.pcapng --key-file key -m map.yaml --map-out other-map.yaml",
)

_SHOWING = frozenset({"rejects", "annotate"})
"""Options of other commands that would show what this one hides."""

Key = Annotated[
    str | None, typer.Option("--key", metavar="TEXT", help="secret that the new addresses are derived from")
]
KeyFile = Annotated[
    Path | None,
    typer.Option("--key-file", metavar="FILE", help="file that holds the secret; its last line end does not count"),
]
Cut = Annotated[bool, typer.Option("--cut-payload", help="keep only the headers of TCP, UDP and pings")]
KeepComments = Annotated[bool, typer.Option("--keep-comments", help="keep packet comments, whatever they tell")]
OptionalMap = Annotated[
    Path | None, typer.Option("--map", "-m", metavar="MAP", help="map file to anonymise by the same key")
]
MapOut = Annotated[
    Path | None, typer.Option("--map-out", metavar="FILE", readable=False, help="where to write that map")
]


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    add(app, anonymise, *_EXAMPLES, without=options.SHARING_OUT | _SHOWING)


def anonymise(
    key: Key = None,
    key_file: KeyFile = None,
    cut: Cut = False,
    keep_comments: KeepComments = False,
    map_file: OptionalMap = None,
    map_out: MapOut = None,
    decode_as: options.DecodeAs = None,
    tpid: selection.OptionalTpid = None,
    *,
    asked: options.Rewriting,
    jobs: options.Jobs = 0,
) -> int:
    """Replace addresses and names, by a key.

    IP and MAC addresses are replaced at every level of tunnels, in ARP, neighbour discovery and the packets that ICMP
    errors quote; checksums stay as right as they were. Prefixes are preserved (Crypto-PAn): addresses of one subnet
    stay in one subnet. Broadcast, multicast, loopback and link-local addresses remain such. The same key gives the same
    addresses in every capture; names of interfaces, and of a map, are replaced too.

    What may identify somebody and is not understood is cut off: what is neither IP nor ARP, fragments, DHCP, DNS, the
    data of protocols that are not TCP, UDP or ICMP. Other data of TCP, UDP and pings stays unless --cut-payload is
    given. Comments, secrets, resolved names and descriptions of pcapng are removed. Frames that cannot be read are
    rejected: left out, and counted in the summary.
    """
    from contextlib import AbstractContextManager, nullcontext

    from dovetool.cli.rewriting import rewrite
    from dovetool.errors import UsageError
    from dovetool.jobs.anonymising import KEY_FILE, anonymity, anonymous_stage, cuts_of, pseudonyms_of
    from dovetool.jobs.looking import Looking
    from dovetool.jobs.maps import compiled_map

    if (map_file is None) != (map_out is None):
        raise UsageError("--map and --map-out: go together")
    roles = IN_FORCE.roles()
    written: AbstractContextManager[None] = nullcontext()
    roles.reads(KEY_FILE, key_file)
    roles.writes("--map-out", map_out)
    pseudonyms = pseudonyms_of(key, key_file)
    vnid_map = None
    if map_file is not None and map_out is not None:
        from dovetool.jobs.anonymous_map import anonymous_map, written_after
        from dovetool.vnid_map.file.load import load

        said = load(map_file)
        vnid_map = compiled_map(said, tpid)
        written = written_after(anonymous_map(said, str(map_file), pseudonyms), map_out)
    stage = anonymous_stage(*Looking.marks(vnid_map, decode_as, tpid), pseudonyms, cuts=cut)
    plan = anonymity(stage, pseudonyms, keeps_comments=keep_comments)
    with written:
        return rewrite(plan, asked, map_file, choices=cuts_of(stage), jobs=jobs, roles=roles)
