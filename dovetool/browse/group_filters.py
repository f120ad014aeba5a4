"""The line of the filter bar that chooses the frames of a group of the statistics, or of a conversation."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping

from dovetool.analysis.indexed.row_filter import is_display_filter
from dovetool.browse.row_texts import RowTexts
from dovetool.observe.by import By

Key = Mapping[str, str | int | None]


def group_filter(by: By, key: Key) -> str:
    """A line for a group, by the parts of its key."""
    return _LINES[by](key)


def end_text(address: object, port: object) -> str:
    """An end of a conversation."""
    if port is None:
        return str(address)
    return f"[{address}]:{port}" if ":" in str(address) else f"{address}:{port}"


def conversation_filter(texts: RowTexts, row: int) -> tuple[str, str]:
    """Lines for the conversation of a frame: in whichever network and tunnel, and in its own; empty where it has none.

    It goes on between the innermost ends of the frame.
    """
    names = ("src_ip", "dst_ip", "src_port", "dst_port", "ip_protocol", "src_mac", "dst_mac", "vnid")
    src_ip, dst_ip, src_port, dst_port, protocol, src_mac, dst_mac, vnid = texts.values(row, names)
    line = f"between={src_mac},{dst_mac}" if src_mac and dst_mac else ""
    if src_ip and dst_ip:
        line = f"between={end_text(src_ip, src_port)},{end_text(dst_ip, dst_port)}"
        line += "" if protocol is None else f" ip_protocol={protocol}"
    return line, f"{line} vnid={_text(vnid)}"


def combined(line: str, more: str) -> str:
    """A line for what two lines choose both; a display filter becomes an option first."""
    line = line.strip()
    return f"{f'-Y {shlex.quote(line)}' if is_display_filter(line) else line} {more}".strip()


def _vnid(key: Key) -> str:
    return f"vnid={_text(key['vnid'])}"


def _pair(key: Key) -> str:
    if key["src"] is None:
        return "encaps=" if key["encap"] == "none" else "outer_encap= depth!=0"
    return f"outer_src={key['src']} outer_dst={key['dst']} outer_encap={key['encap']}"


def _tep(key: Key) -> str:
    return "outer_src=" if key["address"] is None else f"outer_end={key['address']}"


def _vm(key: Key) -> str:
    return f"{_vnid(key)} end={key['mac']}" if key["mac"] else _vnid(key)


def _conversation(key: Key) -> str:
    protocol = shlex.quote(f"protocol={_text(key['protocol'])}")
    line = f"{_vnid(key)} {protocol}"
    if not (key["a"] or key["b"]):
        return line
    line += f" between={end_text(key['a'], key['port_a'])},{end_text(key['b'], key['port_b'])}"
    return f"{line} src_port=" if key["port_a"] is None else line  # else fragments would have all frames of their ends


def _text(value: object) -> str:
    return "" if value is None else str(value)


_LINES: Mapping[By, Callable[[Key], str]] = {
    By.VNID: _vnid,
    By.PAIR: _pair,
    By.TEP: _tep,
    By.VM: _vm,
    By.ENCAP: lambda key: "encaps=" if key["encap"] == "none" else f"encaps={key['encap']}",
    By.CONVERSATION: _conversation,
}
