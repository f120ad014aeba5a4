"""The jobs, and what each tool is called with to do them.

A tool that cannot do the job as asked for stands in with the work that comes closest; its note says so. Peers read
the same file as dovetool; only tcprewrite's encapsulation reads the untagged form, since it puts 64 octets in the
place of the 14 of the Ethernet header.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from shutil import which

from bench.checks import (
    DOVE_TAG,
    GENEVE,
    NOTHING,
    NVGRE,
    VLAN_TAG,
    VXLAN,
    Added,
    Counts,
    counted_by_export,
    counted_by_fields,
    counted_by_list,
    counted_by_rows,
    counted_by_stats,
    counted_by_tshark,
    counted_by_validate,
    counted_in_python,
)


class Kind(StrEnum):
    """What a row of the table is there for."""

    OURS = "ours"
    PEER = "peer"
    VARIANT = "variant"  # the same work on another encapsulation, compared with ours
    REFERENCE = "reference"  # other work, for scale: never the best peer
    FLOOR = "floor"


@dataclass(frozen=True, slots=True)
class Tool:
    """One way to do a job.

    Attributes:
        name: what the table calls it.
        kind: what it is compared as.
        command: program and arguments; `{source}`, `{target}`, `{map}`, `{plain}` and `{frames}` are filled in.
        added: what its output has more than the plain frames; None: only the number of frames is checked.
        frames: frames that it works on, if it is too slow for all of them.
        note: what it does differently.
        reads: the form of the capture that it reads; empty for that of the job.
        counts: reads frames by VNID from what it prints; None: it writes a capture.
        program: what has to be installed, where that is not the first word of the command.
    """

    name: str
    kind: Kind
    command: tuple[str, ...]
    added: Added | None = None
    frames: int | None = None
    note: str = ""
    reads: str = ""
    counts: Counts | None = None
    program: str = ""

    def arguments(self, places: dict[str, str], frames: int) -> list[str]:
        """The command for these files; `frames` matters to those that work on a part. A text goes to the target."""
        command = [part.format(**places, frames=frames) for part in self.command]
        return command if self.counts is None else ["sh", "-c", 'exec "$@" >"$0"', places["target"], *command]

    def is_installed(self) -> bool:
        """Whether its program is there."""
        return which(self.program or self.command[0]) is not None


@dataclass(frozen=True, slots=True)
class Job:
    """A job: which form of a capture it reads, and who can do it; dovetool first."""

    name: str
    source: str
    makes: str  # empty for a job that only looks
    tools: tuple[Tool, ...]

    def chosen(self, wanted: Collection[str]) -> list[Tool]:
        """Who is measured: all but the variants if the job is wanted, and wanted variants beside ours and the floor."""
        kinds = set(Kind) - {Kind.VARIANT} if self.name in wanted else set[Kind]()
        if any(tool.name in wanted for tool in self.tools):
            kinds |= {Kind.OURS, Kind.FLOOR}
        return [tool for tool in self.tools if tool.kind in kinds or tool.name in wanted]


_OUTER = (
    "020000000101 020000000100 08004500 0032 0000 4000 4011 0000 c0000201 c0000202c000 12b5 0032 000008000000 00138900"
)
_INNER = "020000000002 020000000001 0800"
_USER_DLINK = ",".join(f"{octet:02x}" for octet in bytes.fromhex(_OUTER + _INNER))
OTHERS = {"geneve": GENEVE, "nvgre": NVGRE}
"""Other encapsulations than VXLAN."""
MIXED = "mixed"
"""A capture with a frame in VXLAN, one in each other encapsulation, and one that is no overlay, in turn."""
ENCAP_VARIANTS = tuple(f"encap-{form}" for form in OTHERS)
STRIP_VARIANTS = tuple(f"strip-{form}" for form in (*OTHERS, MIXED))
_CP = Tool("cp", Kind.FLOOR, ("cp", "{source}", "{target}"))
_CHOP = ("editcap", "-L", "-C", "50", "-F", "pcap", "{source}", "{target}")
_CHOP_FOR_SCALE = Tool("editcap -C 50", Kind.REFERENCE, _CHOP, note="for scale: cuts 50 octets")
_DPKT_FRAMES = 50_000
_TSHARK_FRAMES = 100_000
_SCAPY_FRAMES = 2_000
FIELDS = (
    *("frame.number", "frame.time_epoch", "frame.len", "frame.cap_len", "eth.src", "eth.dst", "ip.src", "ip.dst"),
    *("ip.proto", "ip.ttl", "ip.dsfield.dscp", "ip.dsfield.ecn", "ip.id", "udp.srcport", "udp.dstport"),
    *("tcp.srcport", "tcp.dstport", "tcp.flags", "tcp.seq_raw", "vxlan.vni"),
)
"""What tshark is asked for beside our 45 columns."""


def _script(name: str, job: str, frames: int) -> Tool:
    script = str(Path(__file__).with_name(f"naive_{name}.py"))
    command = (sys.executable, script, job, "{source}", "{target}", "{frames}")
    return Tool(f"{name}, parsed", Kind.PEER, command, frames=frames)


def _in_python(way: str, kind: Kind, name: str, frames: int | None = None, note: str = "") -> Tool:
    script = str(Path(__file__).with_name("python_frames.py"))
    command = (sys.executable, script, way, "{source}", "{frames}")
    return Tool(name, kind, command, frames=frames, counts=counted_in_python, note=note)


def _browse(dovetool: Sequence[str]) -> Tool:
    script = str(Path(__file__).with_name("list_complete.py"))
    command = (sys.executable, script, "{source}", *dovetool)
    note = "until the list is complete, from the start"
    return Tool("dovetool browse", Kind.OURS, command, counts=counted_by_list, note=note)


def _many_fields() -> Tool:
    fields = [word for field in FIELDS for word in ("-e", field)]
    command = ("tshark", "-n", "-r", "{source}", "-c", "{frames}", "-T", "fields", *fields)
    note = f"{len(FIELDS)} fields"
    return Tool("tshark -T fields", Kind.PEER, command, frames=_TSHARK_FRAMES, counts=counted_by_fields, note=note)


def _pcaptoparquet() -> Tool:
    first = str(Path(__file__).with_name("first_frames.py"))
    command = (sys.executable, first, "{source}", "{frames}", "pcaptoparquet", "-i", "PART", "-o", "{target}")
    return Tool(
        "pcaptoparquet", Kind.PEER, command, frames=_TSHARK_FRAMES, counts=counted_by_rows, program="pcaptoparquet"
    )


def jobs(dovetool: Sequence[str]) -> dict[str, Job]:
    """The jobs in the order in which one makes the input of the next."""

    def ours(job: str, added: Added, *options: str) -> Tool:
        command = (*dovetool, job, "{source}", "{target}", *options, "--summary", "none")
        return Tool(f"dovetool {job}", Kind.OURS, command, added)

    def others(job: str) -> tuple[Tool, ...]:
        return _script("dpkt", job, _DPKT_FRAMES), _script("scapy", job, _SCAPY_FRAMES), _CP

    def looked(job: str, counts: Counts, *options: str) -> Tool:
        return Tool(f"dovetool {job}", Kind.OURS, (*dovetool, job, "{source}", *options), counts=counts)

    fields = ("tshark", "-n", "-r", "{source}", "-c", "{frames}", "-T", "fields", "-e", "vxlan.vni")
    tshark = Tool("tshark -T fields", Kind.PEER, fields, frames=_TSHARK_FRAMES, counts=counted_by_tshark)
    rows = ("export", "{source}", "-", "--format", "parquet")
    export = Tool("dovetool export", Kind.OURS, (*dovetool, *rows), counts=counted_by_export, note="45 columns")
    tables = (export, _many_fields(), _pcaptoparquet())
    counting = (
        _in_python("frames", Kind.OURS, "dovetool.open, frames"),
        _in_python("columns", Kind.REFERENCE, "dovetool.open, columns", note="batches of one column"),
        _in_python("dpkt", Kind.PEER, "dpkt, parsed", _DPKT_FRAMES),
        _in_python("scapy", Kind.PEER, "scapy, parsed", _SCAPY_FRAMES),
    )
    vlan = ("tcprewrite", "--enet-vlan=add", "--enet-vlan-tag=100", "--enet-vlan-cfi=0", "--enet-vlan-pri=0")
    dlink = ("tcprewrite", "--dlt=user", "--user-dlt=1", f"--user-dlink={_USER_DLINK}")
    files = ("-i", "{source}", "-o", "{target}")
    tag = Tool("tcprewrite", Kind.PEER, (*vlan, *files), VLAN_TAG, note="802.1Q tag, 12 bits")
    encap = Tool("tcprewrite", Kind.PEER, (*dlink, "-i", "{plain}", "-o", "{target}"), note="one constant header")
    strip = Tool("editcap -C 50", Kind.PEER, _CHOP, NOTHING)

    def variant(name: str, like: Tool, reads: str = "") -> Tool:
        return replace(like, name=name, kind=Kind.VARIANT, reads=reads)

    encaps = [
        variant(name, ours("encap", added, "-m", "{map}", "--encap", form))
        for name, (form, added) in zip(ENCAP_VARIANTS, OTHERS.items(), strict=True)
    ]
    strips = [
        variant(name, ours("strip", NOTHING), reads=form)
        for name, form in zip(STRIP_VARIANTS, (*OTHERS, MIXED), strict=True)
    ]
    return {
        "tag": Job(
            "tag", "plain", "tagged", (ours("tag", DOVE_TAG, "-m", "{map}"), tag, _CHOP_FOR_SCALE, *others("tag"))
        ),
        "encap": Job(
            "encap",
            "tagged",
            "vxlan",
            (ours("encap", VXLAN, "-m", "{map}"), *encaps, encap, _CHOP_FOR_SCALE, *others("encap")),
        ),
        "stats": Job("stats", "vxlan", "", (looked("stats", counted_by_stats, "--by", "vnid", "--json"), tshark)),
        "validate": Job(
            "validate", "vxlan", "", (looked("validate", counted_by_validate, "--json", "-m", "{map}"), tshark)
        ),
        "export": Job("export", "vxlan", "", tables),
        "browse": Job("browse", "vxlan", "", (_browse(dovetool),)),
        "python": Job("python", "vxlan", "", counting),
        "strip": Job("strip", "vxlan", "stripped", (ours("strip", NOTHING), *strips, strip, *others("strip"))),
    }
