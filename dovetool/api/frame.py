"""A frame, and what it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from dovetool.analysis.frame_summary import Sight, Sighting
from dovetool.api import checks
from dovetool.api.eyes import Block, Eyes, plain_eyes
from dovetool.api.layers import Inner, Overlay, overlay_of
from dovetool.capture.batch import Interface
from dovetool.capture.frames_reader import GivenFrame

if TYPE_CHECKING:
    from rich.console import RenderableType

    from dovetool.analysis.single_frame import KnownFrame
    from dovetool.api.explanation import Explanation
    from dovetool.observe import observation
    from dovetool.observe.names import Names
    from dovetool.views.sheet import Sheet

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_IP_LENGTHS = (4, 16)
_MOST_OCTETS = 262_144


class Frame:
    """A frame. It never changes; what it is, is looked up when it is first asked for.

    Attributes:
        number: its number in its capture, from 1, as in Wireshark.
        time_ns: when it was seen, in ns since 1970.
        octets: what was captured of it.
        length: its octets on the wire, `len(octets)` at least.
        comments: what a pcapng file says about its packet.

    >>> frame = Frame(bytes.fromhex("02000000000b 02000000000a 88b5 a0013890 0800"), time_ns=1_500_000_000)
    >>> frame.overlays[0].encap, frame.vnid, frame.inner.src_mac
    ('dove', 5001, '02:00:00:00:00:0a')
    """

    __slots__ = (
        "_block",
        "_interface",
        "_row",
        "_sighting",
        "_tenant",
        "comments",
        "length",
        "number",
        "octets",
        "time_ns",
    )

    def __init__(
        self,
        octets: bytes,
        *,
        time_ns: int = 0,
        length: int | None = None,
        link_type: int = 1,
        interface: str = "",
        number: int = 1,
        comments: tuple[str, ...] = (),
    ) -> None:
        """Make a frame that comes from no capture.

        Args:
            octets: the frame.
            time_ns: when it was seen, in ns since 1970; from 0 on.
            length: its octets on the wire; None: those that are there.
            link_type: LINKTYPE_ value, 1 for Ethernet.
            interface: name of its interface; of a VM's, `SWITCH/PORT`.
            number: its number, from 1.
            comments: what is said about its packet.

        Raises:
            TypeError: the octets are none, or a value is none of its kind.
            ValueError: a number is out of its range, or a text longer than pcapng can hold, 65,535 octets of UTF-8.
        """
        if not isinstance(octets, bytes | bytearray | memoryview):
            raise TypeError(f"a frame is made of bytes, not of {type(octets).__name__}")
        self.octets = bytes(octets)
        if len(self.octets) > _MOST_OCTETS:
            raise ValueError(f"a frame of {len(self.octets):,} octets; captures hold {_MOST_OCTETS:,} at most")
        self.length = len(self.octets) if length is None else length
        checks.checked(
            time_ns=(time_ns, 0, (1 << 63) - 1),
            length=(self.length, len(self.octets), (1 << 32) - 1),
            link_type=(link_type, 0, 0xFFFF),
            number=(number, 1, 1 << 62),
        )
        self.number, self.time_ns = int(number), int(time_ns)
        self.comments = checks.comments_of(comments)
        self._interface = Interface(link_type, name=checks.option_text("interface", interface))
        self._tenant, self._row, self._block = -1, 0, None
        self._sighting: Sighting | None = None

    _block: Block | None

    @property
    def interface(self) -> str:
        """Name of the interface that it came by; empty for none."""
        return self._interface.name

    @property
    def link_type(self) -> int:
        """LINKTYPE_ value (https://www.tcpdump.org/linktypes.html), 1 for Ethernet."""
        return self._interface.link_type

    @property
    def time(self) -> datetime:
        """When it was seen, UTC; to the microsecond, as datetime has no more. `time_ns` is exact."""
        return _EPOCH + timedelta(microseconds=self.time_ns // 1000)

    @property
    def hop(self) -> str:
        """Where in a network such a frame is seen: `underlay`, `tagged` or `untagged`."""
        return self._seen.hop

    @property
    def overlays(self) -> tuple[Overlay, ...]:
        """Overlay headers and DOVE tags, the outermost first."""
        names = self._names
        return tuple(overlay_of(each, names, self.octets) for each in names.overlays(self._seen))

    @property
    def inner(self) -> Inner:
        """The innermost frame."""
        return Inner(self._seen.inner, self.octets)

    @property
    def vnid(self) -> int | None:
        """The virtual network of the innermost frame; None outside of all."""
        return self._names.vnid(self._seen)

    @property
    def network(self) -> str | None:
        """Its name in the map; None without one."""
        return self._names.network(self.vnid)

    @property
    def src_vm(self) -> str | None:
        """The VM that sends the innermost frame, by the map."""
        return self._sight.src_vm

    @property
    def dst_vm(self) -> str | None:
        """The VM that gets it, by the map."""
        return self._sight.dst_vm

    @property
    def problem(self) -> str | None:
        """Why it could not be read to its end; None where it could."""
        problem = self._seen.problem
        return None if problem is None else str(problem)

    @property
    def verdict(self) -> tuple[str, ...] | None:
        """What is wrong with it by the map, as `validate` says of single frames; empty when all is well.

        None without a map, and where it is none of the map's business.
        """
        return self._sight.verdict

    def as_dict(self) -> dict[str, object]:
        """All of it, with the keys of `dovetool inspect --json`."""
        from dovetool.analysis.found_frames import SeenFrame
        from dovetool.views.frames.frame_record import frame_record

        return dict(frame_record(SeenFrame(self._known(), self._sight, self.comments), self._names))

    def explain(self) -> Explanation:
        """Every layer, field by field, as `dovetool inspect --frame N -V -x` draws it."""
        from dovetool.api.explanation import explanation

        return explanation(self._known(), self._sight, self.comments, self._eyes.sight)

    def given(self) -> GivenFrame:
        """Internal: the frame as a reader hands it on."""
        return GivenFrame(self.octets, self.length, self.time_ns, self._interface, self.comments)

    @property
    def _eyes(self) -> Eyes:
        return plain_eyes() if self._block is None else self._block.eyes

    @property
    def _names(self) -> Names:
        return self._eyes.names

    @property
    def _sight(self) -> Sighting:
        if self._sighting is None:
            together = None if self._block is None else self._block.sighting(self._row)
            self._sighting = self._eyes.look(self._known()) if together is None else together
        return self._sighting

    @property
    def _seen(self) -> observation.Observation:
        return self._sight.seen

    def _known(self) -> KnownFrame:
        from dovetool.analysis.single_frame import KnownFrame
        from dovetool.verdict.verdict import Frame as Octets

        octets, interface = Octets(self.octets, self.length), self._interface
        return KnownFrame(octets, self.number, self.time_ns, interface.link_type, interface.name, tenant=self._tenant)

    def __reduce__(self) -> tuple[object, ...]:
        """What it is seen to be goes along, and the names."""
        eyes = Eyes(Sight(self._eyes.sight.observe, self._names))
        return _again, (self.given(), self.number, self._tenant, self._sight, eyes)

    def __len__(self) -> int:
        return len(self.octets)

    def __bytes__(self) -> bytes:
        return self.octets

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Frame) and self.given() == other.given()

    def __hash__(self) -> int:
        return hash((self.octets, self.time_ns))

    def __repr__(self) -> str:
        from dovetool.views.plain import printable

        encaps = "/".join(overlay.encap for overlay in self.overlays)
        network = "" if self.vnid is None else f" vnid={self.vnid}"
        ends = f" {self.inner.src_ip or self.inner.src_mac} > {self.inner.dst_ip or self.inner.dst_mac}"
        what = f"{encaps and ' '}{encaps}{network}{ends} {self.inner.protocol}".rstrip()
        return printable(f"<Frame {self.number}: {self.length} octets{what}>")

    def _sheet(self) -> Sheet:
        from dovetool.api.shown import frames_sheet

        return frames_sheet(f"Frame {self.number}", [self])

    def __rich__(self) -> RenderableType:
        return self._sheet().rich()

    def _repr_html_(self) -> str:
        return self._sheet().html()


def _again(given: GivenFrame, number: int, tenant: int, sighting: Sighting, eyes: Eyes) -> Frame:
    """A frame that was pickled, or copied."""
    frame = Frame.__new__(Frame)
    frame.octets, frame.length, frame.time_ns, frame._interface, frame.comments = given
    frame.number, frame._tenant, frame._sighting = number, tenant, sighting
    frame._row, frame._block = 0, Block(eyes)
    return frame
