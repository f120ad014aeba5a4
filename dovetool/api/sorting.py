"""Frames that are kept apart: of copies one alone, and each network, VM or the like in a capture of its own."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import BinaryIO, Literal, Unpack, overload

from dovetool.api import asking, checks, options
from dovetool.api.asking import PathLike, Words
from dovetool.api.given import source_of
from dovetool.api.maps import eyes_of
from dovetool.api.summary import Summary
from dovetool.api.through import Asked, Given, Rewritten, carried_out
from dovetool.capture.merging.opening import Inputs
from dovetool.capture.roles import Roles
from dovetool.jobs.deduplicating import WINDOW, deduplication
from dovetool.jobs.looking import Looking
from dovetool.jobs.split_by import Format, SplitBy
from dovetool.jobs.splitting import SplitJob


@overload
def dedup(source: Given, target: PathLike | BinaryIO, **chosen: Unpack[options.Dedup]) -> Summary: ...
@overload
def dedup(source: Given, target: None = None, **chosen: Unpack[options.Dedup]) -> Rewritten: ...
def dedup(
    source: Given,
    target: PathLike | BinaryIO | None = None,
    *,
    window: str = WINDOW,
    across_networks: bool = False,
    depth: int = 8,
    decode_as: Words | None = None,
    tpid: int | str | None = None,
    rejects: PathLike | None = None,
    jobs: int = 0,
) -> Summary | Rewritten:
    """Keep one of the copies of a packet, the first, as `dovetool dedup` does.

    Args:
        source: as for `strip`.
        target: likewise.
        window: copies are this far apart in time at most, as `"2ms"`.
        across_networks: packets of two networks may be copies, as those that a gateway routes.
        depth: tunnels looked into at most, 1..64.
        decode_as: what else marks an overlay, as `"udp.port==4799,vxlan"`, or several of these.
        tpid: TPID of the DOVE tag; None: 0x88B5.
        rejects: keep the copies in this pcapng file.
        jobs: threads; 0: as many as there are cores.

    Returns:
        With a target the summary, else an iterator of frames that has it.

    Raises:
        DovetoolError: as for `strip`.

    >>> import dovetool
    >>> twice = ["samples/demo/taps/3-underlay.pcapng", "samples/demo/taps/4-received.pcapng"]
    >>> once = dovetool.dedup(twice)
    >>> len(list(once)), once.summary.rejected
    (14, {'duplicate': 14})
    """
    checks.checked(depth=(depth, 1, 64))
    checks.texts(window=window)
    with asking.in_python():
        words, word = asking.words_of(decode_as), asking.tpid_word(tpid)
        looking = Looking.by(Inputs(()), None, words, word, depth, Roles())  # at whatever frames come
        plan = deduplication(looking, window, across_networks=across_networks)
    eyes = eyes_of(None, looking.selectors, looking.tpid)
    return carried_out(plan, Asked(source, target, rejects=rejects, jobs=jobs, eyes=eyes))


def split(
    source: PathLike | Sequence[PathLike] | BinaryIO,
    directory: PathLike,
    by: Literal["vnid", "vm", "tep", "encap", "reason"],
    *,
    vnid_map: options.GivenMap | None = None,
    format: Literal["pcap", "pcapng"] | None = None,  # noqa: A002  (as the option is called)
    depth: int = 8,
    decode_as: Words | None = None,
    tpid: int | str | None = None,
    annotate: bool = False,
    overwrite: bool = False,
    jobs: int = 0,
) -> Summary:
    """Write one capture for each network, VM, TEP or the like, as `dovetool split` does.

    Args:
        source: the captures: a path or several, or a file object in binary mode.
        directory: where the captures go; made when it is not there.
        by: what frames are sorted by.
        vnid_map: what networks, TEPs and VMs are called; a map, or the path of a map file.
        format: format of the captures; None: that of the source.
        depth: tunnels looked into at most, 1..64.
        decode_as: what else marks an overlay, as `"udp.port==4799,vxlan"`, or several of these.
        tpid: TPID of the DOVE tag; None: the map's, or 0x88B5.
        annotate: comment each packet, in pcapng.
        overwrite: captures may take the place of those that are there.
        jobs: threads; 0: as many as there are cores.

    Returns:
        The summary, which has the frames of each file as `files`.

    Raises:
        CorruptCaptureError: the source is damaged; all before was written, and `partial` is the summary of that.
        CaptureError: the source is no capture, or a capture cannot be written.
        UsageError: a value is none of its kind, or a capture is there already.
        MapError: the map has mistakes.
    """
    checks.checked(depth=(depth, 1, 64))
    key = SplitBy(asking.one_of("by", by, SplitBy))
    to = None if format is None else Format(asking.one_of("format", format, Format))
    folder = asking.path_of(directory)
    if folder is None:
        raise TypeError("directory: expected a path, not None")
    began = time.monotonic()
    with asking.in_python():
        asking.work_with(jobs)
        words, word = asking.words_of(decode_as), asking.tpid_word(tpid)
        looking = Looking.of(source_of(source), asking.map_of(vnid_map), words, word, depth)
        came, damage = SplitJob(looking, key, to, annotate).carry_out(folder, overwrite=overwrite)
    finished, seconds = came.finished, time.monotonic() - began
    summary = Summary("split", finished.tallies, finished.total, seconds, files=came.frames)
    return asking.undamaged(summary, damage)
