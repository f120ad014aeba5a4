"""The numbers of portraits are those of `stats` and `validate`, and tshark's."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from overlay_expectations import expected, names
from portraits import portrait_of, summed, validated
from tenant_traffic import BEGIN_S, MOVED_S, TENANTS, packets, write_map, write_tenants

from dovetool.analysis.frame_selection import Window
from dovetool.portrait.portrait import Portrait

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
UNDERLAY, MAP = SAMPLES / "demo" / "taps" / "3-underlay.pcapng", SAMPLES / "demo" / "map.yaml"
MIXED = SAMPLES / "strip-mixed" / "in.pcap"
COUNT = 3000


@pytest.fixture(scope="module")
def tenants(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("tenants")
    write_tenants(folder / "in.pcap", COUNT)
    return folder / "in.pcap", write_map(folder / "map.yaml")


def check(portrait: Portrait, capture: Path, *words: str | Path) -> None:
    """Each sum is that of `stats`."""
    by_vnid = summed(capture, *words, "--by", "vnid")
    traffic = portrait.traffic
    assert (traffic.total.frames, traffic.total.octets) == (by_vnid["frames"], by_vnid["octets"])
    assert traffic.overhead == by_vnid["overhead"]
    assert {
        (each.vnid, each.name or None): (each.amount.frames, each.amount.octets, each.overhead, each.first_ns)
        for each in traffic.networks
    } == {
        (group["vnid"], group["network"]): tuple(group[key] for key in ("frames", "octets", "overhead", "first_ns"))
        for group in by_vnid["groups"]
    }
    by_pair = summed(capture, *words, "--by", "vnid,pair")["groups"]
    assert Counter(
        {
            (each.vnid, each.src.name or None, each.src.address, each.dst.address, each.encap): each.amount.frames
            for each in portrait.tep_talks.rows
        }
    ) == Counter(
        {
            (group["vnid"], group["src_tep"], group["src"], group["dst"], group["encap"]): group["frames"]
            for group in by_pair
            if group["src"] is not None
        }
    )
    assert sum(sum(series.octets) for series in portrait.rates.series) == by_vnid["octets"]
    assert sum(sum(series.frames) for series in portrait.rates.series) == by_vnid["frames"]


@pytest.mark.parametrize("words", [(), ("-m", MAP)], ids=["bare", "map"])
def test_sums_are_those_of_stats(words: tuple[str | Path, ...]) -> None:
    check(portrait_of(UNDERLAY, map_file=MAP if words else None), UNDERLAY, *words)


def test_sums_of_a_mixture_are_those_of_stats() -> None:
    check(portrait_of(MIXED), MIXED)


def test_sums_of_tenants(tenants: tuple[Path, Path]) -> None:
    capture, map_file = tenants
    portrait = portrait_of(capture, map_file=map_file)
    check(portrait, capture, "-m", map_file)
    sent = Counter(packet.vnid for packet in packets(COUNT))
    assert {each.vnid: each.amount.frames for each in portrait.traffic.networks} == sent
    lengths = [packet.inner_len - 14 for packet in packets(COUNT)]
    assert portrait.sizes.longest_tenant == max(lengths)
    assert portrait.sizes.longest_underlay == max(lengths) + 50
    for fit in portrait.sizes.fits:
        assert fit.tenant == sum(length > fit.mtu for length in lengths)
        assert fit.underlay == sum(length + 50 > fit.mtu for length in lengths)
    assert sum(each.tenant for each in portrait.sizes.classes) == len(lengths)
    assert portrait.traffic.cut == sum(length + 14 + 50 > 160 for length in lengths)


def test_source_ports_are_those_of_stats(tenants: tuple[Path, Path]) -> None:
    capture, map_file = tenants
    ports = portrait_of(capture, map_file=map_file).ports
    groups = summed(capture, "-m", map_file, "--by", "pair")["groups"]
    assert {(use.src.label, use.dst.label): (use.frames, use.ports, round(use.evenness, 4)) for use in ports.uses} == {
        (group["src_tep"], group["dst_tep"]): (group["frames"], group["source_ports"], group["evenness"])
        for group in groups
    }
    used = Counter(packet.src_port for packet in packets(COUNT))
    assert (ports.frames, ports.ports) == (used.total(), len(used))
    assert sum(ports.histograms[0][1]) == used.total()


def test_vms_and_their_matrices_add_up(tenants: tuple[Path, Path]) -> None:
    capture, map_file = tenants
    portrait = portrait_of(capture, map_file=map_file)
    sent = Counter((packet.vnid, packet.src_vm, packet.dst_vm) for packet in packets(COUNT))
    network_of = {vnid: name for name, vnid in TENANTS.items()}
    assert {(each.src.name, each.dst.name): each.amount.frames for each in portrait.vm_talks.rows} == {
        (f"{network_of[vnid]}-{src}", f"{network_of[vnid]}-{dst}"): frames for (vnid, src, dst), frames in sent.items()
    }
    for talks in (portrait.tep_talks, portrait.vm_talks):
        by_network = {each.label: each.amount.octets for each in portrait.traffic.networks}
        by_network["all networks"] = portrait.traffic.total.octets
        for matrix in talks.matrices:
            assert sum(amount.octets for *_, amount in matrix.cells) == by_network[matrix.network]


@pytest.mark.parametrize(("capture", "map_file"), [(UNDERLAY, MAP), (UNDERLAY, None), (MIXED, None)])
def test_findings_are_those_of_validate(capture: Path, map_file: Path | None) -> None:
    found = {
        (fault.reason, fault.text): (fault.severity, fault.frames, [number for _, number in fault.places], fault.basis)
        for fault in portrait_of(capture, map_file=map_file).faults
    }
    words = ("-m", map_file) if map_file is not None else ()
    assert found == {
        (each["reason"], each["text"]): (each["severity"], each["count"], each["frames"], each["source"])
        for each in validated(capture, *words)
    }


def test_who_moved_and_what_the_map_says(tenants: tuple[Path, Path]) -> None:
    """blue-0 moves, of which the map knows nothing; and it has red-3 elsewhere."""
    portrait = portrait_of(tenants[0], map_file=tenants[1])
    (mover,) = portrait.moves.movers
    assert (mover.vm.name, mover.network, [place.tep for place in mover.seen]) == ("blue-0", "blue", ["leaf1", "leaf5"])
    moved_ns = (BEGIN_S + MOVED_S) * 10**9
    assert mover.seen[0].last_ns is not None
    assert mover.seen[1].first_ns is not None
    assert mover.seen[0].last_ns < moved_ns <= mover.seen[1].first_ns
    assert [(place.tep, place.first_ns, place.last_ns) for place in mover.said] == [("leaf1", None, None)]
    assert portrait.maps.counts == {"seen elsewhere": 2}
    assert {(each.name, each.said, each.seen.partition(" ")[0]) for each in portrait.maps.discords} == {
        ("blue-0", "leaf1 (sw1/blue)", "leaf1"),
        ("red-3", "leaf9 (sw9/red)", "leaf2"),
    }
    assert portrait.maps.seen == portrait.maps.said == {"networks": 6, "teps": 10, "vms": 48}


def test_a_move_that_the_map_has() -> None:
    folder = SAMPLES / "migration"
    portrait = portrait_of(folder / "taps" / "3-underlay.pcapng", map_file=folder / "map.yaml")
    (mover,) = portrait.moves.movers
    assert mover.vm.name == "blue-a"
    assert [place.tep for place in mover.seen] == [place.tep for place in mover.said] == ["tep1", "tep2"]


def test_of_what_was_not_chosen_there_is_nothing(tenants: tuple[Path, Path]) -> None:
    """A report for one tenant tells nothing of the others; numbers of frames are those of the capture."""
    capture, map_file = tenants
    portrait = portrait_of(capture, map_file=map_file, vnids=["blue"])
    check(portrait, capture, "-m", map_file, "--vnid", "blue")
    assert [each.label for each in portrait.traffic.networks] == ["blue"]
    assert {fault.text.partition("(")[2].partition(")")[0] for fault in portrait.faults} == {"blue"}
    whole = {fault.text: fault for fault in portrait_of(capture, map_file=map_file).faults}
    assert portrait.faults
    for fault in portrait.faults:
        assert fault.places == whole[fault.text].places
    assert [each.name for each in portrait.maps.networks] == ["blue"]
    assert portrait.selection == "--vnids blue"


def test_a_window_is_looked_at_alone(tenants: tuple[Path, Path]) -> None:
    portrait = portrait_of(tenants[0], map_file=tenants[1], window=Window(((11, 20),)))
    assert portrait.traffic.total.frames == 10
    assert portrait.maps.seen["vms"] <= 20


def test_several_captures_add_up(tenants: tuple[Path, Path]) -> None:
    once, twice = portrait_of(tenants[0]), portrait_of(tenants[0], tenants[0])
    assert twice.traffic.total == once.traffic.total.plus(once.traffic.total)
    assert twice.captures.names == [str(tenants[0])] * 2


@pytest.mark.parametrize("in_time_order", [True, False])
def test_findings_of_several_captures_name_files_as_validate_does(*, in_time_order: bool) -> None:
    captures = (UNDERLAY, MIXED, SAMPLES / "migration" / "taps" / "3-underlay.pcapng")
    portrait = portrait_of(*captures, map_file=MAP, in_time_order=in_time_order)
    words = () if in_time_order else ("--no-merge",)
    assert {(fault.text, fault.frames, *fault.places) for fault in portrait.faults} == {
        (each["text"], each["count"], *zip(each["files"], each["frames"], strict=True))
        for each in validated(*captures, "-m", MAP, *words)
    }
    check(portrait, *captures, "-m", MAP, *words)


def test_captures_of_other_projects(corpus: Path) -> None:
    """Outermost tunnels are tshark's, where it and dovetool look into the same; all else is that of stats."""
    for name in names(corpus):
        portrait = portrait_of(corpus / name)
        check(portrait, corpus / name)
        talks = {(each.src.address, each.dst.address) for each in portrait.tep_talks.rows}
        headers = [row for row in expected(corpus, name) if row.level == 1 and row.encap in ("vxlan", "geneve")]
        assert {(row.outer_src, row.outer_dst) for row in headers} <= talks, name
        if headers and len(headers) == portrait.traffic.total.frames:
            sent = Counter((row.outer_src, row.outer_dst) for row in headers)
            seen: Counter[tuple[str, str]] = Counter()
            for each in portrait.tep_talks.rows:
                seen[each.src.address, each.dst.address] += each.amount.frames
            assert seen == sent, name


def test_too_many_senders(tenants: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """What nothing was learnt of is counted, and then nothing of the map is said to be missing; sums stay whole."""
    monkeypatch.setattr("dovetool.portrait.sitting._MOST_SENDERS", 10)
    once = portrait_of(tenants[0], tenants[0], map_file=tenants[1])
    assert once.maps.beyond > 0
    assert "not seen" not in once.maps.counts
    assert once.traffic.total.frames == 2 * summed(tenants[0])["frames"]
