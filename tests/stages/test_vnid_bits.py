"""Networks that are told by some bits of their VNIDs, and one whose VNIDs are identities."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path
from typing import Any

import pytest
from frames import A1, A2, eth, ipv4, tagged, udp, underlay
from in_process import dovetool, validated
from plain_capture import read_capture, write_frames
from small_network import network_map, network_map_file, outcome, port, through, vnid_of

from dovetool import cli
from dovetool.stages.decap import Decap
from dovetool.stages.encap import Encap
from dovetool.stages.switch import Tag
from dovetool.stages.untag import Untag
from dovetool.verdict.reasons import Reason

PACKED: dict[str, Any] = {"networks": {"blue": {"vnid": {"value": 1, "mask": 0xFFF}}}}
IDENTITIES: dict[str, Any] = {"networks": {"blue": {"vnid": "any", "identities": {"12345": "shop/web"}}}}
THERE, BACK = 2 << 12 | 1, 1 << 12 | 1
A1_TO_A2 = eth(A2, A1, 0x0800, ipv4(udp()))
A2_TO_A1 = eth(A1, A2, 0x0800, ipv4(udp(src_port=2000, dst_port=1000), src_ip=b"\x0a\0\0\2", dst_ip=b"\x0a\0\0\1"))


def capture(folder: Path, there: int, back: int) -> Path:
    """A request and its reply, each with a VNID of its own."""
    return write_frames(folder / "underlay.pcap", [underlay(A1_TO_A2, there), underlay(A2_TO_A1, back, src=2, dst=1)])


def said(*words: str | Path) -> Any:  # noqa: ANN401  (whatever the command's JSON is)
    text = io.StringIO()
    with contextlib.redirect_stdout(text):
        assert cli.run([*map(str, words)]) == 0
    return json.loads(text.getvalue())


@pytest.mark.parametrize(("changes", "vnids"), [(PACKED, (THERE, BACK)), (IDENTITIES, (12345, 2))])
def test_frames_with_any_of_them_are_the_networks(
    changes: dict[str, Any], vnids: tuple[int, int], tmp_path: Path
) -> None:
    """From the underlay to the VMs, the VNID stays what it was: in the tag, and in the next tunnel."""
    map_file = network_map_file(tmp_path / "map.json", **changes)
    source = capture(tmp_path, *vnids)
    assert validated(source, map_file)["findings"] == []
    summary = dovetool("decap", source, tmp_path / "tagged.pcap", "-m", map_file)
    assert (summary["forwarded"], summary["notes"]) == (2, {})
    assert [vnid_of(frame.octets) for frame in read_capture(tmp_path / "tagged.pcap")] == [*vnids]
    dovetool("untag", tmp_path / "tagged.pcap", tmp_path / "out.pcap", "-m", map_file, "--split", tmp_path / "vms")
    assert [frame.octets for frame in read_capture(tmp_path / "out.pcap")] == [A1_TO_A2, A2_TO_A1]
    assert sorted(path.stem for path in (tmp_path / "vms").iterdir()) == ["a1", "a2"]


@pytest.mark.parametrize(("changes", "vnids", "vnid"), [(PACKED, (THERE, BACK), 1), (IDENTITIES, (12345, 2), None)])
def test_requests_and_replies_are_one_conversation(
    changes: dict[str, Any], vnids: tuple[int, int], vnid: int | None, tmp_path: Path
) -> None:
    map_file = network_map_file(tmp_path / "map.json", **changes)
    (group,) = said("stats", capture(tmp_path, *vnids), "-m", map_file, "--by", "conversation", "--json")["groups"]
    assert (group["vnid"], group["network"], group["vm_a"], group["vm_b"]) == (vnid, "blue", "a1", "a2")


@pytest.mark.parametrize(
    ("changes", "vnids", "networks"),
    [
        (PACKED, (THERE, BACK), {(1, "blue"): 2}),
        (IDENTITIES, (12345, 2), {(12345, "shop/web"): 1, (2, "blue"): 1}),
    ],
)
def test_networks_are_told_and_chosen_by_name(
    changes: dict[str, Any], vnids: tuple[int, int], networks: dict[tuple[int, str], int], tmp_path: Path
) -> None:
    """Packed ones are one network; identities have the names of those that they are of."""
    map_file, source = network_map_file(tmp_path / "map.json", **changes), capture(tmp_path, *vnids)
    groups = said("stats", source, "-m", map_file, "--by", "vnid", "--json")["groups"]
    assert {(group["vnid"], group["network"]): group["frames"] for group in groups} == networks
    (_, name), frames = next(iter(networks.items()))
    assert len(said("inspect", source, "-m", map_file, "--vnid", name, "--json")) == frames


def test_the_network_is_the_same_in_both_stages() -> None:
    vnid_map = network_map(**PACKED)
    sent = through(Tag(vnid_map, port(vnid_map, "sw1/p1")), A1_TO_A2)
    assert vnid_of(sent) == 1
    assert through(Encap(vnid_map), tagged(A1_TO_A2, THERE))[46:49] == THERE.to_bytes(3, "big")
    assert outcome(Decap(vnid_map), underlay(A1_TO_A2, 2 << 12 | 2)) is Reason.UNKNOWN_VNID


def test_nothing_tells_the_identity_of_a_frame_that_comes_in() -> None:
    vnid_map = network_map(**IDENTITIES)
    assert outcome(Tag(vnid_map, port(vnid_map, "sw1/p1")), A1_TO_A2) is Reason.UNKNOWN_VNID
    assert through(Untag(vnid_map), tagged(A1_TO_A2, 12345)) == A1_TO_A2
