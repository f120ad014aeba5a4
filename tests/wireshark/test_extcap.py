"""`dovetool extcap` as Wireshark calls it: what it answers, and what comes out of its pipe for a file."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from cli_process import COMMAND, dovetool
from cli_traffic import MAP, STRANGER, frames_of, large_pcap, pcap, pcapng
from extcap_side import capture, end_of
from frames import BROADCAST, VM2, VM5, tagged, underlay, vm_frame
from plain_capture import Captured, read_capture

from dovetool.wireshark.devices import Device, parse_devices
from dovetool.wireshark.extcap import INTERFACES, config_text

NAMES = ["dove-strip", "dove-tag", "dove-translate"]
FIELD = re.compile(r"\{([a-zA-Z_-]*?)=(.*?)\}(?=\{|$|\s)")  # as Wireshark's own parser reads a sentence


def sentences(text: str) -> list[tuple[str, dict[str, str]]]:
    """The sentences of an answer; every line must be one, with nothing between its fields."""
    read = []
    for line in text.splitlines():
        kind, _, rest = line.partition(" ")
        assert FIELD.sub("", rest) == ""
        read.append((kind, dict(FIELD.findall(rest))))
    return read


def answer(*words: str) -> list[tuple[str, dict[str, str]]]:
    ended = dovetool("extcap", *words)
    assert (ended.code, ended.stderr) == (0, "")
    return sentences(ended.stdout.decode())


@pytest.fixture
def map_file(tmp_path: Path) -> Path:
    path = tmp_path / "map.yaml"
    path.write_text(MAP)
    return path


def captured(folder: Path, interface: str, octets: bytes, *words: str | Path) -> bytes:
    """What comes out of the pipe for a file with this content."""
    source = folder / "source"
    source.write_bytes(octets)
    with capture(folder, interface, "--file", source, *words) as running:
        result = running.result()
        assert running.ended() == (0, "")
    return result


def stripped(folder: Path, octets: bytes) -> list[Captured]:
    """The frames of what came out."""
    (folder / "result").write_bytes(octets)
    return read_capture(folder / "result")


def by_command(folder: Path, octets: bytes, *words: str | Path, target: str = "-") -> bytes:
    """What a command of dovetool makes of the same file."""
    source = folder / "source"
    source.write_bytes(octets)
    ended = dovetool(words[0], source, target, *words[1:], "--summary", "none", cwd=folder)
    assert (ended.code, ended.stderr) == (0, "")
    return ended.stdout


def test_interfaces() -> None:
    (kind, head), *found = answer("--extcap-interfaces", "--extcap-version=4.4")
    assert (kind, head["display"]) == ("extcap", "dovetool")
    assert [(kind, fields["value"]) for kind, fields in found] == [("interface", name) for name in NAMES]


@pytest.mark.parametrize("name", NAMES)
def test_dlts(name: str) -> None:
    [(kind, fields)] = answer("--extcap-dlts", "--extcap-interface", name)
    assert (kind, fields["number"], fields["name"]) == ("dlt", "1", "EN10MB")


@pytest.mark.parametrize("name", NAMES)
def test_config(name: str) -> None:
    read = answer("--extcap-config", "--extcap-interface", name)
    arguments = [fields for kind, fields in read if kind == "arg"]
    assert [fields["number"] for fields in arguments] == [str(number) for number in range(len(arguments))]
    assert all(fields["display"] and fields["tooltip"] for fields in arguments)
    assert {fields["call"] for fields in arguments} == INTERFACES[name].options
    selectors = {fields["number"] for fields in arguments if fields["type"] == "selector"}
    values = [fields for kind, fields in read if kind == "value"]
    assert {fields["arg"] for fields in values} <= selectors
    for number in {fields["arg"] for fields in values}:
        assert [fields["default"] for fields in values if fields["arg"] == number].count("true") == 1
    for fields in arguments:
        assert re.fullmatch(fields.get("validation", ".*"), fields.get("placeholder", ""))
        assert re.fullmatch(fields.get("validation", ".*"), "")


def test_only_the_tag_needs_a_map() -> None:
    required = {name: {a["call"] for k, a in read_config(name) if a.get("required") == "true"} for name in NAMES}
    assert ["--map" in required[name] for name in NAMES] == [False, True, False]


def read_config(name: str) -> list[tuple[str, dict[str, str]]]:
    return sentences(config_text(INTERFACES[name], [Device("eth0", "eth0")]))


def test_names_of_devices_are_data() -> None:
    hostile = Device("eth0", "a}{value=x} {\nvalue {arg=0}{value=y}{display=z}")
    values = [fields for kind, fields in sentences(config_text(INTERFACES["dove-strip"], [hostile])) if kind == "value"]
    assert [(fields["value"], fields["default"]) for fields in values] == [("eth0", "true")]


def test_devices_of_both_programs() -> None:
    dumpcap = "1. eth0\n2. any\n3. lo (Loopback)\n"
    tcpdump = "1.eth0 [Up, Running, Connected]\n2.any (Pseudo-device) [Up]\n3.lo [Up, Running, Loopback]\n"
    assert [each.name for each in parse_devices(dumpcap)] == ["eth0", "any", "lo"]
    assert [each.name for each in parse_devices(tcpdump)] == ["eth0", "any", "lo"]
    assert parse_devices(dumpcap)[2].display == "lo (Loopback)"


def test_reload() -> None:
    words = ("--extcap-config", "--extcap-interface", "dove-strip", "--extcap-reload-option")
    values = [
        fields for kind, fields in answer("--extcap-config", "--extcap-interface", "dove-strip") if kind == "value"
    ]
    assert [fields for _, fields in answer(*words, "interface")] == values


@pytest.mark.parametrize("make", [pcap, pcapng], ids=["pcap", "pcapng"])
def test_strip_equals_the_command(make: object, tmp_path: Path) -> None:
    """In pcapng, which tells the networks, whatever the file is; Wireshark shows them as it does interfaces."""
    octets = large_pcap("strip", 1 << 20) if make is pcap else pcapng([underlay(vm_frame()), vm_frame()])
    found = captured(tmp_path, "dove-strip", octets)
    by_command(tmp_path, octets, "strip", target="out.pcapng")
    assert found == (tmp_path / "out.pcapng").read_bytes()
    assert b"dovetool vnid=5001" in found


def test_strip_by_vnid(tmp_path: Path, map_file: Path) -> None:
    """By number or name, at whatever depth; what is in no network is in none of those asked for."""
    frames = [underlay(vm_frame(60 + at), vnid) for at, vnid in enumerate((5001, 5002, 5003))]
    octets = pcap([*frames, vm_frame(90), tagged(vm_frame(91)), underlay(underlay(vm_frame(92), 5002), 7)])
    sizes = {"5001": [60, 91], "5002, 0x138B": [61, 62, 92], "16777215": []}
    for word, expected in sizes.items():
        found = stripped(tmp_path, captured(tmp_path, "dove-strip", octets, "--vnid", word))
        assert [len(frame.octets) for frame in found] == expected
    named = stripped(tmp_path, captured(tmp_path, "dove-strip", octets, "--vnid", "red", "--map", map_file))
    assert [(len(frame.octets), frame.interface) for frame in named] == [(61, "red"), (92, "red")]


def test_strip_options(tmp_path: Path) -> None:
    odd = underlay(vm_frame(70)).replace((4789).to_bytes(2, "big"), (4799).to_bytes(2, "big"))
    nested, private = underlay(underlay(vm_frame())), tagged(vm_frame()).replace(b"\x88\xb5", b"\x99\x99")
    octets = pcap([odd, nested, private])
    words = ("--decode-as", "udp.port==4799,vxlan; udp.port==4800,geneve", "--depth", "1", "--tpid", "0x9999")
    found = stripped(tmp_path, captured(tmp_path, "dove-strip", octets, *words))
    assert [frame.octets for frame in found] == [vm_frame(70), underlay(vm_frame()), vm_frame()]


def test_tag_equals_the_command(tmp_path: Path, map_file: Path) -> None:
    octets = large_pcap("tag", 1 << 18)
    assert captured(tmp_path, "dove-tag", octets, "--map", map_file) == by_command(
        tmp_path, octets, "tag", "-m", map_file
    )


def test_tag_by_vnid(tmp_path: Path, map_file: Path) -> None:
    """What comes out is chosen by the tag that it got."""
    octets = pcap([vm_frame(80, VM2), vm_frame(81, BROADCAST, VM5), vm_frame(82, src=STRANGER), vm_frame(83, VM2)])
    words = ("--map", map_file, "--vnid")
    blue = captured(tmp_path, "dove-tag", octets, *words, "blue")
    assert frames_of(blue) == [tagged(vm_frame(80, VM2)), tagged(vm_frame(83, VM2))]
    assert frames_of(captured(tmp_path, "dove-tag", octets, *words, "5002")) == [
        tagged(vm_frame(81, BROADCAST, VM5), 5002)
    ]


@pytest.mark.parametrize("to", ["geneve", "nvgre", None])
def test_translate_equals_the_command(to: str | None, tmp_path: Path) -> None:
    octets = pcapng([underlay(vm_frame(60 + at), 5001 + at) for at in range(9)])
    words = () if to is None else ("--to", to)
    expected = by_command(tmp_path, octets, "translate", "--to", to or "geneve")
    assert captured(tmp_path, "dove-translate", octets, *words) == expected
    octets = pcap([underlay(vm_frame(60), 5001), underlay(vm_frame(61), 5002)])
    chosen = captured(tmp_path, "dove-translate", octets, *words, "--vnid", "5002")
    assert frames_of(chosen) == frames_of(by_command(tmp_path, octets, "translate", "--to", to or "geneve"))[1:]


@pytest.mark.parametrize(
    ("interface", "words", "said"),
    [
        ("dove-strip", ["--file", "none.pcap"], "none.pcap: there is no such file"),
        ("dove-strip", ["--interface", "nosuch0"], "--interface nosuch0: there is no such interface; there is "),
        ("dove-strip", [], "dove-strip: choose an interface to capture from, or a file, in its options"),
        ("dove-strip", ["--file", COMMAND[0]], ": no pcap or pcapng file; "),
        ("dove-strip", ["--file", "ok", "--vnid", "blue"], "--vnid blue: is no VNID (0..16777215), and names need"),
        ("dove-strip", ["--file", "ok", "--vnid", "16777216"], "--vnid 16777216: is no VNID (0..16777215)"),
        ("dove-strip", ["--file", "ok", "--depth", "0"], "--depth 0: expected a number, 1..64"),
        ("dove-strip", ["--file", "ok", "--depth", "²"], "--depth ²: expected a number, 1..64"),
        ("dove-strip", ["--file", "ok", "--decode-as", "4799"], "-d 4799: expected udp.port==N,ENCAPSULATION"),
        ("dove-strip", ["--file", "ok", "--to", "geneve"], "--to: dove-strip has no such option"),
        ("dove-strip", ["--file", "ok", "--extcap-capture-filter", "udp"], "a file that is read has none"),
        ("dove-strip", ["--interface", "lo", "--extcap-capture-filter", "udp prt"], "capture filter 'udp prt': "),
        ("dove-tag", ["--file", "ok"], "dove-tag: choose a map in its options (--map)"),
        ("dove-tag", ["--file", "ok", "--map", "none.yaml"], "none.yaml"),
        ("dove-translate", ["--file", "ok", "--to", "gre"], "encapsulation 'gre' is not known"),
        ("dove-translate", ["--file", "ok", "--to", "any"], "translate needs --to ENCAPSULATION"),
    ],
)
def test_bad_input_is_one_line(
    interface: str, words: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit code 2, and the pipe is opened and closed: Wireshark would wait for it."""
    monkeypatch.chdir(tmp_path)
    Path("ok").write_bytes(pcap([underlay(vm_frame())]))
    code, stderr = end_of(tmp_path, interface, *words)
    assert (code, stderr.count("\n")) == (2, 1), stderr
    assert stderr.startswith("dovetool: ")
    assert said in stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "Wireshark calls this, with --extcap-interfaces and the like"),
        (["--extcap-config"], "--extcap-interface is missing"),
        (["--extcap-dlts", "--extcap-interface", "x"], "--extcap-interface x: there is no such interface"),
        (["--extcap-config", "--extcap-interface", "dove-tag", "--extcap-reload-option", "x"], "has no such option"),
        (["--capture", "--extcap-interface", "dove-tag"], "--fifo is missing"),
        (["--capture", "--extcap-interface", "dove-tag", "--fifo", "/nonexistent"], "No such file or directory"),
        (["--capture", "--extcap-interface", "dove-tag", "--fifo", __file__], "is no named pipe"),
    ],
)
def test_calls_that_make_no_sense(words: list[str], said: str) -> None:
    ended = dovetool("extcap", *words)
    assert (ended.code, ended.stdout) == (2, b"")
    assert said in ended.complaint


@pytest.mark.parametrize(("text", "is_right"), [("udp port 4789", True), ("", True), ("udp prt", False), ("-h", False)])
def test_a_capture_filter_is_checked(text: str, is_right: bool) -> None:
    """Wireshark takes what is printed for what is wrong with it, and nothing for a filter that is right."""
    if shutil.which("tcpdump", path="/usr/bin:/usr/sbin") is None and shutil.which("dumpcap") is None:
        pytest.skip("needs tcpdump or dumpcap")
    ended = dovetool("extcap", f"--extcap-capture-filter={text}", "--extcap-interface", "dove-strip")
    assert (ended.code, ended.stderr) == (0, "")
    assert ended.stdout.count(b"\n") == (0 if is_right else 1)


def test_a_damaged_file(tmp_path: Path) -> None:
    """What is good comes out; Wireshark is told of the rest."""
    source = tmp_path / "source"
    source.write_bytes(pcap([underlay(vm_frame())] * 2)[:-1])
    with capture(tmp_path, "dove-strip", "--file", source) as running:
        assert [frame.octets for frame in stripped(tmp_path, running.result())] == [vm_frame()]
        code, stderr = running.ended()
    assert (code, stderr.count("\n")) == (3, 1)


def test_help_has_an_example() -> None:
    ended = dovetool("extcap", "--help")
    assert (ended.code, ended.stderr) == (0, "")
    assert "tshark -i dove-strip" in ended.stdout.decode()
