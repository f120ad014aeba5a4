"""All pictures of a portrait."""

from __future__ import annotations

from typing import NamedTuple

from dovetool.pictures.hops_picture import hops_picture
from dovetool.pictures.ink import Ink
from dovetool.pictures.matrix_picture import tep_picture, vm_picture
from dovetool.pictures.moves_picture import moves_picture
from dovetool.pictures.picture import Picture
from dovetool.pictures.ports_picture import ports_picture
from dovetool.pictures.rate_picture import rate_picture
from dovetool.pictures.sizes_picture import sizes_picture
from dovetool.portrait.portrait import Portrait


class Album(NamedTuple):
    """The pictures that there is something for."""

    teps: Picture | None
    vms: Picture | None
    rate: Picture | None
    ports: Picture | None
    sizes: Picture | None
    moves: Picture | None
    hops: Picture | None

    @property
    def pictures(self) -> list[Picture]:
        """Those that there are."""
        return [picture for picture in self if picture is not None]


def album(portrait: Portrait, ink: Ink) -> Album:
    """Make the pictures of a portrait."""
    traffic = portrait.traffic
    return Album(
        tep_picture(portrait.tep_talks, ink),
        vm_picture(portrait.vm_talks, ink),
        rate_picture(portrait.rates, ink),
        ports_picture(portrait.ports, ink),
        sizes_picture(portrait.sizes, ink),
        moves_picture(portrait.moves, traffic.first_ns, traffic.last_ns, ink),
        hops_picture(portrait.hops, ink),
    )
