"""Cox's model: a hazard proportional to a baseline."""

from __future__ import annotations

from typing import Literal

from sarcoma.models.forms.baseline import BaselineForm


class Cox(BaselineForm):
    """A Cox model whose baseline survival is known at the horizons."""

    kind: Literal["cox"]
