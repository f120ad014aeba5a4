"""Start Wireshark on a capture with the plugin, the profile and unusual ports."""

from __future__ import annotations

import stat
from collections.abc import Mapping, Sequence
from pathlib import Path

from dovetool.errors import CaptureError
from dovetool.wireshark import plugin_file, profile
from dovetool.wireshark.decode_as import decode_as_arguments
from dovetool.wireshark.programs import Program


def check_capture(capture: Path) -> None:
    """See to it that there is a capture, in the words of the commands that read one.

    Raises:
        CaptureError: there is no such file, or it is a directory.
    """
    try:
        is_directory = stat.S_ISDIR(capture.stat().st_mode)
    except OSError as error:
        raise CaptureError(f"{capture}: {error.strerror}") from error
    if is_directory:
        raise CaptureError(f"{capture}: is a directory, not a capture file")


def open_command(wireshark: Program, capture: Path, decode_as: Sequence[str], ports: Mapping[int, str]) -> list[str]:
    """The command line that opens a capture in Wireshark.

    The plugin is named by its path, so that it need not be installed; where it is, the installed copy is the one used.

    Args:
        wireshark: the program.
        capture: what to open.
        decode_as: as on our command line, `udp.port==4799,vxlan`.
        ports: UDP port -> encapsulation, from a map.

    Raises:
        UsageError: Wireshark has no place for one of `decode_as`.
    """
    plugin = Path(__file__).with_name(plugin_file.NAME)
    arguments = ("-X", f"lua_script:{plugin}", "-C", profile.NAME, *decode_as_arguments(decode_as, ports))
    return [str(wireshark.path), *arguments, "-r", str(capture)]
