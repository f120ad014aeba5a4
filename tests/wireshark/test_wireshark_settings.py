"""Preferences, the names file, statistics, and a second copy of dove.lua."""

from __future__ import annotations

import re
import struct
from pathlib import Path

import pytest
from golden_frames import CAPTURE, geneve, golden_cases, tagged, vxlan
from guest_frames import ethernet, guest_frames, ipv4
from lua_tshark import LUA, LuaTshark
from plain_capture import write_frames

from dovetool.wire.stt import SttHeader

PLAIN = guest_frames()["udp-even"]
REPLACED = "\ufffd"


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    """A tagged frame, one with another TPID, and one in VXLAN."""
    other = bytearray(tagged(PLAIN, 5002))
    other[12:14] = b"\x9a\xbc"
    return write_frames(tmp_path / "in.pcap", [tagged(PLAIN), bytes(other), vxlan(PLAIN, 7)])


def _vnids(tshark: LuaTshark, capture: Path, *options: str) -> list[list[str]]:
    return tshark.fields(capture, "dove.tpid", "dove.vnid", "overlay.vnid", options=options)


@pytest.mark.parametrize("tpids", ["0x9abc", "39612"])
def test_other_tpids(tpids: str, tshark: LuaTshark, capture: Path) -> None:
    assert _vnids(tshark, capture) == [["0x88b5", "5001", "5001"], ["", "", ""], ["", "", "7"]]
    wanted = [["", "", ""], ["0x9abc", "5002", "5002"], ["", "", "7"]]
    assert _vnids(tshark, capture, "-o", f"dove.tpids:{tpids}") == wanted


def test_several_tpids_and_decode_as(tshark: LuaTshark, capture: Path) -> None:
    both = [["0x88b5", "5001", "5001"], ["0x9abc", "5002", "5002"], ["", "", "7"]]
    assert _vnids(tshark, capture, "-o", "dove.tpids:0x88b5,0x9ab0-0x9abf") == both
    assert _vnids(tshark, capture, "-d", "ethertype==0x9abc,dove") == both


def test_the_info_column_without_the_vnid(tshark: LuaTshark, capture: Path) -> None:
    assert "VNID 5001 | " in tshark.read(capture)
    assert "VNID" not in tshark.read(capture, "-o", "dove.vnid_in_info:FALSE")


def test_stt_where_wireshark_dissects_it(tshark: LuaTshark, tmp_path: Path) -> None:
    """That is with a preference of its own; a context ID may be no VNID."""
    frames = []
    for context in (5001, 5001 << 30):
        octets = SttHeader(context).emit() + PLAIN
        head = struct.pack("!HHHHIBBHI", 50000, 7471, len(octets), 0, 1, 0x50, 0x10, 0xFFFF, 0)
        frames.append(ethernet(ipv4(head + octets, 6), 0x0800))
    capture = write_frames(tmp_path / "stt.pcap", frames)
    fields, first = ("overlay.encap", "overlay.vnid"), ("-o", "ip.try_heuristic_first:TRUE")
    assert tshark.fields(capture, *fields) == [["", ""]] * 2
    assert tshark.fields(capture, *fields, options=first) == [["stt", "5001"], ["stt", ""]]


def test_without_the_post_dissector(tshark: LuaTshark, capture: Path) -> None:
    """The tag is all there is then, and the statistics say what they need."""
    off = ("-o", "dove.overlay:FALSE")
    assert _vnids(tshark, capture, *off) == [["0x88b5", "5001", ""], ["", "", ""], ["", "", ""]]
    assert "Overlay" not in tshark.read(capture, *off, "-V")
    output = tshark.read(capture, *off, "-q", "-z", "dove,vnid")
    assert output == "Statistics of virtual networks need the preference dove.overlay when Wireshark starts.\n"


def test_statistics(tshark: LuaTshark, tmp_path: Path) -> None:
    """Frames and octets of each encapsulation and VNID; a frame counts for each layer."""
    frames = [tagged(PLAIN), tagged(PLAIN), vxlan(tagged(PLAIN, 6)), geneve(PLAIN), PLAIN]
    names = tshark.put("statistics.txt", b"5001\tblue\n")
    output = tshark.read(
        write_frames(tmp_path / "in.pcap", frames), "-q", "-z", "dove,vnid", "-o", f"dove.names_file:{names}"
    )
    rows = [line.split() for line in output.splitlines() if re.match(r"\S+ +\d+ ", line)]
    sizes = [len(frame) for frame in frames]
    assert rows == [
        ["dove", "6", "1", str(sizes[2])],
        ["dove", "5001", "2", str(sizes[0] * 2), "blue"],
        ["geneve", "5001", "1", str(sizes[3]), "blue"],
        ["vxlan", "5001", "1", str(sizes[2]), "blue"],
    ]


def test_statistics_with_a_filter_of_no_field(tshark: LuaTshark) -> None:
    """All of the golden capture is counted: as many frames in a layer as overlay.encap has occurrences."""
    encaps = tshark.fields(CAPTURE, "overlay.encap")
    wanted = sum(len(line[0].split(",")) for line in encaps if line and line[0])
    output = tshark.read(CAPTURE, "-q", "-z", "dove,vnid")
    rows = [line.split() for line in output.splitlines() if re.match(r"\S+ +(\d+|-) +\d", line)]
    assert sum(int(row[2]) for row in rows) == wanted > len(golden_cases()) / 2


NAMES_FILES: dict[str, tuple[bytes, str]] = {
    "plain": (b"# networks\n\n5001\tblue\n", "blue"),
    "no newline at the end": (b"5001\tblue", "blue"),
    "carriage return": (b"5001\tblue\r\n", "blue"),
    "utf-8": ("5001\tbl\u00fc\u00e9 \u7f51 \U0001f600\n".encode(), "bl\u00fc\u00e9 \u7f51 \U0001f600"),
    "the last one counts": (b"5001\tred\n5001\tblue\n", "blue"),
    "controls": (b"5001\ta\x1b[31mb\x00c\x7fd\te\n", f"a{REPLACED}[31mb{REPLACED}c{REPLACED}d{REPLACED}e"),
    "c1 controls": ("5001\ta\u009bb\u202ec\u2066d\u2028e\n".encode(), REPLACED.join("abcde")),
    "no utf-8": (b"5001\ta\xffb\xc0\xafc\xed\xa0\x80d", f"a{REPLACED}b{REPLACED * 2}c{REPLACED * 3}d"),
    "not a number": (b"0x1389\tblue\n5001 blue\n-5001\tblue\n5001.0\tblue\n 5001\tblue\n5001\n5001\t\n5001\t  \n", ""),
    "too large": (b"16782217\tblue\n9" + b"9" * 400 + b"\tblue\n", ""),
    "a long line": (b"5001\t" + b"x" * 5000 + b"\n", ""),
    "code": (b"os.exit(3)\nerror('no')\n5001\t]] os.exit(3) --\n", "]] os.exit(3) --"),
    "patterns and formats": (b"5001\t%s%d%n %1 &amp; <b>\n", "%s%d%n %1 &amp; <b>"),
    "some bits of the VNID": (b"10/0xf\tred\n9/0xf\tblue\n9/0x1\tgreen\n", "blue"),
    "a number before some bits, and those before all others": (b"any\tred\n9/0xf\tgreen\n5001\tblue\n", "blue"),
    "all others": (b"8/0xf\tred\nany\tblue\n", "blue"),
    "no bits": (b"9/15\tblue\n9/\tblue\n/0xf\tblue\nANY\tblue\n9/0x100000f\tblue\n9/0xg\tblue\n", ""),
    "binary": (bytes(range(256)) * 40 + b"\n5001\tblue\n", "blue"),
    "empty": (b"", ""),
}


@pytest.mark.parametrize("case", NAMES_FILES)
def test_names_files(case: str, tshark: LuaTshark, capture: Path) -> None:
    """A names file is data: what is no line of it is passed over, and nothing in it runs or controls a terminal."""
    octets, name = NAMES_FILES[case]
    names = tshark.put("names.txt", octets)
    output = tshark.read(capture, "-o", f"dove.names_file:{names}", "-T", "json", "-c", "1")
    shown = re.findall(r'"dove\.vnid_name": "(.*)"', output)
    assert [text.encode().decode() for text in shown] == ([name.replace('"', '\\"')] if name else [])


@pytest.mark.parametrize("path", ["/no/such/file", "/", "/dev/null", "relative.txt"])
def test_names_files_that_are_not_there(path: str, tshark: LuaTshark, capture: Path) -> None:
    assert _vnids(tshark, capture, "-o", f"dove.names_file:{path}")[0] == ["0x88b5", "5001", "5001"]


def test_a_hundred_thousand_names(tshark: LuaTshark, capture: Path) -> None:
    names = tshark.put("many.txt", b"".join(b"%d\tnetwork-%d\n" % (number, number) for number in range(100_000)))
    fields = tshark.fields(capture, "overlay.network", options=("-o", f"dove.names_file:{names}"))
    assert fields == [["network-5001"], [""], ["network-7"]]


def test_where_names_come_from(own_tshark: LuaTshark, capture: Path) -> None:
    """The preference before the script's argument before the file in the configuration folder."""
    own_tshark.put("config/dovetool_vnids.txt", b"5001\tfrom the folder\n")
    argument = own_tshark.put("argument.txt", b"5001\tfrom the argument\n")
    preference = own_tshark.put("preference.txt", b"5001\tfrom the preference\n")
    by_argument = ("-X", f"lua_script1:names={argument}")
    by_preference = ("-o", f"dove.names_file:{preference}")

    def name(*options: str) -> str:
        return own_tshark.fields(capture, "dove.vnid_name", options=options)[0][0]

    assert name() == "from the folder"
    assert name(*by_argument) == "from the argument"
    assert name(*by_argument, *by_preference) == "from the preference"


def _install(tshark: LuaTshark) -> Path:
    folders = tshark.run("-G", "folders", lua=False).stdout
    found = re.search(r"^Personal Lua Plugins:\s*(.+)$", folders, re.MULTILINE)
    assert found, folders
    folder = Path(found[1])
    assert folder.is_relative_to(tshark.home)
    return tshark.put(str(folder.relative_to(tshark.home) / "dove.lua"), LUA.read_bytes())


def test_a_second_copy_is_quiet(own_tshark: LuaTshark, capture: Path) -> None:
    """Installed, and named by -X: the same output as with one, and nothing to complain of."""
    once = own_tshark.read(capture, "-V")
    _install(own_tshark)
    arguments = ("-n", "-r", "-", "-V")
    twice = own_tshark.run(*arguments, stdin=capture.read_bytes())
    installed = own_tshark.run(*arguments, lua=False, stdin=capture.read_bytes())
    for done in (twice, installed):
        assert done.returncode == 0
        assert "lua" not in done.stderr.lower()
        assert done.stdout == once


def test_the_version_is_told(tshark: LuaTshark) -> None:
    """`tshark -G plugins` names the script with its version."""
    version = re.search(r'^local VERSION = "(.+)"$', LUA.read_text(), re.MULTILINE)
    assert version
    plugins = [line for line in tshark.run("-G", "plugins").stdout.splitlines() if "dove.lua" in line]
    assert [version[1] in re.split(r"\s+", line) for line in plugins] == [True]
