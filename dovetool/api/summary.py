"""What became of frames that were rewritten."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from dovetool.views.sheet import Sheet
from dovetool.views.summary import as_record

if TYPE_CHECKING:
    from rich.console import RenderableType

    from dovetool.engine.tally import Tally

_HEADS = ("stage", "frames in", "forwarded", "unchanged", "absorbed", "rejected", "replicas", "frames out")


class Summary:
    """What happened to all frames: `frames_in == forwarded + absorbed + sum(rejected.values())`, always.

    Attributes:
        command: what was done, as the command is called.
        frames_in: frames that came in.
        forwarded: those that went on.
        unchanged: those of them that went on octet for octet.
        absorbed: fragments that went into a packet that was put together, all but one of each.
        frames_out: frames that went out: forwarded ones, and replicas.
        replicas: copies beyond the first, and fragments beyond the first of a packet.
        rejected: frames that did not go on, by reason.
        notes: frames with something to report about them, by what it is.
        bytes_in: octets on the wire of the frames that came in.
        bytes_out: octets on the wire of the frames that went out.
        vnids: forwarded frames, by VNID.
        loss: what could not be carried from one encapsulation to another, by kind.
        seconds: how long it took.
        files: frames of each capture that `split` wrote; empty for all others.
    """

    command: str
    frames_in: int
    forwarded: int
    unchanged: int
    absorbed: int
    frames_out: int
    replicas: int
    rejected: Mapping[str, int]
    notes: Mapping[str, int]
    bytes_in: int
    bytes_out: int
    vnids: Mapping[int, int]
    loss: Mapping[str, int]
    seconds: float
    files: Mapping[str, int] = MappingProxyType({})

    def __init__(
        self,
        command: str,
        tallies: Sequence[Tally],
        total: Tally,
        seconds: float,
        remarks: Sequence[str] = (),
        files: Mapping[str, int] | None = None,
    ) -> None:
        """Internal: what rewrites frames makes it."""
        self._record = as_record(command, tallies, total, seconds, files)
        self._remarks = tuple(remarks)
        record: dict[str, Any] = {name: value for name, value in self._record.items() if name != "stages"}
        for name, value in record.items():
            setattr(self, name, value)
        self.vnids = {int(vnid): frames for vnid, frames in record["vnids"].items()}

    def as_dict(self) -> dict[str, Any]:
        """What the command prints with `--summary json`; a run of several stages has each under `stages`."""
        return dict(self._record)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Summary) and self._counts == other._counts

    __hash__ = None  # type: ignore[assignment]  # it has mappings

    @property
    def _counts(self) -> dict[str, Any]:
        return {name: value for name, value in self._record.items() if name != "seconds"}

    def __repr__(self) -> str:
        rejected = sum(self.rejected.values())
        return f"<Summary {self.command}: {self.frames_in:,} in, {self.frames_out:,} out, {rejected:,} rejected>"

    def _sheet(self) -> Sheet:
        stages: list[Any] = self._record.get("stages") or [self._record]
        rows = [
            [
                stage["command"],
                *(stage[head.replace(" ", "_")] for head in _HEADS[1:5]),
                sum(stage["rejected"].values()),
                stage["replicas"],
                stage["frames_out"],
            ]
            for stage in stages
        ]
        told = [
            f"{what} {name}: {number:,}"
            for what, counts in (("rejected as", self.rejected), ("noted as", self.notes), ("lost", self.loss))
            for name, number in counts.items()
        ]
        return Sheet(f"dovetool {self.command}", _HEADS, rows, [*told, *self._remarks, f"{self.seconds:.2f} s"])

    def __rich__(self) -> RenderableType:
        return self._sheet().rich()

    def _repr_html_(self) -> str:
        return self._sheet().html()
