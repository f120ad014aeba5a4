"""The way of one frame, as `trace` tells of it."""

from __future__ import annotations

from typing import NotRequired

from typing_extensions import TypedDict


class Octets(TypedDict):
    """A frame: what was captured of it, in hexadecimal, and its length on the wire."""

    octets: str
    length: int


class Header(TypedDict):
    """A header of the frame."""

    offset: int
    name: str
    text: str


class TracedFrame(Octets):
    """The frame that was traced."""

    source: str
    number: int
    time: str
    interface: str
    link_type: int
    headers: list[Header]
    begins_at: str
    because: str


class Lookup(TypedDict):
    """A question to the map."""

    table: str
    question: str
    answer: str
    found: bool


class Change(TypedDict):
    """What became of some octets; offsets are those of the frame that has them."""

    kind: str
    before_at: NotRequired[int]
    before: NotRequired[str]
    after_at: NotRequired[int]
    after: NotRequired[str]


class Made(Octets):
    """A frame that came out of a step."""

    changes: list[Change]


_From = TypedDict("_From", {"from": int | None})


class Step(_From):
    """What a stage did; `from` is the number of the step whose frame it took."""

    step: int
    stage: str
    lookups: list[Lookup]
    verdict: str
    reason: str | None
    why: str | None
    decision: str
    before: Octets
    after: list[Made]


class Delivered(TypedDict):
    """Who got the frame."""

    vm: str | None
    port: str | None


class Refused(TypedDict):
    """Where it did not go on."""

    stage: str
    reason: str
    why: str | None


class Outcome(TypedDict):
    """What became of it in the end."""

    verdict: str
    delivered: list[Delivered]
    rejected: list[Refused]


class Trace(TypedDict):
    """`trace --json`."""

    frame: TracedFrame
    steps: list[Step]
    outcome: Outcome
