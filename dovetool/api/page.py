"""What captures say, as one page of pictures and tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dovetool.api import asking, checks
from dovetool.api.asking import PathLike, Words
from dovetool.api.given import places_named
from dovetool.capture.merging.finding import captures_of
from dovetool.capture.merging.opening import Inputs
from dovetool.errors import UsageError
from dovetool.jobs.following import places_of
from dovetool.jobs.portraying import Portraying
from dovetool.jobs.selection import frame_filter
from dovetool.jobs.window import window_of
from dovetool.pictures.writing import Writing

if TYPE_CHECKING:
    from dovetool.errors import CorruptCaptureError


def report(
    source: PathLike | Sequence[PathLike],
    target: PathLike | None = None,
    map_file: PathLike | None = None,
    *,
    png: PathLike | None = None,
    follow: bool = False,
    decode_as: Words | None = None,
    tpid: int | str | None = None,
    depth: int = 8,
    jobs: int = 0,
) -> None:
    """Draw what captures say, as `dovetool report` does: one HTML file that needs no network.

    Args:
        source: the captures: a path or several; a folder stands for the captures in it.
        target: the page to write.
        map_file: the path of a map file, whose words the page has.
        png: also write each picture into this directory.
        follow: captures are of several places, in the order of the way; also follow packets.
        decode_as: what else marks an overlay, as `"udp.port==4799,vxlan"`, or several of these.
        tpid: TPID of the DOVE tag; None: the map's, or 0x88B5.
        depth: tunnels looked into at most, 1..64.
        jobs: threads; 0: as many as there are cores.

    Raises:
        CorruptCaptureError: a capture is damaged; the page has what was before.
        CaptureError: it is no capture, or the page cannot be written.
        UsageError: a value is none of its kind, or vl-convert-python, which draws, is not installed.
        MapError: the map has mistakes.
    """
    checks.checked(depth=(depth, 1, 64))
    if target is None and png is None:
        raise UsageError("report: name a target for the page, or a directory for the pictures (png=)")
    with asking.in_python():
        asking.work_with(jobs)
        words = places_named(source)
        places = places_of(words) if follow else []
        inputs, given = Inputs(captures_of(words)), asking.path_of(map_file)
        job = Portraying.of(inputs, given, asking.words_of(decode_as), asking.tpid_word(tpid), depth)
        writing = Writing.of(asking.path_of(target), asking.path_of(png), job.roles)
        wanted = frame_filter(job.names, None, None, None, None, None, None)
        damage: CorruptCaptureError | None
        portrait, damage = job.portrait(wanted, window_of(None, None, None), {}, places)
        writing.write(portrait)
    if damage is not None:
        raise damage
