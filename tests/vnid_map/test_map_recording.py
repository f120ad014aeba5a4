"""The map that notes its questions: all of them, with the plain map's answers."""

from __future__ import annotations

import inspect

from frames import A1, BLUE, RED
from small_network import BLUE_TO_RED, network_map, port

from dovetool.vnid_map import VnidMap, Vrf
from dovetool.vnid_map.recording import QUESTIONS, Lookup, RecordingMap


def test_every_question_is_noted() -> None:
    """A method that answers something and is not in the list would go unseen in traces."""
    makers = {"load", "loads", "from_model", "compiled"}
    asked_by_others = {"stays_by_mac", "stays_in", "ips_of", "prefixes_of", "hosts_of"}  # not by stages
    asks_itself = {"port_at"}  # for a port
    public = {name for name, _ in inspect.getmembers(VnidMap, callable) if not name.startswith("_")}
    assert public - makers - asked_by_others - asks_itself == set(QUESTIONS)


def test_answers_are_those_of_the_map() -> None:
    vnid_map = network_map(policies=BLUE_TO_RED)
    recording = RecordingMap(vnid_map)
    home = port(vnid_map, "sw1/p1")
    keys: dict[str, tuple[object, ...]] = {
        "network": (BLUE,),
        "port": ("sw1/p1",),
        "trunk_at": ("sw1/p1",),
        "has_switch": ("sw1",),
        "tep": ("tep1",),
        "tep_by_ip": (home.tep.ip,),
        "teps_by_ip": (home.tep.ip,),
        "tep_by_mac": (home.tep.mac,),
        "teps_by_router_mac": (home.tep.mac,),
        "group_networks": (b"\xef\0\0\2",),
        "station_by_mac": (BLUE, A1, 0),
        "station_by_ip": (BLUE, b"\x0a\0\0\1", 0),
        "stations_by_mac": (BLUE, A1, 0),
        "stations_by_ip": (BLUE, b"\x0a\0\0\1", 0),
        "stations_with_mac": (A1, 0),
        "stations_with_ip": (b"\x0a\0\0\1", 0),
        "stations_of": (BLUE, 0),
        "route": (Vrf("tenant", None, (BLUE,)), b"\x0a\0\0\1", 0),
        "reachable": (BLUE, (BLUE, RED)),
        "policy": (BLUE, RED),
        "encap_between": (vnid_map.teps[0], vnid_map.teps[1]),
        "gateway_between": (vnid_map.teps[0], vnid_map.teps[1]),
    }
    assert set(keys) == set(QUESTIONS)
    for question, key in keys.items():
        assert getattr(recording, question)(*key) == getattr(vnid_map, question)(*key)
    noted = recording.take()
    assert noted == tuple(Lookup(question, key, getattr(vnid_map, question)(*key)) for question, key in keys.items())
    assert recording.take() == ()
    assert (recording.teps, recording.tpid, recording.change_times_ns) == (
        vnid_map.teps,
        vnid_map.tpid,
        vnid_map.change_times_ns,
    )
