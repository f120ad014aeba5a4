"""Sequences that grow, and captures whose sections describe very many interfaces."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_process import dovetool
from cli_traffic import PCAPNG_HEAD, block
from hypothesis import given
from hypothesis import strategies as st

from dovetool.capture.batch import Batch
from dovetool.capture.growing import Grown, followed, grown
from dovetool.capture.reader import CaptureReader
from dovetool.errors import CorruptCaptureError

MANY = 100_000


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 20), st.integers()), max_size=40))
def test_each_stays_what_it_is(steps: list[tuple[bool, int, int]]) -> None:
    """Whatever is made of it, and in whatever order."""
    made: list[tuple[tuple[int, ...], Grown[int]]] = [((), Grown([], 0))]
    for is_tail, which, item in steps:
        plain, sequence = made[which % len(made)]
        longer = followed(sequence, [item]) if is_tail else grown(sequence, item)
        assert isinstance(longer, Grown)
        made.append(((*plain, item), longer))
    for plain, sequence in made:
        assert sequence == plain
        assert [sequence[at] for at in range(-len(plain), len(plain))] == [*plain, *plain]
        assert sequence[1:3] == list(plain[1:3])
        for beyond in (len(plain), -len(plain) - 1):
            with pytest.raises(IndexError):
                sequence[beyond]


def test_of_a_plain_sequence_it_is_a_copy() -> None:
    plain = [1, 2]
    assert grown(plain, 3) == [1, 2, 3]
    assert (followed((1, 2), [3]), plain) == ((1, 2, 3), [1, 2])


def interface(number: int) -> bytes:
    """An interface with a name, in nanoseconds each third time."""
    name = b"%08d" % number
    told = struct.pack("<HH", 2, 8) + name + struct.pack("<HHB3x", 9, 1, 6 + number % 3) + bytes(4)
    return block(1, struct.pack("<HHI", 1, 0, 0) + told)


def packet(number: int) -> bytes:
    return block(6, struct.pack("<IIIII", number, 0, number, 20, 20) + number.to_bytes(20, "big"))


def seen(path: Path) -> Iterator[tuple[str, int]]:
    """The interface of each frame, and its number."""
    with CaptureReader(path) as reader:
        for batch in reader:
            if isinstance(batch, Batch):
                for row, at in enumerate(batch.interface.tolist()):
                    yield batch.interfaces[at].name, int.from_bytes(batch.frame(row), "big")


def test_very_many_interfaces(tmp_path: Path) -> None:
    """All of them are described first, or each just before its one frame."""
    path = tmp_path / "in.pcapng"
    many, few = range(1, MANY), range(1, MANY // 5)
    path.write_bytes(PCAPNG_HEAD + b"".join(map(interface, many)) + b"".join(map(packet, many)))
    assert [name for name, _ in seen(path)] == [f"{number:08d}" for number in many]
    path.write_bytes(PCAPNG_HEAD + b"".join(interface(number) + packet(number) for number in few))
    assert [name for name, _ in seen(path)] == [f"{number:08d}" for number in few]


def test_a_section_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """More interfaces than anybody has end it as damage does; the next section counts anew."""
    monkeypatch.setattr("dovetool.capture.pcapng_reader._MOST_INTERFACES", 3)
    section = PCAPNG_HEAD + interface(1) + interface(2) + packet(2)
    path = tmp_path / "in.pcapng"
    path.write_bytes(section * 2 + interface(3) + packet(2))
    found = seen(path)
    assert [next(found), next(found)] == [("00000002", 2)] * 2
    with pytest.raises(CorruptCaptureError, match="more than 3 interfaces"):
        next(found)


def test_from_file_to_file(tmp_path: Path) -> None:
    """Interfaces that come one by one, and those of another file among them, keep their frames."""
    paths = [tmp_path / "a.pcapng", tmp_path / "b.pcapng"]
    numbers = range(1, 400)
    for path in paths:
        path.write_bytes(PCAPNG_HEAD + b"".join(interface(number) + packet(number) for number in numbers))
    ended = dovetool("strip", *paths, tmp_path / "out.pcapng", "--summary", "none")
    assert (ended.code, ended.stderr) == (0, "")
    assert sorted(seen(tmp_path / "out.pcapng")) == sorted(
        (f"{number:08d} {path.name}", number) for path in paths for number in numbers
    )
