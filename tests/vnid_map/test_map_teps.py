"""What the values of one TEP may not say together, and what two TEPs of one underlay may not share."""

from __future__ import annotations

import pytest

from dovetool.errors import MapError
from dovetool.vnid_map import Tep, VnidMap
from dovetool.vnid_map.file.load import parse

BEFORE = "version: 1\nteps:\n"
IP_TEP = '  a: {ip: 192.0.2.1, mac: "02:00:00:00:01:01", encap: [vxlan, nvgre]'
L2_TEP = '  b: {mac: "02:00:00:00:01:02", encap: [pbb], underlay: l2'
BOTH_TEP = '  g: {ip: 192.0.2.9, mac: "02:00:00:00:01:09", encap: [vxlan, pbb], underlay: both'
ONLY_L2 = "expected 'pbb' (an l2 underlay carries pbb only)"
NOT_UDP = "expected 'vxlan', 'vxlan-gpe' or 'geneve' (no other encapsulation is carried in UDP)"


def problems_of(*lines: str) -> list[str]:
    """Return what is wrong with TEPs, of which the first stands in line 3, each with its place in the file."""
    try:
        parse((BEFORE + "\n".join(lines)).encode(), "map")
    except MapError as error:
        return [line.removeprefix("map:") for line in error.problems]
    return []


def column(text: str, part: str) -> int:
    """Return the column at which the last such part of a line begins."""
    return text.rindex(part) + 1


def compiled(*lines: str) -> VnidMap:
    """Return the map of these TEPs, as the stages see it."""
    return VnidMap.from_model(parse((BEFORE + "\n".join(lines)).encode(), "map"))


@pytest.mark.parametrize(
    ("line", "at", "text"),
    [
        (f"{L2_TEP}, ip: 192.0.2.2}}", "192", "192.0.2.2; expected no IP address, as the underlay is l2 (leave the ke"),
        (f"{BOTH_TEP}}}", "both", "'both'; expected 'ip' or 'l2' (both needs gateway: true)"),
        (f"{BOTH_TEP}, gateway: false}}", "both", "'both'; expected 'ip' or 'l2' (both needs gateway: true)"),
        (f"{L2_TEP}}}".replace("pbb", "vxlan"), "vxlan", f"'vxlan'; {ONLY_L2}"),
        (f"{L2_TEP}}}".replace("pbb", "pbb, stt"), "stt", f"'stt'; {ONLY_L2}"),
        (
            f"{IP_TEP}}}".replace("nvgre", "pbb"),
            "pbb",
            "'pbb'; expected an encapsulation that IP carries (pbb needs underlay: l2, or both on a gateway)",
        ),
        (
            f"{IP_TEP}, guest_vlan: keep}}",
            "keep",
            "'keep'; expected 'strip' or 'reject', as nvgre forbids an inner 802.1Q tag (RFC 7637 section 3.3)",
        ),
        (
            f"{L2_TEP}, on_mtu: fragment}}",
            "fragment",
            "'fragment'; expected 'reject' or 'emit' (an l2 underlay has no fragments)",
        ),
        (f"{IP_TEP}, ports: {{vxlan: 8472, nvgre: 47}}}}", "nvgre: 47", f"'nvgre'; {NOT_UDP}"),
        (f"{BOTH_TEP}, gateway: true, ports: {{pbb: 1}}}}", "pbb: 1", f"'pbb'; {NOT_UDP}"),
        (f"{L2_TEP.replace('l2', 'L2')}}}", "L2", "'L2'; expected 'ip', 'l2' or 'both'"),
        (f"{IP_TEP}, gateway: yes}}", "yes", "'yes'; expected true or false"),
        (f"{IP_TEP}, geneve_priority: 1}}", "1", "the number 1; expected true or false"),
        (
            f"{IP_TEP}, geneve_options: [any, 128]}}",
            "128",
            "the number 128; expected a critical option as CLASS:TYPE, such as '0xffff:0x80', or 'any'",
        ),
        (f"{IP_TEP}, geneve_options: 0xffff}}", "0xffff", "the number 65535; expected a list"),
        (
            f'{IP_TEP}, geneve_options: ["0xffff:0x80", "0x102:0x01"]}}',
            '"0x102',
            "'0x102:0x01'; expected a critical option, of a type from 0x80 to 0xff (others need no permission)",
        ),
        (f"{IP_TEP}, guest_vlan: drop}}", "drop", "'drop'; expected 'strip', 'keep' or 'reject'"),
        (f"{IP_TEP}, on_mtu: drop}}", "drop", "'drop'; expected 'reject', 'fragment' or 'emit'"),
        (f"{IP_TEP}}}".replace("192.0.2.1", "null"), "null", "nothing; expected an IPv4 or IPv6 address"),
    ],
)
def test_what_one_tep_may_not_say(line: str, at: str, text: str) -> None:
    (found,) = problems_of(line)
    assert found.startswith(f"3:{column(line, at)}: found {text}")


@pytest.mark.parametrize("more", ["", ", underlay: ip", ", underlay: both, gateway: true"])
def test_a_tep_on_an_ip_underlay_has_an_ip(more: str) -> None:
    line = f'  a: {{mac: "02:00:00:00:01:01", encap: [vxlan]{more}}}'
    assert problems_of(line) == [
        "3:3: found a TEP without the key 'ip'; expected one (only underlay: l2 goes without)",
    ]


def test_all_mistakes_of_teps_are_reported_at_once() -> None:
    """Those of one value do not hide those that take two, and a value that cannot be read counts for nothing."""
    lines = (
        '  a: {mac: "02:00:00:00:01:0", encap: [nvgre, vxlan], guest_vlan: keep}',
        '  b: {mac: "02:00:00:00:01:02", encap: [ppb], underlay: l2, on_mtu: fragment, ip: 192.0.2.300}',
        '  c: {ip: 192.0.2.3, mac: "02:00:00:00:01:02", encap: [pbb, vxlan], underlay: both, gateway: 1}',
        '  d: {ip: 192.0.2.4, mac: "02:00:00:00:01:04", encap: [pbb], ttl: 0}',
        '  e: {mac: "02:00:00:00:01:05", encap: [pbb], underlay: l3}',
        '  f: {mac: "03:00:00:00:01:06", encap: [pbb], underlay: l2}',
        '  g: {mac: "03:00:00:00:01:06", encap: [pbb], underlay: l2}',
    )
    expected = [
        (0, "a:", "a TEP without the key 'ip'"),
        (0, '"02', "'02:00:00:00:01:0'"),
        (0, "keep", "'keep'"),
        (1, "ppb", "'ppb'"),
        (1, "fragment", "'fragment'"),
        (1, "192", "'192.0.2.300'"),
        (2, '"02', "02:00:00:00:01:02, which TEP 'b' has"),
        (2, "1}", "the number 1"),
        (3, "pbb", "'pbb'"),
        (3, "0}", "the number 0"),
        (4, "l3", "'l3'"),
        (5, '"03', "'03:00:00:00:01:06'"),
        (6, '"03', "'03:00:00:00:01:06'"),
    ]
    found = [line.partition(";")[0] for line in problems_of(*lines)]
    assert found == [f"{3 + row}:{column(lines[row], at)}: found {text}" for row, at, text in expected]


def test_what_is_no_tep_is_one_mistake() -> None:
    assert problems_of("  a: 5") == ["3:6: found the number 5; expected a mapping"]


def test_a_mac_address_is_of_one_tep_on_a_layer_2_underlay() -> None:
    own, same = f"{L2_TEP}}}", f"{BOTH_TEP}, gateway: true}}".replace("01:09", "01:02")
    found = "found 02:00:00:00:01:02, which TEP 'b' has; expected an address of its own on the layer-2 underlay"
    assert problems_of(own, same) == [f"4:{column(same, '02:') - 1}: {found}"]
    assert len(problems_of(own, own.replace("b:", "c:", 1))) == 1
    behind_ip = f"{IP_TEP}}}".replace("01:01", "01:02")
    assert problems_of(own, behind_ip, behind_ip.replace("a:", "c:", 1).replace("2.1", "2.2")) == []


def test_the_family_of_a_group_is_no_matter_of_a_layer_2_tep() -> None:
    ports = "switches:\n  sw: {tep: %s, ports: {p: blue}}\nnetworks:\n  blue: {vnid: 1, group: ff05::2}"
    assert problems_of(f"{L2_TEP}}}", ports % "b") == []
    (found,) = problems_of(f"{L2_TEP}, ip: 192.0.2.2}}", ports % "b")
    assert found.startswith("3:")
    (found,) = problems_of(f"{BOTH_TEP}, gateway: true}}", ports % "g")
    assert "expected an IPv4 group, as TEP 'g' has such an address" in found


def test_teps_are_found_by_the_address_of_their_underlay() -> None:
    another = f"{L2_TEP}}}".replace("b:", "c:", 1).replace("01:02", "01:03")
    vnid_map = compiled(f"{IP_TEP}}}", f"{L2_TEP}}}", f"{BOTH_TEP}, gateway: true}}", another)
    first, second, gateway, third = vnid_map.teps
    assert (first.underlay, second.underlay, gateway.underlay) == ("ip", "l2", "both")
    assert (second.ip, second.mac) == (b"", bytes.fromhex("020000000102"))
    assert vnid_map.tep_by_mac(second.mac) is second
    assert vnid_map.tep_by_mac(third.mac) is third
    assert vnid_map.tep_by_mac(gateway.mac) is gateway
    assert vnid_map.tep_by_mac(first.mac) is None
    assert vnid_map.tep_by_ip(gateway.ip) is gateway
    assert vnid_map.tep_by_ip(b"") is None


def test_gateways_in_file_order() -> None:
    """A gateway needs no switch, and `gateway_mac` makes none."""
    second = f"{IP_TEP}, gateway: true}}".replace("a:", "z:", 1)
    vnid_map = compiled(f"{BOTH_TEP}, gateway: true}}", f"{L2_TEP}, gateway_mac: 0200.0000.0001}}", second)
    assert [tep.name for tep in vnid_map.gateways] == ["g", "z"]
    assert [tep.is_gateway for tep in vnid_map.teps] == [True, False, True]


def test_a_guests_tag_may_be_kept_where_nothing_forbids_it() -> None:
    assert problems_of(f"{IP_TEP}, guest_vlan: keep}}".replace("nvgre", "geneve")) == []
    assert problems_of(f"{L2_TEP}, guest_vlan: keep}}") == []
    assert problems_of(f"{IP_TEP}, guest_vlan: strip, on_mtu: fragment}}") == []


def test_how_a_tep_treats_frames() -> None:
    def treatment(tep: Tep) -> tuple[str | None, str, bool]:
        return tep.guest_vlan, tep.on_mtu, tep.geneve_priority

    plain = f"{IP_TEP}}}"
    other = f"{plain[:-1]}, guest_vlan: strip, on_mtu: fragment, geneve_priority: true}}".replace("2.1", "2.2")
    vnid_map = compiled(plain, other.replace("a:", "c:", 1))
    assert [treatment(tep) for tep in vnid_map.teps] == [(None, "reject", False), ("strip", "fragment", True)]


@pytest.mark.parametrize(
    ("options", "understood"),
    [
        ("", []),
        (', geneve_options: "0x0102:0x81"', [(0x0102, 0x81)]),
        (', geneve_options: ["0xffff:0x80", "0X14B:0x81"]', [(0xFFFF, 0x80), (0x014B, 0x81)]),
        (", geneve_options: any", [(0xFFFF, 0x80), (0x014B, 0x81), (0x0102, 0x81), (0, 0xFF)]),
        (", geneve_options: [any]", [(0xFFFF, 0x80), (0x014B, 0x81), (0x0102, 0x81), (0, 0xFF)]),
    ],
)
def test_options_that_a_tep_understands(options: str, understood: list[tuple[int, int]]) -> None:
    (tep,) = compiled(f"{IP_TEP}{options}}}").teps
    every = [(0xFFFF, 0x80), (0x014B, 0x81), (0x0102, 0x81), (0, 0xFF)]
    assert [option for option in every if tep.understands(option)] == [each for each in every if each in understood]


PORTED = '  a: {{ip: 192.0.2.1, mac: "02:00:00:00:01:01", encap: [vxlan], ports: {{vxlan: {port}}}}}'
GENEVE = '  b: {{ip: 192.0.2.2, mac: "02:00:00:00:01:02", encap: [geneve]{ports}}}'


@pytest.mark.parametrize(
    ("port", "ports", "found"),
    [
        (6081, "", ["3:79: found 6081, which is the port of geneve at TEP 'b'; expected a port for each"]),
        (4800, ", ports: {geneve: 4800}", ["4:81: found 4800, which is the port of vxlan at TEP 'a'; expected"]),
        (6081, ", ports: {geneve: 6082}", []),
        (8472, "", []),
    ],
)
def test_a_port_stands_for_one_encapsulation(port: int, ports: str, found: list[str]) -> None:
    """Or good packets would be read as broken ones of another."""
    problems = problems_of(PORTED.format(port=port), GENEVE.format(ports=ports))
    assert len(problems) == len(found)
    assert all(problem.startswith(start) for problem, start in zip(problems, found, strict=True)), problems
