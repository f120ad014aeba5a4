"""One frame on its way through every stage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO, Literal

from dovetool.api import asking, checks
from dovetool.api.asking import PathLike, Words
from dovetool.api.given import source_of
from dovetool.api.maps import needed
from dovetool.errors import UsageError
from dovetool.values import dataclass

if TYPE_CHECKING:
    from rich.console import RenderableType

    from dovetool.analysis.trace import Trace as Traced
    from dovetool.api.options import GivenMap
    from dovetool.frame.selectors import Selectors
    from dovetool.vnid_map import VnidMap

_WIDTH = 110
_FIRST = ("tag", "encap", "decap", "untag")


@dataclass(frozen=True, slots=True)
class Step:
    """What one stage did with the frame, or with a copy of it.

    Attributes:
        stage: name of the stage.
        verdict: forwarded, rejected, or held, for a piece of a packet that goes on with the last one.
        reason: why it was rejected, by its stable name; None where it was not.
        why: the same in a sentence.
        lookups: what was asked of the map, and what it said, as `VNID 5001 -> network blue`.
        before: the octets that came in.
        after: the octets that went on, of each copy.
    """

    stage: str
    verdict: Literal["forwarded", "rejected", "held"]
    reason: str | None
    why: str | None
    lookups: tuple[str, ...]
    before: bytes
    after: tuple[bytes, ...]


class Trace:
    """The way of a frame; `print` it, or look at it in a notebook.

    >>> import dovetool
    >>> trace = dovetool.trace("samples/policy/in.pcapng", 1, "samples/policy/map.yaml")
    >>> [step.stage for step in trace.steps], trace.outcome
    (['tag', 'encap', 'decap', 'untag'], 'delivered')
    """

    def __init__(self, traced: Traced, vnid_map: VnidMap, selectors: Selectors) -> None:
        """Internal: `dovetool.trace` makes it."""
        from dovetool.views.tracing.trace_json import TraceJson

        self._traced, self._map, self._selectors = traced, vnid_map, selectors
        self._record: dict[str, Any] = dict(TraceJson(vnid_map, selectors).of(traced))

    @property
    def steps(self) -> tuple[Step, ...]:
        """What each stage did."""
        return tuple(map(_step, self._record["steps"]))

    @property
    def outcome(self) -> Literal["delivered", "rejected", "partly", "nobody"]:
        """How it ended: delivered, rejected, partly, for copies of which only some were delivered, or at nobody's."""
        outcome: Literal["delivered", "rejected", "partly", "nobody"] = self._record["outcome"]["verdict"]
        return outcome

    @property
    def delivered(self) -> tuple[str, ...]:
        """The VMs that got it."""
        return tuple(each["vm"] for each in self._record["outcome"]["delivered"])

    @property
    def text(self) -> str:
        """All of it, as `dovetool trace` shows it."""
        from dovetool.views.sheet import plain_text

        return plain_text(self.__rich__())

    def as_dict(self) -> dict[str, Any]:
        """What `dovetool trace --json` prints."""
        return self._record

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"<Trace of {self._record['frame']['source']}: {self.outcome}>"

    def __rich__(self) -> RenderableType:
        from dovetool.views.tracing.trace import TraceView

        return TraceView(self._map, self._selectors, _WIDTH).tree(self._traced)

    def _repr_html_(self) -> str:
        from dovetool.views.sheet import html_text

        return html_text(self.__rich__())


def _step(record: dict[str, Any]) -> Step:
    return Step(
        record["stage"],
        record["verdict"],
        None if record["reason"] is None else str(record["reason"]),
        record["why"] or None,
        tuple(f"{each['question']} -> {each['answer']}" for each in record["lookups"]),
        bytes.fromhex(record["before"]["octets"]),
        tuple(bytes.fromhex(each["octets"]) for each in record["after"]),
    )


def trace(
    source: PathLike | BinaryIO,
    number: int,
    vnid_map: GivenMap,
    *,
    ingress: str | None = None,
    encap: str | None = None,
    begin_at: Literal["tag", "encap", "decap", "untag"] | None = None,
    decode_as: Words | None = None,
    tpid: int | str | None = None,
) -> Trace:
    """Follow one frame through every stage, and say why, as `dovetool trace` does.

    Args:
        source: the capture: its path, or a file object in binary mode.
        number: number of the frame in it, from 1.
        vnid_map: who belongs where; a map, or the path of a map file.
        ingress: port that the frame came in by, as `"sw1/p1"`; None: told by the frame.
        encap: encapsulation to use; None: the first that both sides know.
        begin_at: stage to begin at; None: told by the frame.
        decode_as: what else marks an overlay, as `"udp.port==4799,vxlan"`, or several of these.
        tpid: TPID of the DOVE tag; None: the map's.

    Raises:
        UsageError: there is no such frame, or a value is none of its kind.
        CaptureError: the source is no capture.
        MapError: the map has mistakes.
    """
    from dovetool.analysis.single_frame import frame_numbered
    from dovetool.analysis.trace import Tracer
    from dovetool.jobs.encapsulations import encap_named, map_selectors
    from dovetool.jobs.maps import loaded_map, port_named
    from dovetool.jobs.opening import inputs_of, open_capture

    checks.checked(number=(number, 1, 1 << 62))
    checks.texts(ingress=ingress, encap=encap)
    first = None if begin_at is None else asking.one_of("begin_at", begin_at, _FIRST)
    given = source_of(source)
    with asking.in_python():
        known_map = loaded_map(needed(vnid_map), asking.tpid_word(tpid))
        selectors = map_selectors(known_map, asking.words_of(decode_as))
        tracer = Tracer(known_map, selectors, port_named(known_map, ingress), encap_named(encap), first)
    with open_capture(given) as reader:
        known = frame_numbered(reader, number)
    if isinstance(known, int):
        raise UsageError(f"number={number}: {inputs_of(given).name} has {known:,} frame{'' if known == 1 else 's'}")
    return Trace(tracer.trace(known, f"frame {number} of {inputs_of(given).name}"), known_map, selectors)
