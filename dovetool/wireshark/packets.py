"""Full dissection of a few frames, by pyshark, which lives in this module alone and is imported when it is asked for.

pyshark starts tshark by itself. It is given a program that passes for tshark and runs it as all of this package does:
with the plugin, in a home folder of its own, as an ordinary user. It gets an event loop and a thread of its own, so
that it also works inside a program that has a loop running, and its process ends with the question.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Coroutine, Iterator, Sequence
from pathlib import Path
from threading import Thread
from typing import Any

from dovetool.errors import CaptureError
from dovetool.installed import how_to_add
from dovetool.values import dataclass
from dovetool.wireshark.decode_as import Marks
from dovetool.wireshark.errors import ProgramError
from dovetool.wireshark.names import NetworkNames
from dovetool.wireshark.private_run import private_home
from dovetool.wireshark.programs import find_program
from dovetool.wireshark.tshark import matching_frames

_NO_MARKS = Marks()
_LUA_ARTEFACT = "_ws.lua.fake"
"""A layer that tshark invents to keep the fields that a Lua plugin asks for."""


@dataclass(frozen=True, slots=True)
class TsharkLayer:
    """A protocol of a packet.

    Attributes:
        name: Wireshark's, such as `eth`; a packet in a tunnel has several of one name.
        fields: (name, value) as tshark shows them, in its order, those of sub-trees among them.
    """

    name: str
    fields: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class DissectedPacket:
    """What Wireshark makes of one frame: `number` counts from 1, `layers` come from the outside in."""

    number: int
    layers: tuple[TsharkLayer, ...]


def packets(
    path: Path, numbers: Sequence[int], marks: Marks = _NO_MARKS, names: NetworkNames | None = None
) -> list[DissectedPacket]:
    """Dissect chosen frames; tshark reads the capture up to the last of them.

    Args:
        path: a capture, plain or in a compression that tshark knows.
        numbers: of the frames; only those that the capture has come back, in its order.
        marks: of overlay packets and tags.
        names: names of networks by VNID, for `overlay.network`.

    Raises:
        ProgramError: pyshark or tshark is not there, too old, or does not do its work.
        CaptureError: the capture cannot be read.
        UsageError: Wireshark has no place for one of the marks.
    """
    _import_pyshark()
    tshark, told = find_program(), marks.arguments()
    if not numbers:
        return []
    _check_readable(path)
    with private_home(names) as home:
        custom = ["-X", f"lua_script:{home.lua}", "-c", str(max(numbers)), *told]
        found = _in_own_thread(_dissect(path, home.write_stub(tshark, path), _filter(numbers), custom))
    if len(found) < len(set(numbers)):  # it has no such frames, or pyshark keeps to itself what went wrong
        deque(matching_frames(path, _filter(numbers), marks), maxlen=0)
    return found


def _import_pyshark() -> Any:  # noqa: ANN401  (it has no types)
    try:
        import pyshark  # noqa: PLC0415  (it takes a while)
    except ImportError as error:
        raise ProgramError(f"pyshark is not installed: {how_to_add('pyshark')}") from error
    return pyshark


def _check_readable(path: Path) -> None:
    try:
        with path.open("rb"):
            pass
    except OSError as error:
        raise CaptureError(f"cannot read {path}: {error.strerror}") from error


def _filter(numbers: Sequence[int]) -> str:
    """A filter that chooses frames by number, and is refused where the plugin is not loaded."""
    return f"frame.number in {{{', '.join(map(str, sorted(set(numbers))))}}} && (frame || dove.vnid)"


async def _dissect(path: Path, program: Path, chosen: str, custom: list[str]) -> list[DissectedPacket]:
    """Let pyshark run tshark to its end; a cancellation ends tshark first."""
    crash = _import_pyshark().capture.capture.TSharkCrashException
    capture = _import_pyshark().FileCapture(
        str(path),
        display_filter=chosen,
        use_json=True,
        include_raw=False,
        keep_packets=False,
        tshark_path=str(program),
        custom_parameters=custom,
        eventloop=asyncio.get_running_loop(),
    )
    found: list[DissectedPacket] = []
    try:
        await capture.packets_from_tshark(lambda packet: found.append(_converted(packet)))
    except crash:
        capture._running_processes.clear()  # it has ended; without this, pyshark would end it again, in a closed loop
    return found


def _in_own_thread(work: Coroutine[Any, Any, list[DissectedPacket]]) -> list[DissectedPacket]:
    """Run a coroutine in a loop and a thread of its own; whatever interrupts us cancels it, and waits for its end."""
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever, daemon=True)
    thread.start()
    future = asyncio.run_coroutine_threadsafe(work, loop)
    log = logging.getLogger("asyncio")
    log.addFilter(_is_news)
    try:
        return future.result()
    finally:
        log.removeFilter(_is_news)
        if not future.done():
            asyncio.run_coroutine_threadsafe(_cancel_all(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def _is_news(record: logging.LogRecord) -> bool:
    """False for a word of asyncio's about a process that pyshark has seen end before asyncio did."""
    return not record.getMessage().startswith("Unknown child process pid")


async def _cancel_all() -> None:
    tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _converted(packet: Any) -> DissectedPacket:  # noqa: ANN401  (pyshark has no types)
    """A packet of pyshark's as values of ours."""
    frame = dict(_fields(packet.frame_info))
    layers = [TsharkLayer("frame", tuple(frame.items()))]
    by_name = {layer.layer_name: [layer, *layer.duplicate_layers] for layer in packet.layers}
    seen: Counter[str] = Counter()
    order = frame.get("frame.protocols", "").split(":")
    for name in [*order, *(name for name in by_name if name not in (*order, _LUA_ARTEFACT))]:
        same = by_name.get(name, [])
        if seen[name] < len(same):
            layers.append(TsharkLayer(name, tuple(_fields(same[seen[name]]))))
            seen[name] += 1
    return DissectedPacket(int(packet.number), tuple(layers))


def _fields(layer: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401  (pyshark has no types)
    """The fields of a layer, those of sub-trees behind the field that they belong to."""
    yield from _flat(layer.layer_name, layer._all_fields or getattr(layer, "value", {}))  # public names are cut


def _flat(name: str, value: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401  (JSON)
    if isinstance(value, dict):
        for key, below in value.items():
            yield from _flat(key, below)
    elif isinstance(value, list):
        for each in value:
            yield from _flat(name, each)
    else:
        yield name, str(value)
