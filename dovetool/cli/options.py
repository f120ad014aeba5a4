"""Arguments and options that commands share."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Protocol

import typer

from dovetool.capture.foreign import CONVERSION
from dovetool.capture.merging.opening import Inputs
from dovetool.capture.remote.location import place_of
from dovetool.cli.seconds import seconds_option
from dovetool.errors import UsageError
from dovetool.jobs.tenant_form import TenantForm
from dovetool.values import dataclass

if TYPE_CHECKING:
    from dovetool.cluster.crew import Crew
    from dovetool.engine.duplicates import Duplicates
    from dovetool.jobs.corpus import Corpus
    from dovetool.jobs.looking import Looking

_IN = (
    "captures to read; several are read as one. pcap or pcapng, plain or compressed; a folder stands for the captures"
    " in it; - is standard input; s3://, gs://, abfs:// and https:// too"
)
_OUT = (
    "capture to write; its suffix chooses the format (.pcap .pcapng, then .gz .zst .lz4); - is standard output; s3://"
    " and the like too"
)


class SummaryForm(StrEnum):
    """How a summary is shown on standard error."""

    TABLE = "table"
    JSON = "json"
    NONE = "none"


class ChecksumCare(StrEnum):
    """What becomes of frames with wrong outer checksums."""

    VERIFY = "verify"
    IGNORE = "ignore"


def _convert(wanted: bool) -> None:
    CONVERSION.is_wanted = wanted


Sources = Annotated[list[Path], typer.Argument(metavar="IN...", help=_IN, parser=place_of, show_default=False)]
OptionalSources = Annotated[
    list[Path] | None, typer.Argument(metavar="IN...", help=_IN, parser=place_of, show_default=False)
]
Recursive = Annotated[bool, typer.Option("--recursive", help="also take captures in folders within folders")]
NoMerge = Annotated[
    bool, typer.Option("--no-merge", help="read several captures one after the other, not in the order of time")
]
Convert = Annotated[
    bool,
    typer.Option("--convert", callback=_convert, help="read other formats too (snoop, ERF, NetMon, ...), by editcap"),
]
Target = Annotated[Path, typer.Argument(metavar="OUT", help=_OUT, parser=place_of, show_default=False)]
MapPath = Annotated[Path, typer.Option("--map", "-m", metavar="MAP", help="map file: who belongs where")]
Ingress = Annotated[
    str | None,
    typer.Option(
        "--ingress", metavar="SWITCH/PORT", help="port that the frames come in by; default: found out for each frame"
    ),
]
TepName = Annotated[
    str | None,
    typer.Option("--tep", metavar="TEP", help="tunnel end point that works; default: found out for each frame"),
]
EncapName = Annotated[
    str | None,
    typer.Option(
        "--encap",
        metavar="E",
        help="encapsulation to use: vxlan, vxlan-gpe, geneve, nvgre, gretap or pbb; default: the first of both sides",
    ),
]
DecodeAs = Annotated[
    list[str] | None,
    typer.Option(
        "--decode-as",
        "-d",
        metavar="udp.port==N,E",
        help="take UDP port N, of either side, for encapsulation E: vxlan, vxlan-gpe, geneve, l2tpv3, mpls or tzsp;"
        " likewise gre.proto==N for nvgre, gretap, erspan or mpls, tcp.port==N for stt, ethertype==N for pbb or nsh,"
        " ip.proto==N for etherip or l2tpv3; ranges as N-M or N:COUNT; repeatable",
    ),
]
RejectsPath = Annotated[
    Path | None,
    typer.Option(
        "--rejects",
        metavar="FILE",
        help="keep rejected frames as pcapng, with the reason as packet comment",
        parser=place_of,
    ),
]
SplitDir = Annotated[
    Path | None,
    typer.Option("--split", metavar="DIR", readable=False, help="also write one capture per VM into this directory"),
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="write over captures that are there already")]
Summary = Annotated[SummaryForm, typer.Option("--summary", help="form of the summary on standard error")]
Annotate = Annotated[
    bool,
    typer.Option(
        "--annotate",
        help="comment each packet (pcapng): dovetool STAGE: VNID N (NETWORK), TEP -> TEP ENCAP; VERDICT",
    ),
]
Enforce = Annotated[
    bool,
    typer.Option(
        "--enforce",
        help="also reject what `validate --grace 0s` calls an error; without it such frames are forwarded and counted"
        " under notes",
    ),
]
Strict = Annotated[bool, typer.Option("--strict", help="exit with 1 when a frame was rejected")]
Checksums = Annotated[
    ChecksumCare,
    typer.Option(
        "--checksums",
        help="outer checksums: verify rejects frames with a wrong one (not those left to a network card); ignore checks"
        " none",
    ),
]
Dedup = Annotated[bool, typer.Option("--dedup", help="leave out copies of earlier packets, as `dedup` does")]
DedupWindow = Annotated[
    str | None,
    typer.Option("--dedup-window", metavar="SPAN", help="most time between copies, with --dedup; default: 2ms"),
]
AcrossNetworks = Annotated[
    bool,
    typer.Option(
        "--across-networks", help="packets of different networks may be copies too, as where a gateway routes"
    ),
]
Depth = Annotated[int, typer.Option("--depth", metavar="N", min=1, max=64, help="most tunnels to take off a frame")]
Tpid = Annotated[str, typer.Option("--tpid", metavar="N", help="TPID of the DOVE tag")]
TapsDir = Annotated[
    Path | None,
    typer.Option("--taps", metavar="DIR", readable=False, help="also write one capture per hop into this directory"),
]
ToEncap = Annotated[
    str | None,
    typer.Option(
        "--to",
        metavar="E",
        help="encapsulation to translate into: vxlan, vxlan-gpe, geneve, nvgre or gretap; default: what the map says",
    ),
]
NamesMap = Annotated[
    Path | None, typer.Option("--map", "-m", metavar="MAP", help="map file: gives names of networks, and UDP ports")
]
Tenant = Annotated[
    TenantForm | None,
    typer.Option(
        "--tenant",
        help="where each frame's VNID is kept: interface (the default for pcapng): one for each VNID, named eth0"
        " vnid 5001; vlan: an 802.1Q tag, by --vlan; comment: of the packet (pcapng)",
        show_choices=True,
    ),
]
Vlans = Annotated[
    list[str] | None,
    typer.Option(
        "--vlan",
        metavar="VNID=VLAN",
        help="the 802.1Q VLAN that frames of this network get, as 5001=100 or with a map blue=100; repeatable; frames"
        " of others are rejected",
    ),
]
OptionalMap = Annotated[
    Path | None, typer.Option("--map", "-m", metavar="MAP", help="map file: do the work of a gateway in it")
]
GatewayName = Annotated[
    str | None,
    typer.Option("--tep", metavar="TEP", help="gateway that works (with --map); default: the one of each frame"),
]
FragmentMemory = Annotated[
    int,
    typer.Option("--fragment-memory", metavar="MB", min=1, help="most memory for fragments of incomplete packets"),
]
FragmentPackets = Annotated[
    int, typer.Option("--fragment-packets", metavar="N", min=1, help="most incomplete packets at a time")
]
FragmentTimeout = Annotated[
    float,
    seconds_option("--fragment-timeout", 0, 1e9, "seconds until an incomplete packet is given up, in capture time"),
]
Jobs = Annotated[
    int, typer.Option("--jobs", "-j", metavar="N", min=0, help="threads to work with; 0: one for each core")
]


RotateSize = Annotated[
    str | None,
    typer.Option(
        "--rotate-size",
        metavar="SIZE",
        help="write OUT as a row of files, OUT_00001_TIME and so on, of this size: 100MB, 2GiB",
    ),
]
RotateTime = Annotated[
    str | None, typer.Option("--rotate-time", metavar="SPAN", help="likewise, of this span of capture time: 60s, 1h")
]
Ring = Annotated[
    int | None, typer.Option("--ring", metavar="N", min=1, help="keep the last N of these files, and remove older ones")
]
Workers = Annotated[
    int | None,
    typer.Option(
        "--workers",
        metavar="N",
        min=1,
        help="process the captures one by one, in N processes; OUT is a folder then, with a file for each",
    ),
]
Scheduler = Annotated[
    str | None,
    typer.Option("--scheduler", metavar="tcp://HOST:8786", help="likewise, by the workers of this Dask scheduler"),
]
RANGE_SIZE = "256MB"
RangeSize = Annotated[
    str,
    typer.Option(
        "--range-size",
        metavar="SIZE",
        help="with --workers or --scheduler: process larger files in parts of this size; 0: as a whole",
    ),
]
Resume = Annotated[
    bool,
    typer.Option(
        "--resume", help="with --workers or --scheduler: skip captures whose output is there already, and undamaged"
    ),
]


def captures(words: list[Path], *, recursive: bool, no_merge: bool) -> Inputs:
    """The captures that words mean; raises a UsageError or a CaptureError where they mean none."""
    from dovetool.capture.merging.finding import captures_of

    return Inputs(captures_of(words, recursive=recursive), in_time_order=not no_merge)


@dataclass(frozen=True, slots=True)
class Deduplicating:
    """Which copies of packets are left out.

    Attributes:
        dedup: those of packets that came before.
        dedup_window: how far apart copies are.
        across_networks: also of one in another network.
    """

    dedup: Dedup = False
    dedup_window: DedupWindow = None
    across_networks: AcrossNetworks = False

    def duplicates(self, looking: Looking) -> Duplicates | None:
        """What knows them in a capture; None: none are left out. Raises a UsageError where the options contradict."""
        from dovetool.jobs.deduplicating import duplicates_wanted

        return duplicates_wanted(looking, self.dedup_window, wanted=self.dedup, across_networks=self.across_networks)


@dataclass(frozen=True, slots=True)
class Sharing:
    """Who else works, and whether captures are then worked through one by one.

    Attributes:
        workers: so many processes; None: this one.
        scheduler: those of a cluster.
    """

    workers: Workers = None
    scheduler: Scheduler = None

    def crew(self) -> Crew | None:
        """Who works; None: this process. Raises a UsageError where both are asked for."""
        return crew_of(self.workers, self.scheduler)


def crew_of(workers: int | None, scheduler: str | None) -> Crew | None:
    """Who works; None: this process. Raises a UsageError where both are asked for."""
    if workers is None and scheduler is None:
        return None
    if workers is not None and scheduler is not None:
        raise UsageError("--workers starts processes here, and --scheduler has some: say one of the two")
    from dovetool.cluster.crew import Crew

    return Crew(workers or 0, scheduler or "")


@dataclass(frozen=True, slots=True)
class Given:
    """What a command reads.

    Attributes:
        sources: files, folders and patterns.
        recursive: folders in folders are meant, too.
        no_merge: several are read one after the other.
    """

    sources: Sources
    recursive: Recursive = False
    no_merge: NoMerge = False

    def inputs(self) -> Inputs:
        """The captures; raises as `captures`."""
        return captures(self.sources, recursive=self.recursive, no_merge=self.no_merge)


class _Reads(Protocol):
    def inputs(self) -> Inputs: ...


def corpus_of(
    given: _Reads, crew: Crew | None, *, resumes: bool = False, range_size: str = RANGE_SIZE
) -> Corpus | None:
    """What is given, to be worked through one by one, where there is a crew; raises a UsageError for idle options."""
    if crew is None:
        for option, is_idle in (("--resume", resumes), ("--range-size", range_size != RANGE_SIZE)):
            if is_idle:
                raise UsageError(f"{option} belongs to --workers or --scheduler")
        return None
    from dovetool.jobs.amounts import size_named
    from dovetool.jobs.corpus import Corpus

    octets = 0 if range_size == "0" else size_named("--range-size", range_size)
    return Corpus(given.inputs().paths, crew, resumes, octets)


SHARING_OUT = frozenset({"workers", "scheduler", "range_size", "resume"})
"""Options of `Rewriting` for commands that work on each capture alone."""


@dataclass(frozen=True, slots=True)
class Rewriting:
    """What every command that rewrites captures is asked.

    Attributes:
        sources: the inputs: files, folders and patterns.
        target: the output.
        recursive: folders in folders are meant, too.
        no_merge: several are read one after the other.
        rejects: where rejected frames are kept.
        annotate: what is known about each forwarded frame goes into its packet's comment.
        summary: form of the summary.
        strict: a rejected frame makes the exit code 1.
        rotate_size: octets of a file, where OUT is a row of them.
        rotate_time: span of time of a file, likewise.
        ring: so many of them are kept.
        workers: so many processes share the captures out among them; None: this one reads them as one.
        scheduler: those of a cluster do.
        range_size: octets of a part of a large capture.
        resume: captures that were done before are skipped.
    """

    sources: Sources
    target: Target
    recursive: Recursive = False
    no_merge: NoMerge = False
    rejects: RejectsPath = None
    annotate: Annotate = False
    summary: Summary = SummaryForm.TABLE
    strict: Strict = False
    rotate_size: RotateSize = None
    rotate_time: RotateTime = None
    ring: Ring = None
    workers: Workers = None
    scheduler: Scheduler = None
    range_size: RangeSize = RANGE_SIZE
    resume: Resume = False

    def corpus(self) -> Corpus | None:
        """The captures one by one; None where this process reads them as one. Raises as `captures` and `crew_of`."""
        crew = crew_of(self.workers, self.scheduler)
        return corpus_of(self, crew, resumes=self.resume, range_size=self.range_size)

    def inputs(self) -> Inputs:
        """The captures that are read; raises as `captures`."""
        return captures(self.sources, recursive=self.recursive, no_merge=self.no_merge)


@dataclass(frozen=True, slots=True)
class Pieces:
    """How much is held of packets that are not whole."""

    fragment_memory: FragmentMemory = 64
    fragment_packets: FragmentPackets = 4096
    fragment_timeout: FragmentTimeout = 30.0
