"""What can go wrong with a lab."""

from __future__ import annotations

from opsflow.core.errors import OpsFlowError


class LabError(OpsFlowError):
    """A lab could not be made, changed or removed."""


class LabUnavailable(LabError):
    """This machine cannot run a lab at all; the message says why in one sentence."""
