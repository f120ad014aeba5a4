"""What a command did, as a table or as one line of JSON on standard error."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from dovetool.engine.tally import Tally
from dovetool.views.plain import printable
from dovetool.views.terminal import rule

if TYPE_CHECKING:
    from dovetool.records.summary import Stage, Summary

_MOST_VNIDS = 8
_MOST_FILES = 16
_NO_OVERLAY = "no overlay was found; name other ports than the registered ones with -d, as in -d udp.port==4799,vxlan"
_HEADS = ("stage", "frames in", "forwarded", "rejected", "replicas", "frames out", "octets out")


def show_summary(
    command: str,
    tallies: Sequence[Tally],
    total: Tally,
    seconds: float,
    *,
    as_json: bool,
    files: Mapping[str, int] | None = None,
    remarks: Sequence[str] = (),
) -> None:
    """Show the summary of a command that took `seconds`, with the frames of each file where it wrote several.

    `total` is over all stages, of which there is a tally each.

    A table has `remarks` too: what else there is to say.
    """
    if as_json:
        import json

        record = as_record(command, tallies, total, seconds, files)
        sys.stderr.write(json.dumps(record) + "\n")
        return
    said = [*_remarks(tallies), *remarks, *_shares(files or {}), f"{seconds:.2f} s"]
    sys.stderr.writelines(f"{line}\n" for line in [*_table(command, tallies), *map(printable, said)])


def as_record(
    command: str, tallies: Sequence[Tally], total: Tally, seconds: float, files: Mapping[str, int] | None = None
) -> Summary:
    """The summary as a JSON object; a command of several stages has them one by one under `stages`."""
    record: Summary = {**_stage(command, total), "seconds": round(seconds, 3)}  # type: ignore[typeddict-item]
    if len(tallies) > 1:
        record["stages"] = [_stage(tally.stage, tally) for tally in tallies]
    if files is not None:
        record["files"] = dict(files)
    return record


def _stage(command: str, tally: Tally) -> Stage:
    return {
        "command": command,
        "frames_in": tally.frames_in,
        "forwarded": tally.forwarded,
        "unchanged": tally.unchanged,
        "absorbed": tally.absorbed,
        "frames_out": tally.frames_out,
        "replicas": tally.replicas,
        "rejected": dict(tally.rejected.most_common()),
        "notes": dict(tally.notes.most_common()),
        "bytes_in": tally.bytes_in,
        "bytes_out": tally.bytes_out,
        "vnids": {str(vnid): count for vnid, count in sorted(tally.vnids.items())},
        "loss": dict(tally.loss),
    }


def _table(command: str, tallies: Sequence[Tally]) -> list[str]:
    """The counts as the lines of a table, which is always small: rich would take longer to load than to be of use."""
    rows: list[tuple[str, ...]] = [_HEADS]
    for tally in tallies:
        counts = (tally.frames_in, tally.forwarded, tally.rejected_total, tally.replicas, tally.frames_out)
        rows.append((tally.stage, *(f"{number:,}" for number in (*counts, tally.bytes_out))))
    first, *widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    heads, *lines = ["  ".join([stage.ljust(first), *map(str.rjust, numbers, widths)]) for stage, *numbers in rows]
    return [f"dovetool {command}", heads, rule(len(heads), sys.stderr), *lines]


def _remarks(tallies: Sequence[Tally]) -> list[str]:
    lines = []
    for tally in tallies:
        where = f"{tally.stage}: " if len(tallies) > 1 else ""
        lines += [f"{where}rejected as {reason}: {count:,}" for reason, count in tally.rejected.most_common()]
        lines += [f"{where}noted as {note}: {count:,}" for note, count in tally.notes.most_common()]
        lines += [f"{where}lost {kind}: {count:,}" for kind, count in tally.loss.most_common()]
        lines += [f"{where}absorbed into whole packets: {tally.absorbed:,}"] if tally.absorbed else []
        lines += [f"{where}passed unchanged: {tally.unchanged:,}"] if tally.unchanged else []
        lines += [_NO_OVERLAY] if tally.stage == "strip" and 0 < tally.frames_in == tally.unchanged else []
    vnids = tallies[-1].vnids
    if vnids:
        shown = ", ".join(f"{vnid} ({count:,})" for vnid, count in vnids.most_common(_MOST_VNIDS))
        more = f" and {len(vnids) - _MOST_VNIDS} more" if len(vnids) > _MOST_VNIDS else ""
        lines.append(f"frames by VNID: {shown}{more}")
    return lines


def _shares(files: Mapping[str, int]) -> list[str]:
    """The files with most frames first."""
    ranked = sorted(files.items(), key=lambda item: (-item[1], item[0]))
    lines = [f"{name}: {frames:,}" for name, frames in ranked[:_MOST_FILES]]
    rest = ranked[_MOST_FILES:]
    more = [f"{len(rest):,} more: {sum(frames for _, frames in rest):,}"] if rest else []
    return [*([f"files: {len(files):,}"] if files else []), *lines, *more]
