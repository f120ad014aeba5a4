"""Stripping planned: overlay headers and tags come off, and networks are kept apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dovetool.frame.selectors import Selectors
from dovetool.jobs.annotating import annotator
from dovetool.jobs.plan import Plan
from dovetool.jobs.tenancy import TenantChoice, tenant_vlans
from dovetool.jobs.tenant_form import TenantForm
from dovetool.observe.names import Names
from dovetool.stages.strip import Strip

if TYPE_CHECKING:
    from dovetool.engine.duplicates import Duplicates


def stripping(
    selectors: Selectors,
    tpid: int,
    depth: int,
    names: Names,
    tenant: TenantForm | None = None,
    vlans: list[str] | None = None,
    duplicates: Duplicates | None = None,
    *,
    annotate: bool = False,
) -> Plan:
    """Take off tunnels and tags, `depth` tunnels at most.

    Args:
        selectors: what marks an overlay packet.
        tpid: TPID of the DOVE tag.
        depth: tunnels that are taken off a frame at most.
        names: gives networks their names.
        tenant: where the network of a frame is told; None: as the output has a place for it.
        vlans: the VLANs of networks, as `5001=100`.
        duplicates: knows frames that are rejected as such.
        annotate: comment each packet.
    """
    chosen = tenant_vlans(tenant, vlans, names)
    form = tenant if chosen is None else TenantForm.VLAN
    return Plan(
        "strip",
        lambda holds_all: [Strip(selectors, depth, tpid, ethernet_only=not holds_all, vlans=chosen)],
        annotator(annotate, selectors, tpid, depth, names.vnid_map),
        tenancy=TenantChoice(form, names),
        duplicates=duplicates,
    )
