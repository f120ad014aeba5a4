"""`dovetool wireshark install --extcap`: tshark lists the capture interfaces, and captures from them."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from cli_process import dovetool, environment
from cli_traffic import MAP, pcap
from frames import underlay, vm_frame
from wireshark_side import files_in, lines_of, needs_tshark, new_home, program, tshark

from dovetool.wireshark.extcap import INTERFACES

pytestmark = needs_tshark


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    return new_home(tmp_path / "home")


def launcher_of(home: dict[str, str]) -> Path:
    [path] = Path(home["HOME"]).rglob("dovetool-extcap")
    return path


def listed(home: dict[str, str]) -> list[str]:
    """The capture interfaces of ours that tshark lists."""
    return [line.partition(" ")[2] for line in tshark(home, "-D").stdout.splitlines() if "DOVE" in line]


def test_tshark_lists_them_until_they_are_taken_away(home: dict[str, str]) -> None:
    assert listed(home) == []
    said = lines_of(home, "install", "--extcap")
    launcher = launcher_of(home)
    assert said[1] == f"{launcher}: written"
    assert listed(home) == [
        "dove-strip (DOVE: strip overlays)",
        "dove-tag (DOVE: tag as the switch does)",
        "dove-translate (DOVE: translate between encapsulations)",
    ]
    assert any(
        line.split(":")[0] == "capture interfaces" and "lists them)" in line for line in lines_of(home, "status")
    )
    assert lines_of(home, "install", "--extcap")[1] == f"{launcher}: up to date"
    launcher.chmod(0o644)
    assert lines_of(home, "install", "--extcap")[1] == f"{launcher}: written"
    assert stat.S_IMODE(launcher.stat().st_mode) == 0o755
    assert f"{launcher}: removed" in lines_of(home, "uninstall")
    assert listed(home) == []
    assert files_in(Path(home["HOME"])) == {}


def test_without_the_option_there_is_none(home: dict[str, str]) -> None:
    lines_of(home, "install")
    assert listed(home) == []
    assert "capture interfaces:      none" in lines_of(home, "status")


def test_somebody_elses_file_is_left_alone(home: dict[str, str]) -> None:
    lines_of(home, "install", "--extcap")
    launcher = launcher_of(home)
    launcher.write_text("#!/bin/sh\necho mine\n")
    ended = dovetool("wireshark", "install", "--extcap", settings=home)
    assert (ended.code, ended.complaint) == (2, f"{launcher} was not written by dovetool: move it away first")
    assert f"{launcher}: left alone, as dovetool did not write it" in lines_of(home, "uninstall")
    assert launcher.read_text() == "#!/bin/sh\necho mine\n"


def test_for_all_users(tmp_path: Path) -> None:
    """The real tshark, but for the folders that it says are for all."""
    folder = tmp_path / "global"
    script = f"""/usr/bin/env -S {real_tshark()} "$@" | sed -e 's|^\\(Global Lua Plugins:\\).*|\\1 {folder}/lua|' \\
      -e 's|^\\(\\(Global \\)*[Ee]xtcap path:\\).*|\\1 {folder}/extcap|'"""
    home = {**new_home(tmp_path / "home"), **program(tmp_path / "bin", "tshark", script)}
    lines_of(home, "install", "--system", "--extcap")
    launcher = folder / "extcap" / "dovetool-extcap"
    assert os.access(launcher, os.X_OK)
    assert lines_of(home, "uninstall") == ["nothing was installed"]
    assert f"{launcher}: removed" in lines_of(home, "uninstall", "--system")


def real_tshark() -> str:
    return subprocess.run(["which", "tshark"], capture_output=True, text=True, check=True).stdout.strip()


def test_the_folder_where_wireshark_starts_is_not_searched(home: dict[str, str], tmp_path: Path) -> None:
    """Another `dovetool` that lies there is not run."""
    lines_of(home, "install", "--extcap")
    (tmp_path / "dovetool.py").write_text("print('interface {value=wrong}{display=wrong}')")
    command = [str(launcher_of(home)), "--extcap-capture-filter=", "--extcap-interface", "dove-strip"]
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False).stdout == ""


_QUESTIONS = [
    "--extcap-interfaces --extcap-version=4.4",
    *(f"--extcap-dlts --extcap-interface {name}" for name in INTERFACES),
    *(f"--extcap-config --extcap-interface={name}" for name in INTERFACES),
    "--extcap-config --extcap-version 4.6 --extcap-interface dove-tag",
    "--extcap-config --extcap-interface dove-strip --extcap-reload-option interface",
    "--extcap-config --extcap-interface nosuch",
    "--extcap-interfaces --extcap-nosuch",
    "",
]
_DEVICES = ["1. eth0", "2.any (Pseudo-device) [Up]", r"3. lo (a}{value=x} \001\351)", "no device", "4. "]


@pytest.mark.parametrize("capturer", ["dumpcap", "tcpdump", ""])
def test_the_script_answers_as_python_does(home: dict[str, str], tmp_path: Path, capturer: str) -> None:
    lines_of(home, "install", "--extcap")
    launcher = launcher_of(home)
    script = "\n".join(f"printf '{line}\\n'" for line in _DEVICES)
    settings = {**home, **(program(tmp_path / "bin", capturer, script) if capturer else {})}
    if capturer != "dumpcap":  # which is asked first, and is not to be found
        for name in ("sh", "tr", "sed", "cat", "python3"):
            (tmp_path / "bin").mkdir(exist_ok=True)
            (tmp_path / "bin" / name).symlink_to(shutil.which(name) or "")
        settings["PATH"] = str(tmp_path / "bin")
    for question in _QUESTIONS:
        command = [str(launcher), *question.split()]
        asked = subprocess.run(command, env=environment(**settings), capture_output=True, check=False)
        expected = dovetool("extcap", *question.split(), settings=settings)
        stdout = asked.stdout.replace(b"\xe9", "\N{REPLACEMENT CHARACTER}".encode())
        assert (asked.returncode, stdout, asked.stderr.decode()) == (expected.code, expected.stdout, expected.stderr)


def test_to_be_listed_needs_no_python(home: dict[str, str]) -> None:
    lines_of(home, "install", "--extcap")
    launcher = launcher_of(home)
    launcher.write_text(launcher.read_text().replace(sys.executable, "/nonexistent"))
    assert len(listed(home)) == 3
    [line] = [line for line in lines_of(home, "status") if line.startswith("capture interfaces")]
    assert f"{launcher}, of another dovetool: install --extcap again (tshark lists them)" in line


def test_tshark_captures_from_each(home: dict[str, str], tmp_path: Path) -> None:
    lines_of(home, "install", "--extcap")
    tunnels, vms, names = tmp_path / "underlay.pcap", tmp_path / "vms.pcap", tmp_path / "map.yaml"
    tunnels.write_bytes(pcap([underlay(vm_frame(90)), underlay(vm_frame(91), 5002)]))
    vms.write_bytes(pcap([vm_frame(92)]))
    names.write_text(MAP)
    strip = {"file": tunnels, "vnid": "red", "map": names}
    assert captured(home, "dove-strip", strip, "frame.len", "ip.src") == ["91\t10.0.0.1"]
    assert captured(home, "dove-tag", {"file": vms, "map": names}, "dove.vnid", "frame.len") == ["5001\t98"]
    translate = {"file": tunnels, "to": "geneve", "decodeas": "udp.port==4799,vxlan"}
    assert captured(home, "dove-translate", translate, "geneve.vni") == ["0x001389", "0x00138a"]


def captured(home: dict[str, str], interface: str, options: dict[str, object], *fields: str) -> list[str]:
    prefix = f"extcap.{interface.replace('-', '_')}"
    settings = [word for name, value in options.items() for word in ("-o", f"{prefix}.{name}:{value}")]
    shown = [word for field in fields for word in ("-e", field)]
    done = tshark(home, "-n", "-i", interface, *settings, "-T", "fields", *shown)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_tshark_shows_what_is_wrong(home: dict[str, str]) -> None:
    """And ends, instead of waiting for a pipe that nobody opens."""
    lines_of(home, "install", "--extcap")
    done = tshark(home, "-i", "dove-strip", "-o", "extcap.dove_strip.file:/nonexistent")
    assert "dovetool: /nonexistent: there is no such file" in done.stderr
