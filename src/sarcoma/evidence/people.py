"""Whom the people behind a figure were restricted to, as data, so that nearness to one person can be judged."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from sarcoma._frozen import Field
from sarcoma.evidence.entry import Entry
from sarcoma.evidence.rule import Condition, Rule

Estimand = Literal["net", "crude", "all-cause", "not-stated"]
"""How people who die of something else are treated; `all-cause` where death itself is counted."""

Situation = Literal[
    "localised",  # no metastasis at the start
    "recurrent",  # after a local recurrence, no metastasis
    "metastatic-at-diagnosis",
    "metastatic-later",
    "metastatic",  # at diagnosis or later
    "relapsed",  # counted from a relapse, at the same place or elsewhere
    "mixed",  # localised and metastatic counted together
]

Ages = Literal["adults", "children", "all"]

Codes = tuple[str, ...]


class People(Entry):
    """A restriction of a cohort. Unset means: not restricted, or not seen.

    `size_cm` is above the first and up to the second (None: no end). `ages` says whether children and adults were
    counted apart; `age_years` gives the bounds that were printed, from the first up to but without the second.
    `organs` are those that had metastasis in everyone counted. `period_end` is the last year of diagnosis or treatment.
    """

    situation: Situation | None = None
    ages: Ages | None = None
    age_years: tuple[float | None, float | None] | None = None
    site: Codes | None = None
    depth: Codes | None = None
    grade: Codes | None = None
    size_cm: tuple[float | None, float | None] | None = None
    nodes: Codes | None = None
    margin: Codes | None = None
    surgery: Codes | None = None
    radiotherapy: Codes | None = None
    presentation: Codes | None = None
    organs: Codes | None = None
    metastasectomy: Codes | None = None
    period_end: Annotated[int, Field(ge=1900, le=2100)] | None = None

    def overridden_by(self, *others: People) -> People:
        """The same with what the others set, the last one winning."""
        merged: dict[str, Any] = {}
        for people in (self, *others):
            merged |= {name: getattr(people, name) for name in people.model_fields_set}
        return People.model_construct(set(merged), **merged)  # each was validated


_ONE_TO_ONE = ("site", "depth", "grade", "nodes", "margin", "surgery", "radiotherapy", "presentation", "metastasectomy")
_BOUNDS = {"size_cm": "size_cm", "age": "age_years"}


def people_of_rule(rule: Rule) -> People:
    """What a rule says outright of the people it is about; choices (`any_of`) and exclusions say nothing here."""
    found: dict[str, Any] = {}
    for condition in rule:
        name = condition.field
        if name is None:
            continue
        if name in _ONE_TO_ONE and condition.in_ is not None:
            found[name] = condition.in_
        elif name == "metastasis_organs" and condition.in_ is not None and len(condition.in_) == 1:
            found["organs"] = (*found.get("organs", ()), *condition.in_)
        elif name in _BOUNDS and condition.in_ is None and condition.not_in is None:
            found[_BOUNDS[name]] = _limits(condition)
    situation = _situation(rule)
    if situation is not None:
        found["situation"] = situation
    ages = _ages(found.get("age_years"))
    if ages is not None:
        found["ages"] = ages
    return People.model_construct(set(found), **found)  # of conditions that were validated


def _limits(condition: Condition) -> tuple[float | None, float | None]:
    low = condition.at_least if condition.at_least is not None else condition.above
    high = condition.below if condition.below is not None else condition.at_most
    return low, high


def _ages(years: tuple[float | None, float | None] | None) -> Ages | None:
    if years is None:
        return None
    low, high = years
    if low is not None and low >= 18:
        return "adults"
    if high is not None and high <= 18:
        return "children"
    return "all" if low is not None else None  # an upper bound alone does not say whether children were counted


def _situation(rule: Rule) -> Situation | None:
    said = {c.field: c.in_[0] for c in rule if c.field is not None and c.in_ is not None and len(c.in_) == 1}
    if said.get("metastatic_at_diagnosis") == "yes":
        return "metastatic-at-diagnosis"
    if said.get("metastatic_at_diagnosis") == "no" and said.get("metastatic") != "no":
        return "metastatic-later"
    if said.get("metastatic") == "yes":
        return "metastatic"
    if (
        said.get("recurred") == "yes"
        or said.get("local_recurrence") == "yes"
        or said.get("presentation") == "recurrent"
    ):
        return "recurrent"
    return "localised" if said.get("metastatic") == "no" else None
