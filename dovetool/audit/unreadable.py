"""What there is to say about a frame that cannot be read to its end."""

from __future__ import annotations

from dovetool.audit.examined import Examined, Hop
from dovetool.belonging.finding import OF_FRAME_ERRORS, Finding, Kind
from dovetool.errors import FrameError
from dovetool.frame.find_tunnel import BEFORE_OVERLAY
from dovetool.verdict.reasons import Reason

_TEXTS = {
    Kind.MALFORMED: "it does not fit in, or is longer than what it is carried in",
    Kind.BAD_OVERLAY_HEADER: "no valid header, where the port or type says that there is one",
}


def unreadable(error: FrameError) -> Examined:
    """A frame that ends too early: cut by capturing, or wrong.

    How many octets are missing differs from frame to frame of what is one flow here, so the text leaves it out.
    """
    kind = OF_FRAME_ERRORS.get(Reason(error.reason))
    if kind is None:
        return Examined(is_cut=error.layer not in BEFORE_OVERLAY)
    return Examined(Hop.UNDERLAY, (Finding(kind, f"{error.layer} at octet {error.offset}: {_TEXTS[kind]}"),))
