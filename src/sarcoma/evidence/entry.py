"""What every piece of evidence has in common: identity, marks, level of evidence, audience."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints

Mark = Literal[
    "from-memory",  # written down from memory, never read in a source: never shown as a figure
    "calculated",  # computed by us from printed numbers; `calculation` says how
    "secondary",  # read in a work that relays the original
    "digitised",  # read off a printed figure
    "inferred",  # our reading of what the source means
    "not-visible",  # the source has the number, but it could not be seen
    "unverified",  # seen once, in a place that could not be checked
    "weak-source",  # a source of low quality; a better one is wanted
    "conflict",  # the source contradicts itself or another source
    "superseded",  # a newer figure exists
    "illustration",  # our own worked example, not an observation
]

Level = Literal[
    "rct",
    "single-arm",
    "registry",
    "cohort",
    "systematic-review",
    "review",
    "guideline",
    "regulator",
    "charity-page",
    "secondary",
    "qualitative",
    "classification",
    "calculation",
]

Audience = Literal["everyone", "teams"]

Key = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9/_-]*$")]
"""An identifier as it stands in a file: letters, digits, `-`, `_`, `/`."""

Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]


class Entry(BaseModel):
    """A frozen piece of evidence; an unknown field in a file is an error, not a silent loss."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True, allow_inf_nan=False)
