"""What becomes of frames, apart from the files that they come from and go to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import field
from typing import TYPE_CHECKING

from dovetool.jobs.tenancy import TenantChoice
from dovetool.jobs.tenant_form import TenantForm
from dovetool.stages.stage import Stage
from dovetool.values import dataclass

if TYPE_CHECKING:
    from dovetool.capture.open_capture import OpenCapture
    from dovetool.engine.duplicates import Duplicates
    from dovetool.engine.sieve import Sieve
    from dovetool.observe.annotate import Annotator

MakeStages = Callable[[bool], Sequence[Stage]]


@dataclass(frozen=True, slots=True)
class Plan:
    """The stages that frames go through, and what is to be known of them.

    Attributes:
        name: what is done, as the command is called.
        make_stages: makes the stages; told whether the output holds frames of all link types of the input.
        annotator: puts what is known about each forwarded frame into its packet's comment.
        grows: frames may become longer.
        keeps_link: frames keep the link type that they have.
        tenancy: how the network of a frame is told once its tunnel is gone.
        duplicates: knows frames that are rejected as duplicates before the one stage; None: none is.
        as_they_are: no frame becomes another one, so that one of any link type can be written again.
        reading: makes of the captures that were opened what is read; None: as they are.
        underlay_name: what an interface is called where its frames have left their tunnel end point.
    """

    name: str
    make_stages: MakeStages
    annotator: Annotator | None = None
    grows: bool = False
    keeps_link: bool = False
    tenancy: TenantChoice = field(default_factory=lambda: TenantChoice(TenantForm.NONE))
    underlay_name: Callable[[str], str] | None = None
    duplicates: Duplicates | None = None
    as_they_are: bool = False
    reading: Callable[[OpenCapture], OpenCapture] | None = None

    def sieve(self) -> Sieve | None:
        """What rejects duplicates; None where none are looked for."""
        if self.duplicates is None:
            return None
        from dovetool.engine.sieve import Sieve

        return Sieve(self.duplicates)
