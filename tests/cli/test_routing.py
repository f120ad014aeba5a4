"""Captures of networks that tunnel end points route between, by the commands (RFC 9135)."""

# ruff: noqa: ANN401  (keyword arguments are handed on to functions that declare them)

from __future__ import annotations

import contextlib
import io
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from frames import eth, eth4, tagged, udp, underlay
from in_process import dovetool, validated
from plain_capture import read_capture, records, vxlan_of, write_frames
from routed_network import (
    BLUE,
    BLUE_IP,
    GATEWAY,
    IP4,
    IP6,
    L3,
    NOWHERE,
    R1,
    R2,
    RED,
    RED_GATEWAY,
    A,
    B,
    C,
    D,
    between,
    in_l3,
    routed_model,
    to_gateway,
)
from tshark_fields import GOOD, decoded

from dovetool import cli

PAYLOAD = udp(bytes(range(40)))


def map_file(folder: Path, **changes: Any) -> Path:
    path = folder / "map.json"
    path.write_text(json.dumps(routed_model(**changes)))
    return path


def found(folder: Path, frames: list[bytes], **changes: Any) -> dict[str, int]:
    """Kinds of what `validate` finds in a capture, with their counts."""
    record = validated(write_frames(folder / "seen.pcap", frames), map_file(folder, **changes))
    kinds: Counter[str] = Counter()
    for each in record["findings"]:
        kinds[each["reason"]] += each["count"]
    return dict(kinds)


def shown(*words: Any) -> Any:
    """What a command that looks prints as JSON."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        assert cli.run([*map(str, words), "--json"]) == 0
    return json.loads(said.getvalue())


class TestRun:
    """From VM to VM, with a capture of each hop."""

    @pytest.mark.parametrize("v6", [False, True], ids=["IPv4", "IPv6"])
    def test_symmetric(self, v6: bool, tmp_path: Path) -> None:
        ips = IP6 if v6 else IP4
        source = write_frames(tmp_path / "in.pcap", [to_gateway(A, ips[C])])
        dovetool("run", source, tmp_path / "out.pcap", "-m", map_file(tmp_path), "--taps", tmp_path / "taps")
        (sent,) = map(vxlan_of, read_capture(tmp_path / "taps/3-underlay.pcapng"))
        assert sent is not None
        assert (sent.vni, sent.inner[:12]) == (L3, R2 + R1)
        (got,) = read_capture(tmp_path / "out.pcap")
        assert got.octets[:12] == C + RED_GATEWAY
        ttl = "ipv6.hlim" if v6 else "ip.ttl"
        for path, at, expected in (("taps/3-underlay.pcapng", -1, "63"), ("out.pcap", 0, "62")):
            (row,) = decoded(tmp_path / path, ttl, "ip.checksum.status")
            assert row[ttl][at] == expected
            assert set(row["ip.checksum.status"]) <= {GOOD}

    def test_asymmetric(self, tmp_path: Path) -> None:
        source = write_frames(tmp_path / "in.pcap", [to_gateway(A, IP4[C]), to_gateway(C, IP4[A], gateway=RED_GATEWAY)])
        words = ("-m", map_file(tmp_path, l3vni=None), "--taps", tmp_path / "taps")
        dovetool("run", source, tmp_path / "out.pcap", *words)
        sent = [vxlan_of(frame) for frame in read_capture(tmp_path / "taps/3-underlay.pcapng")]
        assert [(each.vni, each.inner[:12]) for each in sent if each is not None] == [
            (RED, C + RED_GATEWAY),
            (BLUE, A + GATEWAY),
        ]
        rows = decoded(tmp_path / "out.pcap", "ip.ttl", "ip.checksum.status")
        assert [(row["ip.ttl"], row["ip.checksum.status"]) for row in rows] == [(["63"], [GOOD])] * 2

    @pytest.mark.parametrize("l3vni", [L3, None])
    def test_every_hop_obeys_the_map(self, l3vni: int | None, tmp_path: Path) -> None:
        """And the gateways themselves, which speak at every hop too."""
        frames = [
            *(to_gateway(A, ip) for ip in (IP4[B], IP4[C], IP4[D], IP6[C])),
            *(to_gateway(C, ip, gateway=RED_GATEWAY) for ip in (IP4[A], IP6[A], IP4[D])),
            eth4(dst=B, src=A, src_ip=IP4[A], dst_ip=IP4[B]),
        ]
        source, words = write_frames(tmp_path / "in.pcap", frames), ("-m", map_file(tmp_path, l3vni=l3vni))
        dovetool("run", source, tmp_path / "out.pcap", *words, "--taps", tmp_path / "taps", "--enforce")
        for tap in sorted((tmp_path / "taps").iterdir()):
            record = validated(tap, tmp_path / "map.json")
            assert (tap.stem, record["findings"]) == (tap.stem, [])
            assert read_capture(tap)

    def test_through_a_gateway_between_encapsulations(self, tmp_path: Path) -> None:
        """It sends on in the L3 VNI what it is not to route, as it came."""
        gateway = {"ip": "192.0.2.9", "mac": "02:00:00:00:01:09", "encap": ["vxlan", "geneve"], "gateway": True}
        words = ("-m", map_file(tmp_path, teps={"t1": {"encap": ["geneve"]}, "g": gateway}))
        source = write_frames(tmp_path / "in.pcap", [to_gateway(A, IP4[C])])
        dovetool("run", source, tmp_path / "out.pcap", *words, "--taps", tmp_path / "taps", "--enforce")
        (tagged_frame,) = read_capture(tmp_path / "taps/2-tagged.pcapng")
        (at_gateway,) = read_capture(tmp_path / "taps/4-gateway.pcapng")
        assert at_gateway.octets == tagged_frame.octets
        (sent,) = map(vxlan_of, read_capture(tmp_path / "taps/5-underlay.pcapng"))
        assert sent is not None
        assert (sent.vni, sent.inner[:12]) == (L3, R2 + R1)
        (got,) = decoded(tmp_path / "out.pcap", "ip.ttl", "eth.dst")
        assert got == {"ip.ttl": ["62"], "eth.dst": [C.hex(":")]}

    @pytest.mark.parametrize("l3vni", [L3, None])
    def test_split_knows_the_vms_behind_routers(self, l3vni: int | None, tmp_path: Path) -> None:
        source, words = (
            write_frames(tmp_path / "in.pcap", [to_gateway(A, IP4[C])]),
            ("-m", map_file(tmp_path, l3vni=l3vni)),
        )
        dovetool("run", source, tmp_path / "out.pcap", *words, "--taps", tmp_path / "taps")
        for tap in sorted((tmp_path / "taps").iterdir()):
            if tap.stem == "5-delivered":
                continue  # without a network, the gateway's address tells nothing of the sender
            dovetool("split", tap, tmp_path / tap.stem, "--by", "vm", *words)
            assert sorted(path.stem for path in (tmp_path / tap.stem).iterdir()) == ["a", "c"], tap.stem

    def test_rejects(self, tmp_path: Path) -> None:
        """A second router may be one too many."""
        frames = [to_gateway(A, IP4[C], ttl=ttl) for ttl in (1, 2, 3)] + [to_gateway(A, NOWHERE)]
        source, words = write_frames(tmp_path / "in.pcap", frames), ("-m", map_file(tmp_path))
        summary = dovetool("run", source, tmp_path / "out.pcap", *words, "--rejects", tmp_path / "rejects.pcapng")
        assert summary["rejected"] == {"ttl-exceeded": 2, "no-route": 1}
        assert [row["ip.ttl"] for row in decoded(tmp_path / "out.pcap", "ip.ttl")] == [["1"]]
        assert len(records(tmp_path / "rejects.pcapng")) == 3


ARP = bytes.fromhex("0001080006040002")


class TestValidate:
    """What breaks the map in routed frames, and what does not."""

    def test_routed_and_bridged_and_gateways_own(self, tmp_path: Path) -> None:
        frames = [
            in_l3(between()),
            in_l3(between(IP6[A], IP6[C])),
            in_l3(between(BLUE_IP)),
            underlay(eth4(dst=B, src=A, src_ip=IP4[A], dst_ip=IP4[B]), BLUE),
            underlay(eth(b"\xff" * 6, GATEWAY, 0x0806, ARP + GATEWAY + BLUE_IP + bytes(6) + IP4[B]), BLUE),
            underlay(eth4(dst=B, src=GATEWAY, src_ip=BLUE_IP, dst_ip=IP4[B]), BLUE),
            underlay(eth4(dst=bytes.fromhex("01005e000001"), src=GATEWAY, src_ip=bytes(4), dst_ip=b"\xe0\0\0\1"), BLUE),
            underlay(eth4(dst=C, src=R1, src_ip=IP4[A], dst_ip=IP4[C]), RED),
            underlay(eth(b"\xff" * 6, R1, 0x0806, ARP + R1 + bytes((10, 1, 0, 251)) + bytes(6) + IP4[B]), BLUE),
            eth4(dst=C, src=R2, src_ip=IP4[A], dst_ip=IP4[C]),
            to_gateway(A, IP4[C]),
            eth(GATEWAY, A, 0x0806, ARP + A + IP4[A] + GATEWAY + BLUE_IP),
            eth4(dst=C, src=RED_GATEWAY, src_ip=IP4[A], dst_ip=IP4[C]),
        ]
        assert found(tmp_path, frames) == {}

    @pytest.mark.parametrize(
        ("frame", "kind"),
        [
            (in_l3(between(src=b"\2" * 6)), "unknown-router"),
            (in_l3(between(dst=R1)), "unknown-router"),
            (in_l3(between(src=R2)), "source-spoofed"),
            (in_l3(between(NOWHERE)), "unknown-source"),
            (in_l3(between(IP4[C])), "wrong-tep"),
            (in_l3(between(dst_ip=IP4[D])), "wrong-tep"),
            (in_l3(between(dst_ip=NOWHERE)), "no-route"),
            (in_l3(between(ttl=1)), "ttl-exceeded"),
            (in_l3(between(), src=3), "vnid-not-on-tep"),
            (in_l3(between(src=bytes.fromhex("020000000f03")), src=3), "vnid-not-on-tep"),
            (tagged(between(src=b"\2" * 6), L3), "unknown-router"),
            (to_gateway(A, IP4[C], ttl=1), "ttl-exceeded"),
            (to_gateway(A, NOWHERE), "no-route"),
            (underlay(eth4(dst=C, src=RED_GATEWAY, src_ip=NOWHERE, dst_ip=IP4[C]), RED), "unknown-source"),
            (underlay(eth4(dst=C, src=RED_GATEWAY, src_ip=IP4[B], dst_ip=IP4[C]), RED), "wrong-tep"),
            (underlay(eth4(dst=C, src=R2, src_ip=IP4[A], dst_ip=IP4[C]), RED), "source-spoofed"),
            (underlay(eth(C, RED_GATEWAY, 0x0806, ARP + RED_GATEWAY + IP4[D] + C + IP4[C]), RED), "source-spoofed"),
            (underlay(eth(B, A, 0x0806, ARP + A + BLUE_IP + B + IP4[B]), BLUE), "source-spoofed"),
            (underlay(eth(B, GATEWAY, 0x0806, ARP + A + BLUE_IP + B + IP4[B]), BLUE), "source-spoofed"),
            (underlay(eth(B, GATEWAY, 0x0806, ARP + GATEWAY + NOWHERE + B + IP4[B]), BLUE), "unlisted-address"),
        ],
        ids=lambda value: value if isinstance(value, str) else "",
    )
    def test_found(self, frame: bytes, kind: str, tmp_path: Path) -> None:
        assert found(tmp_path, [frame]) == {kind: 1}

    def test_gateway_s_address_at_every_tep_is_no_duplicate(self, tmp_path: Path) -> None:
        arp = eth(b"\xff" * 6, GATEWAY, 0x0806, ARP + GATEWAY + BLUE_IP + bytes(6) + IP4[B])
        frames = [underlay(arp, BLUE, src=src, dst=dst) for src, dst in ((1, 2), (2, 1)) * 3]
        assert found(tmp_path, frames) == {}

    def test_around_a_move(self, tmp_path: Path) -> None:
        """A packet routed to, or from, where its VM has been is late, or was in flight."""
        moved = "2027-01-15T07:59:59.5Z"
        at = [{"port": "s2/q", "until": moved}, {"port": "s1/q", "from": moved}]
        frames = [in_l3(between()), in_l3(between(IP4[C], IP4[A], src=R2, dst=R1), src=2, dst=1)]
        assert found(tmp_path, frames, vms={"c": {"at": at}}) == {"in-flight": 2}
        long_ago = "2027-01-15T07:59:50Z"
        at = [{"port": "s2/q", "until": long_ago}, {"port": "s1/q", "from": long_ago}]
        assert found(tmp_path, frames, vms={"c": {"at": at}}) == {"late-frame": 2}


class TestLooking:
    """What `trace` and `inspect` show of a routed packet."""

    def test_trace_tells_each_route(self, tmp_path: Path) -> None:
        source = write_frames(tmp_path / "in.pcap", [to_gateway(A, IP4[C])])
        record = shown("trace", source, "--frame", 1, "-m", map_file(tmp_path))
        asked = [
            (step["stage"], each["question"], each["answer"])
            for step in record["steps"]
            for each in step["lookups"]
            if each["table"] in ("route", "teps_by_router_mac")
        ]
        route = ("route to 10.2.0.3 in VRF tenant", "c at s2/q (red, t2)")
        assert asked[:2] == [("tag", *route), ("encap", "router 02:00:00:00:0f:02", "t2")]
        assert ("decap", *route) in asked
        assert [step["decision"].count("a TTL of one less") for step in record["steps"]] == [1, 0, 1, 0]

    def test_inspect_names_the_vms_behind_the_routers(self, tmp_path: Path) -> None:
        source = write_frames(tmp_path / "in.pcap", [in_l3(between()), underlay(between(src=RED_GATEWAY, dst=C), RED)])
        rows = shown("inspect", source, "-m", map_file(tmp_path))
        assert [(row["src_vm"], row["dst_vm"], row["verdict"]) for row in rows] == [("a", "c", [])] * 2
