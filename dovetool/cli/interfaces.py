"""Who names a network interface where a capture belongs is told how to capture there: tcpdump does, through a pipe."""

from __future__ import annotations

from dovetool.errors import CaptureError, DovetoolError

_OPTION = "-i"
"""What tcpdump and tshark call it."""


def in_place_of_a_file(error: DovetoolError, command: str) -> str:
    """How the command reads from the interface that it was given as IN; empty if it was given something else."""
    missing = error.__cause__
    if not isinstance(error, CaptureError) or not isinstance(missing, FileNotFoundError):
        return ""
    name = str(missing.filename)
    return f"; to capture at this interface: {_pipe(name, command)}" if name in _interfaces() else ""


def asked_for(error: Exception, command: str) -> str:
    """How the command reads from an interface, if it reads captures and was given an option for one; else empty."""
    if type(error).__name__ != "NoSuchOption" or getattr(error, "option_name", None) != _OPTION:
        return ""
    given = getattr(getattr(getattr(error, "ctx", None), "command", None), "params", ())
    reads = any(each.param_type_name == "argument" and each.name == "sources" for each in given)
    return f". To capture there: {_pipe('eth0', command)}" if reads else ""


def _pipe(interface: str, command: str) -> str:
    import shlex

    return f"tcpdump -U -i {shlex.quote(interface)} -w - | {command} - ..."


def _interfaces() -> set[str]:
    import socket

    return {name for _, name in socket.if_nameindex()}
