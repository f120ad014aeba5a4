"""What tshark is asked: which frames a display filter chooses (-Y), and what is in a frame (--engine tshark)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from dovetool.analysis.found_frames import SeenFrame
from dovetool.analysis.frame_selection import NO_END, Picker
from dovetool.capture.batch import Passage
from dovetool.capture.remote.location import Location
from dovetool.capture.source import BLOCK, open_stream
from dovetool.capture.target import Sink
from dovetool.capture.writer import create_alike
from dovetool.engine.reading import read_through
from dovetool.errors import CaptureError, UsageError
from dovetool.jobs.looking import Looking
from dovetool.jobs.opening import Given
from dovetool.observe.dissection import Dissection, Field, Layer
from dovetool.observe.names import Names
from dovetool.wireshark.decode_as import Marks
from dovetool.wireshark.errors import DamagedCaptureError
from dovetool.wireshark.names import NetworkNames, names_of_networks
from dovetool.wireshark.packets import DissectedPacket, packets
from dovetool.wireshark.tshark import check_filter, matching_frames

_MOST_FRAMES = 1000
_NEVER = NO_END - 1
"""A frame number that does not come, so that the capture is read to its end."""
_OTHER_NUMBERS = "-Y: tshark counts the custom blocks of this pcapng file as frames; it cannot be asked"
_CUSTOM_BLOCKS = frozenset({0x0000_0BAD, 0x4000_0BAD})  # draft-ietf-opsawg-pcapng section 4.8


@contextmanager
def whole_file(inputs: Given) -> Iterator[Path]:
    """A file that can be read twice: the capture itself; for a pipe, several or one elsewhere a copy of all."""
    source = inputs.single
    if source is not None and inputs.can_be_read_twice and not isinstance(source, Location):
        yield source
        return
    with TemporaryDirectory(prefix="dovetool-") as folder:
        path = Path(folder, "capture")
        with path.open("wb") as copy:
            if source is None:
                _write_joined(inputs, copy.write)
            else:
                _copy_pipe(source, copy.write)
        yield path  # closed, since Windows lets nobody else read what is open


def _copy_pipe(source: Path, sink: Sink) -> None:
    block = memoryview(bytearray(BLOCK))
    with closing(open_stream(source)) as pipe:
        while count := pipe.readinto(block):
            sink(block[:count])


def _write_joined(inputs: Given, sink: Sink) -> None:
    """Write several captures as one; frames have the numbers there that they have here."""
    with inputs.opened() as reader:
        writer = create_alike(sink, reader, to_pcapng=reader.pcap is None)
        damage = read_through(reader, writer.write, writer.pass_on)
    if damage is not None:
        raise damage


@contextmanager
def filtered(looking: Looking, picker: Picker, text: str, decode_as: Sequence[str]) -> Iterator[Looking]:
    """The capture, of which `picker` picks no frames but those that a display filter chooses, until the block ends.

    A pipe is copied first; tshark reads meanwhile. Whoever reads the capture has to `refuse_custom_block`.

    Raises:
        CaptureError: it is no capture, which dovetool says better than tshark does.
        FilterError: it is no filter.
        ProgramError: tshark is not there, or too old.
    """
    with whole_file(looking.inputs) as path:
        looking = looking.at(path)
        looking.check()
        marks, networks = _marks(looking, decode_as), _networks(looking.names)
        check_filter(text, marks, networks)
        with closing(matching_frames(path, text, marks, networks)) as numbers:
            picker.pick_among(_up_to_damage(numbers))
            yield looking


def _up_to_damage(numbers: Iterator[int]) -> Iterator[int]:
    """The numbers; what is damaged in the capture, its own reader finds when it goes on to there."""
    try:
        yield from numbers
    except DamagedCaptureError:
        yield _NEVER


def numbers_chosen(
    path: Path, text: str, looking: Looking, decode_as: Sequence[str], kinds: Collection[int]
) -> Iterator[int]:
    """The numbers of the frames of a file that a display filter chooses; where it is damaged, they end.

    Args:
        path: the file.
        text: the filter.
        looking: the capture that the file is of.
        decode_as: as on our command line.
        kinds: of the blocks that the file has besides frames.

    Raises:
        CaptureError: tshark's numbers would not be ours; see `refuse_custom_block`.
        FilterError: it is no filter.
        ProgramError: tshark is not there, or too old.
    """
    if _CUSTOM_BLOCKS.intersection(kinds):
        raise CaptureError(_OTHER_NUMBERS)
    marks, networks = _marks(looking, decode_as), _networks(looking.names)
    check_filter(text, marks, networks)
    return _up_to_damage(matching_frames(path, text, marks, networks))


def refuse_custom_block(passage: Passage) -> None:
    """Tshark numbers a custom block as if it were a frame, so from there on its numbers are not those of frames."""
    if passage.kind in _CUSTOM_BLOCKS:
        raise CaptureError(_OTHER_NUMBERS)


def _marks(looking: Looking, decode_as: Sequence[str]) -> Marks:
    """The marks that dovetool itself goes by."""
    vnid_map = looking.names.vnid_map
    teps = vnid_map.teps if vnid_map is not None else ()
    return Marks(decode_as, {port: encap for tep in teps for encap, port in tep.ports.items()}, looking.tpid)


def _networks(names: Names) -> NetworkNames:
    """Names of networks by VNID."""
    return names_of_networks(names.vnid_map.networks if names.vnid_map is not None else ())


def dissector(
    path: Path, looking: Looking, decode_as: Sequence[str]
) -> Callable[[Sequence[SeenFrame]], Iterable[Dissection]]:
    """Takes frames of a capture apart by tshark and pyshark, some hundreds at most."""

    def dissect(frames: Sequence[SeenFrame]) -> list[Dissection]:
        if len(frames) > _MOST_FRAMES:
            raise UsageError(f"--engine tshark: is for {_MOST_FRAMES} frames at most; choose some by --frame or -n")
        numbers = [frame.known.number for frame in frames]
        found = packets(path, numbers, _marks(looking, decode_as), _networks(looking.names))
        by_number = {packet.number: packet for packet in found}
        return [_dissection(by_number.get(frame.known.number)) for frame in frames]

    return dissect


def _dissection(packet: DissectedPacket | None) -> Dissection:
    """What tshark made of a frame; where in the frame it stands, it does not say."""
    layers = packet.layers if packet is not None else ()
    shown = (Layer(layer.name, layer.name, 0, 0, tuple(map(_field, layer.fields))) for layer in layers)
    return Dissection(tuple(shown), is_placed=False)


def _field(named: tuple[str, str]) -> Field:
    name, value = named
    return Field(name, name, value, value)
