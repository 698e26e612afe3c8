"""Fine and Gray's model: a subdistribution hazard proportional to a baseline."""

from __future__ import annotations

from typing import Literal

from sarcoma.models.forms.baseline import BaselineForm


class FineGray(BaselineForm):
    """A Fine–Gray model; its baseline is 1 − the cumulative incidence of the event where others can come first."""

    kind: Literal["fine-gray"]
