"""Comments of packets: read for a whole batch at once, and added to some of its frames."""

from __future__ import annotations

import numpy as np
from capture_strategies import Packet, interface, option, section
from hypothesis import given
from hypothesis import strategies as st
from second_opinion import stored, tshark
from test_pcapng_options import emit, lists, orders, runs_of

from dovetool.capture.batch import Batch
from dovetool.capture.pcapng import PcapngWriter, commented, distinct_comments
from dovetool.capture.reader import CaptureReader

Options = list[tuple[list[tuple[int, bytes]], bytes]]
COMMENT = 1


def batch_of(packets: Options, order: str) -> Batch:
    octets = section(order) + interface(order)
    octets += b"".join(Packet(b"frame", options=emit(*each, order), order=order).emit() for each in packets)
    with CaptureReader(stored(octets)) as reader:
        return next(block for block in reader if isinstance(block, Batch))


@given(orders, lists.filter(bool))
def test_the_comments_that_are_there(order: str, packets: Options) -> None:
    batch = batch_of(packets, order)
    expected = [
        tuple(value.decode(errors="replace") for code, value in found if code == COMMENT) for found, _ in packets
    ]
    if batch.annex is None:
        assert not any(expected)
        return
    found, which = distinct_comments(batch.annex)
    assert [found[number] for number in which.tolist()] == expected


@given(orders, lists.filter(bool), st.data())
def test_only_some_frames_get_a_comment(order: str, packets: Options, data: st.DataObject) -> None:
    which = data.draw(st.lists(st.integers(-1, 1), min_size=len(packets), max_size=len(packets)))
    said = commented(batch_of(packets, order), ["one", "zwölf"], np.array(which, np.int64))
    assert said.annex is not None
    texts = [b"one", "zwölf".encode()]
    expected = [
        emit([*found, (COMMENT, texts[index])], end if found else bytes(4), order) if index >= 0 else emit(*each, order)
        for each, index in zip(packets, which, strict=True)
        for found, end in [each]
    ]
    assert runs_of(said.annex) == expected


def test_tshark_reads_old_and_new_comments() -> None:
    packets: Options = [([(COMMENT, b"old"), (2, bytes(4))], bytes(4)), ([], b""), ([(COMMENT, b"alone")], b"")]
    out = bytearray()
    writer = PcapngWriter(out.extend)
    writer.write(commented(batch_of(packets, ">"), ["new"], np.array([0, 0, -1])))
    assert tshark(stored(bytes(out)), "frame.comment") == [("old,new",), ("new",), ("alone",)]
    assert option(COMMENT, b"new", ">") in out
