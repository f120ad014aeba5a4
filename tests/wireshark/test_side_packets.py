"""Full dissection by pyshark, as plain values of ours."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest
from plain_capture import read_capture
from wireshark_side import TAGGED, UNDERLAY, needs_tshark, program

from dovetool.errors import CaptureError
from dovetool.wireshark.decode_as import Marks
from dovetool.wireshark.errors import DamagedCaptureError, NotLoadedError, ProgramError
from dovetool.wireshark.packets import DissectedPacket, packets

pytestmark = needs_tshark


def names(packet: DissectedPacket) -> list[str]:
    return [layer.name for layer in packet.layers]


def field(packet: DissectedPacket, name: str) -> list[str]:
    """All values of a field, the outermost first."""
    return [value for layer in packet.layers for key, value in layer.fields if key == name]


def test_layers_of_a_tunnel_come_from_the_outside_in() -> None:
    (packet,) = packets(UNDERLAY, [5], names={5001: "blue"})
    octets = read_capture(UNDERLAY)[4].octets
    assert packet.number == 5
    assert names(packet)[:9] == ["frame", "eth", "ip", "udp", "vxlan", "eth", "ip", "icmp", "overlay"]
    assert field(packet, "eth.src") == [octets[6:12].hex(":"), octets[56:62].hex(":")]
    assert [value.count(".") for value in field(packet, "ip.src")] == [3, 3]
    assert field(packet, "vxlan.vni") == field(packet, "overlay.vnid") == ["5001"]
    assert field(packet, "overlay.network") == ["blue"]


def test_a_tag_is_a_layer() -> None:
    first, second = packets(TAGGED, [2, 1])
    assert (first.number, second.number) == (1, 2)
    assert names(first)[:4] == ["frame", "eth", "dove", "arp"]
    assert field(first, "dove.vnid") == ["5001"]
    assert field(first, "dove.pcp") == ["0"]


def test_frames_that_are_not_there_do_not_come() -> None:
    assert [packet.number for packet in packets(TAGGED, [1, 99])] == [1]
    assert packets(TAGGED, [99]) == []
    assert packets(TAGGED, []) == []


def test_within_a_running_loop() -> None:
    async def asked() -> list[DissectedPacket]:
        return packets(TAGGED, [1])

    assert [packet.number for packet in asyncio.run(asked())] == [1]


def test_unusual_ports(tmp_path: Path) -> None:
    other = tmp_path / "other.pcapng"
    other.write_bytes(UNDERLAY.read_bytes().replace((4789).to_bytes(2, "big"), (4799).to_bytes(2, "big")))
    (without,), (with_port,) = packets(other, [5]), packets(other, [5], Marks(["udp.port==4799,vxlan"]))
    assert (field(without, "vxlan.vni"), field(with_port, "vxlan.vni")) == ([], ["5001"])


def test_what_is_no_capture(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("Hello, this is no capture.\n" * 9)
    for name, says in ((".", "Is a directory"), ("none", "No such file"), ("text", "isn't a capture file")):
        with pytest.raises(CaptureError, match=says):
            packets(tmp_path / name, [1])


def test_a_capture_that_ends_before_the_frame(tmp_path: Path) -> None:
    cut = tmp_path / "cut.pcapng"
    cut.write_bytes(TAGGED.read_bytes()[:1000])
    assert [packet.number for packet in packets(cut, [1, 2])] == [1, 2]
    with pytest.raises(DamagedCaptureError, match="cut short"):
        packets(cut, [1, 12])


def test_a_tshark_without_the_plugin_is_not_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import shutil

    script = f'''for word; do shift; case "$word" in
      -X) skip=1;; *) if [ "$skip" ]; then skip=; else set -- "$@" "$word"; fi;; esac; done
      exec {shutil.which("tshark")} "$@"'''
    monkeypatch.setenv("PATH", program(tmp_path / "bin", "tshark", script)["PATH"])
    with pytest.raises(NotLoadedError):
        packets(TAGGED, [1])


def test_without_pyshark(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyshark", None)
    with pytest.raises(ProgramError, match=r"pyshark is not installed: .*pip.* install .*pyshark>="):
        packets(TAGGED, [1])


def test_pyshark_is_imported_when_it_is_asked_for() -> None:
    code = "import sys, dovetool.wireshark.packets, dovetool.cli.commands.wireshark; print('pyshark' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
