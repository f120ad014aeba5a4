"""The stage that gives frames other addresses: tunnels stay whole, checksums stay as right as they were."""

from __future__ import annotations

from typing import ClassVar

from dovetool.errors import FrameError
from dovetool.frame.selectors import Selectors
from dovetool.frame.view import FrameView
from dovetool.stages.anonymising.places import Others
from dovetool.stages.anonymising.walk import places_of
from dovetool.stages.left_sums import Answers, headers_at_0, leaving_sums
from dovetool.values import dataclass
from dovetool.verdict.verdict import Forward, Reject, Verdict
from dovetool.wire.links import is_read


@dataclass(frozen=True, slots=True)
class Anonymise:
    """Addresses of IP and Ethernet become others, on all levels of a frame.

    A frame that ends inside of a header, or that cannot be read, is rejected: it may hold what nobody is to see.

    Attributes:
        others: gives the other addresses.
        selectors: what marks an overlay packet.
        tpid: TPID of the DOVE tag.
        cuts: what transport protocols and pings carry goes, too.
    """

    others: Others
    selectors: Selectors
    tpid: int
    cuts: bool = False

    name = "anonymise"
    change_times_ns: ClassVar[tuple[int, ...]] = ()

    def decide(self, view: FrameView) -> Verdict:
        """Decide about one frame."""
        if not is_read(view.link_type):
            return Reject.foreign(view.link_type)
        try:
            places = places_of(view, self.others, self.selectors, self.tpid, cuts=self.cuts)
        except FrameError as error:
            return Reject.of(error)

        def made(answers: Answers) -> Forward:
            return Forward(places.splices(), patches=places.patches(answers), keeps_link=True)

        return leaving_sums([*headers_at_0(view, places.headers), *places.left_perhaps()], made)

    def keep(self, view: FrameView) -> int:
        """Octets of a frame that may stay; -1: all. Of one that is rejected, it does not matter."""
        try:
            places = places_of(view, self.others, self.selectors, self.tpid, cuts=self.cuts)
        except FrameError:
            return -1
        return -1 if places.keep is None else places.keep
