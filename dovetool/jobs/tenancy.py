"""What strip does to keep frames of different networks apart, as `--tenant` and `--vlan` ask for it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING

from dovetool.engine.tenants import TenantComments, TenantInterfaces, Tenants
from dovetool.errors import UsageError
from dovetool.jobs.selection import vnid_named
from dovetool.jobs.tenant_form import TenantForm
from dovetool.observe.names import Names
from dovetool.values import dataclass

if TYPE_CHECKING:
    from dovetool.engine.tally import Tally

_LAST_VID = 4094
_VID = re.compile(r"[0-9]{1,4}")


@dataclass(frozen=True, slots=True)
class TenantChoice:
    """How the network of a frame is told once its tunnel is gone.

    Attributes:
        form: where it is told; None: by the interface, in a format that has such.
        names: gives networks their names.
    """

    form: TenantForm | None = None
    names: Names = field(default_factory=Names)

    def tenants(self, target: Path, *, to_pcapng: bool) -> Tenants | None:
        """What tells the writer; None when nothing does.

        Raises:
            UsageError: the format of the output has no place for it.
        """
        if self.form in (TenantForm.INTERFACE, TenantForm.COMMENT) and not to_pcapng:
            raise UsageError(
                f"--tenant {self.form}: pcap has no place for it; name OUT .pcapng, not {target}, or give --vlan"
            )
        if self.form is TenantForm.COMMENT:
            return TenantComments()
        is_by_interface = self.form in (None, TenantForm.INTERFACE) and to_pcapng
        return TenantInterfaces(self._name) if is_by_interface else None

    def _name(self, vnid: int) -> str:
        return self.names.network(vnid) or f"vnid {vnid}"

    def remarks(self, tallies: Sequence[Tally], *, to_pcapng: bool) -> tuple[str, ...]:
        """What the summary says where networks can no longer be told apart, and nobody asked for that."""
        count = len(tallies[-1].vnids)
        if to_pcapng or self.form is not None or count < 2:
            return ()
        return (f"VNIDs lost: {count:,} in one pcap; pcapng keeps them (dumpcap pipes it), or --vlan VNID=VLAN",)


def tenant_vlans(form: TenantForm | None, words: list[str] | None, names: Names) -> Mapping[int, int] | None:
    """The VLAN of each network, by VNID; None where networks are told otherwise."""
    if form not in (None, TenantForm.VLAN) and words:
        raise UsageError(f"--vlan belongs to --tenant vlan, not to --tenant {form}")
    if words:
        vlans: dict[int, int] = {}
        for word in words:
            vnid, vlan = _vlan(word, names)
            if vlans.setdefault(vnid, vlan) != vlan:
                raise UsageError(f"--vlan {word}: this network has VLAN {vlans[vnid]} already")
        return vlans
    if form is not TenantForm.VLAN:
        return None
    networks = names.vnid_map.networks if names.vnid_map is not None else ()
    if not networks:
        raise UsageError("--tenant vlan: give the VLAN of each network, as in --vlan 5001=100 (repeatable)")
    missing = " ".join(f"--vlan {network.vnid}=N" for network in networks[:4])
    raise UsageError(f"--tenant vlan: the map gives networks no VLAN; give {missing}{' ...' * (len(networks) > 4)}")


def _vlan(word: str, names: Names) -> tuple[int, int]:
    network, _, vid = word.rpartition("=")
    number = int(vid) if _VID.fullmatch(vid) else 0
    if not network or not 1 <= number <= _LAST_VID:
        raise UsageError(f"--vlan {word}: expected VNID=VLAN with a VLAN of 1..{_LAST_VID}, as in --vlan 5001=100")
    return vnid_named(network, names, f"--vlan {word}"), number
