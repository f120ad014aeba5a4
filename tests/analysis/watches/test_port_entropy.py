"""Source ports of whole batches are those of single frames."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dovetool.analysis.watches.port_entropy import entropy_ports
from dovetool.frame.flow_hash import entropy_port, flow_fields

SPANS = st.lists(st.tuples(st.integers(0, 50), st.integers(1, 14)), min_size=1, max_size=3).map(tuple)


@given(frames=st.lists(st.binary(min_size=64, max_size=80), max_size=5), groups=st.lists(SPANS, max_size=3))
def test_a_batch_has_the_ports_of_its_frames(frames: list[bytes], groups: list[tuple[tuple[int, int], ...]]) -> None:
    fields = flow_fields(*groups)
    block = np.frombuffer(b"".join([*frames, bytes(256)]), np.uint8)
    sizes = np.array([len(frame) for frame in frames], np.int64)
    ports = entropy_ports(block, np.cumsum(sizes) - sizes, fields).tolist()
    assert ports == [entropy_port(frame, fields) for frame in frames]
