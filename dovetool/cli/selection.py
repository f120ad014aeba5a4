"""Options that choose frames."""

from __future__ import annotations

from typing import Annotated

import typer

Vnids = Annotated[
    list[str] | None,
    typer.Option(
        "--vnid",
        metavar="N",
        help="only frames in this network, by VNID or name; may be repeated, as all that choose frames",
    ),
]
Encaps = Annotated[
    list[str] | None,
    typer.Option("--encap", metavar="E", help="with this overlay header; dove: tagged; none"),
]
Teps = Annotated[
    list[str] | None,
    typer.Option("--tep", metavar="TEP", help="to or from this TEP, by address or name"),
]
Macs = Annotated[list[str] | None, typer.Option("--mac", metavar="MAC", help="to or from this inner MAC")]
Ips = Annotated[
    list[str] | None, typer.Option("--ip", metavar="IP", help="to or from this inner IP or subnet, as 10.0.0.0/24")
]
Vms = Annotated[list[str] | None, typer.Option("--vm", metavar="VM", help="to or from this VM of the map")]
Filter = Annotated[
    str | None,
    typer.Option("-Y", "--display-filter", metavar="FILTER", help="only frames that match this Wireshark filter"),
]
OptionalTpid = Annotated[
    str | None, typer.Option("--tpid", metavar="N", help="TPID of the DOVE tag; default: the map's, or 0x88B5")
]
