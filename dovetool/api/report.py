"""A capture held against a map, and what was found."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Literal

from dovetool.analysis.findings import Entry
from dovetool.analysis.findings import Report as Found
from dovetool.api import asking, checks
from dovetool.api.asking import PathLike, Words
from dovetool.api.given import source_of
from dovetool.errors import UsageError
from dovetool.jobs.validating import ValidateJob, audit_by_learning, audit_of, chosen_kinds
from dovetool.values import dataclass
from dovetool.views.frame_places import frame_places
from dovetool.views.report import NO_MAP, closing, report_record
from dovetool.views.sheet import Sheet

if TYPE_CHECKING:
    from rich.console import RenderableType

    from dovetool.api.options import GivenMap
    from dovetool.audit.audit import Audit
    from dovetool.audit.form_audit import FormAudit

_HEADS = ("severity", "reason", "what", "frames", "numbers", "source")


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong in a capture.

    Attributes:
        severity: error; warning, for what may have an innocent cause that the capture does not show; or info, for what
            is no fault.
        reason: what kind of thing, by its stable name, as `policy-denied`.
        text: what was found, and what was expected.
        source: the RFC section or the entry of the map that it rests on.
        count: frames that have it.
        frames: numbers of the first of them.
        files: of several captures, the one that each of these is in.
    """

    severity: Literal["error", "warning", "info"]
    reason: str
    text: str
    source: str
    count: int
    frames: tuple[int, ...]
    files: tuple[str, ...] = ()


class Report(Sequence[Finding]):
    """What was found in a capture, the weightiest first. It is true whatever was found, unlike a list: ask `ok`.

    >>> import dovetool
    >>> report = dovetool.validate("samples/policy/taps/3-underlay.pcapng", "samples/policy/map.yaml")
    >>> report.ok, report.frames
    (True, 6)
    """

    def __init__(self, found: Found, seconds: float, *, has_map: bool) -> None:
        """Internal: `dovetool.validate` makes it."""
        entries = found.found()
        self._record = report_record(found, entries, seconds, has_map=has_map)
        self._findings = tuple(map(_finding, entries))
        self._closing = (closing(found, entries, seconds, has_map=has_map), *([] if has_map else [NO_MAP]))

    @property
    def ok(self) -> bool:
        """No finding is an error."""
        return not self.errors

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All of them."""
        return self._findings

    @property
    def errors(self) -> tuple[Finding, ...]:
        """Those that are errors."""
        return tuple(each for each in self._findings if each.severity == "error")

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """Those that are warnings."""
        return tuple(each for each in self._findings if each.severity == "warning")

    @property
    def frames(self) -> int:
        """Frames that were looked at."""
        frames: int = self._record["frames"]
        return frames

    def as_dict(self) -> dict[str, Any]:
        """What `dovetool validate --json` prints."""
        return dict(self._record)

    def __getitem__(self, at: Any) -> Any:  # noqa: ANN401  (a finding, or several)
        return self._findings[at]

    def __iter__(self) -> Iterator[Finding]:
        return iter(self._findings)

    def __len__(self) -> int:
        return len(self._findings)

    def __bool__(self) -> bool:
        return True

    def __repr__(self) -> str:
        return f"<Report: {self._closing[0]}>"

    def _sheet(self) -> Sheet:
        rows = [
            (each.severity, each.reason, each.text, each.count, _places(each), each.source) for each in self._findings
        ]
        return Sheet("dovetool validate", _HEADS, rows, self._closing)

    def __rich__(self) -> RenderableType:
        return self._sheet().rich()

    def _repr_html_(self) -> str:
        return self._sheet().html()


def _places(found: Finding) -> str:
    files = found.files or ("",) * len(found.frames)
    return frame_places(list(zip(files, found.frames, strict=True)), len(found.frames))


def _finding(entry: Entry) -> Finding:
    kind = entry.finding.kind
    severity: Literal["error", "warning", "info"] = kind.severity.value
    files = tuple(file for file, _ in entry.places if file)
    numbers = tuple(number for _, number in entry.places)
    return Finding(severity, kind.reason, entry.text, entry.finding.basis, entry.count, numbers, files)


def validate(
    source: PathLike | Sequence[PathLike] | BinaryIO,
    vnid_map: GivenMap | None = None,
    *,
    only: Words | None = None,
    ignore: Words | None = None,
    rejects: PathLike | None = None,
    decode_as: Words | None = None,
    tpid: int | str | None = None,
    grace: str = "2s",
    learn: str | None = None,
    jobs: int = 0,
) -> Report:
    """Say whether a capture obeys the map, and RFCs, as `dovetool validate` does.

    Args:
        source: the capture, from any hop or several: its path, or a file object in binary mode; or several paths.
        vnid_map: who belongs where; a map, or the path of a map file. None: the form of frames alone is looked at.
        only: look for these reasons alone, as `"policy-denied"`, or several.
        ignore: do not look for these.
        rejects: keep the offending frames in this pcapng file, with the findings as comment.
        decode_as: what else marks an overlay, as `"udp.port==4799,vxlan"`, or several of these.
        tpid: TPID of the DOVE tag; None: the map's, or 0x88B5.
        grace: how long frames in the underlay may be late after a VM has moved, as `"500ms"`.
        learn: in the place of a map: hold the capture against what its first part shows, as `"30s"`.
        jobs: threads; 0: as many as there are cores.

    Raises:
        CorruptCaptureError: the source is damaged; `partial` is the report about all before.
        CaptureError: it is no capture.
        UsageError: a value is none of its kind.
        MapError: the map has mistakes.
    """
    checks.texts(grace=grace, learn=learn)
    given, words, word = asking.map_of(vnid_map), asking.words_of(decode_as), asking.tpid_word(tpid)
    if learn is not None and given is not None:
        raise UsageError("learn: makes a map, and vnid_map gives one; say one of the two")
    has_map = given is not None or learn is not None
    with asking.in_python():
        asking.work_with(jobs)
        kinds = chosen_kinds(asking.some_of("only", only), asking.words_of(ignore), has_map=has_map)
        map_file = given if isinstance(given, Path) else None
        job = ValidateJob(source_of(source), map_file, kinds, asking.path_of(rejects))
        job.claim({})
        began = time.monotonic()
        audit: Audit | FormAudit = (
            audit_of(given, words, word, grace)
            if learn is None
            else audit_by_learning(job.source, learn, words, word, grace)
        )
        found, damage = job.carry_out(audit)
    return asking.undamaged(Report(found, time.monotonic() - began, has_map=has_map), damage)
