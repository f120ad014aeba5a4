"""Frames that a display filter chooses, as tshark says: they are the right ones, and doubt is never an empty answer."""

from __future__ import annotations

import gzip
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from plain_capture import read_capture
from wireshark_side import TAGGED, UNDERLAY, needs_tshark, program

from dovetool.errors import CaptureError, UsageError
from dovetool.wireshark.decode_as import Marks
from dovetool.wireshark.errors import DamagedCaptureError, FilterError, NotLoadedError, ProgramError
from dovetool.wireshark.tshark import check_filter, matching_frames

pytestmark = needs_tshark


def tagged_with(vnid: int) -> list[int]:
    """The frames of the tagged sample with a VNID, as its octets say."""
    frames = enumerate(read_capture(TAGGED), 1)
    return [number for number, frame in frames if int.from_bytes(frame.octets[14:18], "big") >> 4 & 0xFFFFFF == vnid]


def vxlan_with(vni: int) -> list[int]:
    """The frames of the underlay sample with a VNI: their tunnel is over IPv4 without options."""
    frames = enumerate(read_capture(UNDERLAY), 1)
    return [number for number, frame in frames if int.from_bytes(frame.octets[46:49], "big") == vni]


def chosen(path: Path, text: str, decode_as: Sequence[str] = (), **more: dict[int, str]) -> list[int]:
    return list(matching_frames(path, text, Marks(decode_as), **more))


def on_port(path: Path, port: int) -> Path:
    """The underlay sample on another UDP port; its UDP checksums are 0."""
    path.write_bytes(UNDERLAY.read_bytes().replace((4789).to_bytes(2, "big"), port.to_bytes(2, "big")))
    return path


@pytest.mark.parametrize("vnid", [5001, 5002, 5003])
def test_frames_of_a_vnid(vnid: int) -> None:
    assert chosen(TAGGED, f"dove.vnid == {vnid}") == tagged_with(vnid) != []
    assert chosen(UNDERLAY, f"overlay.vnid == {vnid}") == vxlan_with(vnid) != []


def test_no_frame_is_an_answer_too() -> None:
    assert chosen(TAGGED, "dove.vnid == 9") == []
    assert chosen(UNDERLAY, "dove") == []


def test_names_of_networks_can_be_asked_for() -> None:
    text = 'overlay.network == "a \\"b\\""'
    assert chosen(TAGGED, text, names={5001: 'a "b"', 5002: "red"}) == tagged_with(5001)
    assert chosen(TAGGED, text) == []


def test_unusual_ports(tmp_path: Path) -> None:
    other = on_port(tmp_path / "other.pcapng", 4799)
    assert chosen(other, "overlay.vnid == 5002") == []
    for port in ("4799", "0x12bf"):
        assert chosen(other, "overlay.vnid == 5002", [f"udp.port=={port},vxlan"]) == vxlan_with(5002)
    assert chosen(on_port(tmp_path / "linux.pcapng", 8472), "overlay.vnid == 5002") == vxlan_with(5002)


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("gre.proto==0x6558,nvgre", "Wireshark chooses no encapsulation by gre.proto"),
        ("udp.port==4799,pbb", "expected udp.port==N,ENCAPSULATION"),
        ("udp.port==0,vxlan", "0 is not in 1..65535"),
        ("udp.port==x,vxlan", "expected udp.port==N,ENCAPSULATION"),
        ("udp.port=4799", "expected udp.port==N,ENCAPSULATION"),
    ],
)
def test_ports_that_cannot_be(word: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        chosen(UNDERLAY, "overlay", [word])


@pytest.mark.parametrize("encap", ["vxlan", "vxlan-gpe", "geneve"])
def test_wireshark_knows_our_encapsulations(encap: str) -> None:
    check_filter("overlay", Marks([f"udp.port==4799,{encap}"]))
    check_filter("overlay", Marks(["ethertype==0x9999,pbb"]))


@pytest.mark.parametrize("tool", ["gzip", "zstd", "lz4"])
def test_compressed_captures(tool: str, tmp_path: Path) -> None:
    packed = tmp_path / "packed"
    if tool == "gzip":
        packed.write_bytes(gzip.compress(TAGGED.read_bytes()))
    elif shutil.which(tool):
        packed.write_bytes(subprocess.run([tool, "-c", str(TAGGED)], check=True, capture_output=True).stdout)
    else:
        pytest.skip(f"{tool} is not installed")
    assert chosen(packed, "dove.vnid == 5001") == tagged_with(5001)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("dove.vnod == 1", "dove.vnod"),
        ("dove.vnid ==", "end of filter"),
        ('ip.src == "x"', '"x"'),
        ("(", "end of filter"),
        ("tcp.port == 80 and", "end of filter"),
    ],
)
def test_refused_filters_say_what_wireshark_says(text: str, says: str) -> None:
    with pytest.raises(FilterError) as checked:
        check_filter(text)
    with pytest.raises(FilterError) as asked:
        chosen(TAGGED, text)
    assert str(checked.value) == str(asked.value)
    assert str(checked.value).startswith(f"-Y {text}: ")
    assert says in str(checked.value)
    assert "\n" not in str(checked.value)


def test_filters_that_wireshark_takes() -> None:
    for text in ("", "dove", "dove.vnid == 5001 && !arp", "overlay.encap", "frame.number in {1, 3}"):
        check_filter(text)


def test_a_capture_that_ends_too_early_gives_what_it_has(tmp_path: Path) -> None:
    cut = tmp_path / "cut.pcapng"
    cut.write_bytes(TAGGED.read_bytes()[:1000])
    found: list[int] = []
    with pytest.raises(DamagedCaptureError, match="cut short") as caught:
        found.extend(matching_frames(cut, "dove"))
    assert caught.value.exit_code == 3
    assert found == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize(
    ("name", "says"), [(".", "Is a directory"), ("none", "No such file"), ("text", "isn't a capture file")]
)
def test_what_is_no_capture(name: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "text").write_text("Hello, this is no capture.\n" * 9)
    with pytest.raises(CaptureError, match=says) as caught:
        chosen(tmp_path / name, "dove")
    assert caught.value.exit_code == 2


def test_a_tshark_without_the_plugin_is_not_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The real tshark, whose Lua is switched off: the empty answer to a filter of its own must not pass."""
    real = shutil.which("tshark")
    script = f'''for word; do shift; case "$word" in
      -X) skip=1;; *) if [ "$skip" ]; then skip=; else set -- "$@" "$word"; fi;; esac; done
      exec {real} "$@"'''
    monkeypatch.setenv("PATH", program(tmp_path / "bin", "tshark", script)["PATH"])
    with pytest.raises(NotLoadedError, match=r"does not load the plugin dove\.lua"):
        chosen(UNDERLAY, "tcp.port == 1")
    with pytest.raises(NotLoadedError):
        check_filter("arp")
    with pytest.raises(NotLoadedError):
        check_filter("dove.vnid == 1")


def test_a_tshark_that_fails_is_told_from_a_filter_that_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = '[ "$1" = --version ] && exec echo "TShark (Wireshark) 4.0.0" || { echo "tshark: no memory" >&2; exit 9; }'
    monkeypatch.setenv("PATH", program(tmp_path / "bin", "tshark", script)["PATH"])
    with pytest.raises(ProgramError, match="exit code 9 and says: no memory"):
        check_filter("arp")


def test_a_folder_for_temporary_files_that_others_cannot_enter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As root, tshark then cannot run as somebody else, and runs all the same where it lets root load plugins."""
    tmp_path.chmod(0o700)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    try:
        assert chosen(TAGGED, "dove.vnid == 5001") == tagged_with(5001)
    except NotLoadedError as error:
        assert "as root it ignores Lua plugins" in str(error)  # noqa: PT017  (either of the two is right)
    assert list(tmp_path.iterdir()) == []


def test_a_tshark_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ProgramError, match="tshark is not installed: it is a part of Wireshark"):
        chosen(TAGGED, "dove")


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        (
            "TShark (Wireshark) 3.6.2 (Git v3.6.2 packaged as 3.6.2-2)",
            r"is tshark 3\.6\.2; dovetool needs 4\.0 or later",
        ),
        ("nothing of the kind", "does not say which version"),
    ],
)
def test_a_tshark_that_is_too_old(said: str, complaint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", program(tmp_path / "bin", "tshark", f'echo "{said}"')["PATH"])
    with pytest.raises(ProgramError, match=complaint):
        check_filter("dove")
