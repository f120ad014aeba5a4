"""The script that answers Wireshark's questions about our capture interfaces, and starts us for a capture.

Wireshark and `tshark -D` ask for the list of interfaces, and for the options of each. The answers are known when the
script is written, but for the network interfaces of the moment; so a shell gives them, and no Python has to start.
Whatever else is asked for, a capture, a filter, a mistake, goes to `dovetool extcap`, which gives the same answers.
"""

from __future__ import annotations

import shlex

from dovetool import __version__
from dovetool.wireshark.devices import ADMIN_FOLDERS, MAC_FOLDERS, Device
from dovetool.wireshark.extcap import INTERFACES, CaptureInterface, config_text, dlts_text, interfaces_text
from dovetool.wireshark.names import MARK

HEAD = f"#!/bin/sh\n{MARK}"
_END = "END_OF_ANSWER"
_DEVICES = r"""devices() {
  PATH=$PATH:%(folders)s LC_ALL=C
  export LC_ALL
  capturer=$(command -v dumpcap || command -v tcpdump) || return
  "$capturer" -D 2>/dev/null </dev/null | tr '{}\001-\011\013-\037\177' '()[ *]' | sed -n '
    s/^[0-9][0-9]*\. \{0,1\}\([^ ][^ ]*\)\( .*\)\{0,1\}$/value {arg=0}{value=\1}{display=\1\2}{default=false}/p' |
    sed '1s/{default=false}$/{default=true}/'
}
config() {
  values=$(devices)
  if test -n "$values"; then printf '%%s\n%%s\n' "$1" "$values"; else printf '%%s\n' "$2"; fi
  cat
}
"""
_QUESTION = """asked= name= before=
for word do
  case $before:$word in
    --extcap-interface:*) name=$word ;;
    --extcap-version:*) ;;
    *:--extcap-interface=*) name=${word#*=} ;;
    *:--extcap-interface | *:--extcap-version | *:--extcap-version=*) ;;
    *) asked=$asked$word ;;
  esac
  before=$word
done
"""


def script(command: list[str]) -> bytes:
    """The script.

    Args:
        command: starts `dovetool extcap`; the options are put behind it.
    """
    folders = ":".join((*ADMIN_FOLDERS, *MAC_FOLDERS))
    answers = [("--extcap-interfaces:*", _here(interfaces_text(__version__), "cat"))]
    names = "|".join(f"--extcap-dlts:{name}" for name in INTERFACES)
    answers.append((names, _here(dlts_text(), "cat")))
    answers += [(f"--extcap-config:{name}", _config(interface)) for name, interface in INTERFACES.items()]
    cases = "".join(f"{pattern})\n{answer};;\n" for pattern, answer in answers)
    parts = (
        f"{HEAD}, which will write it again.\n",
        _DEVICES % {"folders": folders},
        _QUESTION,
        f'case $asked:$name in\n{cases}*) exec {shlex.join(command)} "$@" ;;\nesac\n',
    )
    return "".join(parts).encode()


def _config(interface: CaptureInterface) -> str:
    """The answer to `--extcap-config`: the first argument is the network interface, which depends on the moment."""
    some, *_ = config_text(interface, [Device("x", "x")]).splitlines()
    none, *others = config_text(interface, []).splitlines(keepends=True)
    return _here("".join(others), f"config {shlex.quote(some)} {shlex.quote(none.rstrip())}")


def _here(text: str, command: str) -> str:
    """A command that reads a text."""
    return f"{command} <<'{_END}'\n{text}{_END}\n"
