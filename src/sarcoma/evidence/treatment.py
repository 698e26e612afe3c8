"""Treatments: for which types, in which setting, with what results and harms, and what regulators have decided."""

from __future__ import annotations

import datetime
from typing import Literal

from sarcoma._frozen import Field, model_validator
from sarcoma.evidence.entry import Entry, Key, Level, Mark, Shelved, Text
from sarcoma.evidence.rule import Rule

ApprovalStatus = Literal[
    "approved",
    "conditional",  # on less complete data than usual, to be confirmed
    "accelerated",  # early, on a result that predicts benefit, to be confirmed
    "withdrawn",
    "refused",
    "under-review",
    "designation",  # a faster review; no approval
    "off-label",  # used, and not approved for this
    "none-seen",  # looked for, and no decision was found: this is not "not approved"
    "not-looked-for",  # nobody has looked: this is not "not approved"
]

Setting = Literal["localised", "around-resection", "advanced", "few-metastases"]


class Conditions(Entry):
    """For whom a decision holds, as data: ages in years, markers, tissue types, extent, earlier treatment."""

    age_from: float | None = None
    age_below: float | None = None
    types: tuple[str, ...] = ()
    excluded_types: tuple[str, ...] = ()
    markers: tuple[Text, ...] = ()
    alleles_one_of: tuple[Text, ...] = ()
    alleles_forbidden: tuple[Text, ...] = ()
    extent: Literal["localised", "unresectable", "unresectable-or-metastatic", "metastatic", "advanced"] | None = None
    line: Literal["any", "first", "after-chemotherapy", "after-anthracycline", "after-trk-inhibitor"] | None = None
    together_with: tuple[Text, ...] = ()


class Approval(Entry):
    """What a regulator decided, and when. `date` may be a year or a month if no more is known.

    `searched_on`: the day on which this was looked for; None only where nobody has looked.
    """

    regulator: Key
    status: ApprovalStatus
    date: str | None = Field(default=None, pattern=r"^\d{4}(-\d{2}){0,2}$")
    indication: Text
    conditions: Conditions = Field(default_factory=Conditions)
    searched_on: datetime.date | None
    sources: tuple[Key, ...]
    marks: tuple[Mark, ...] = ()
    note: Text | None = None

    @model_validator(mode="after")
    def _was_looked_for(self) -> Approval:
        if (self.status == "not-looked-for") != (self.searched_on is None):
            raise ValueError("`searched_on` is the day of the search; only not-looked-for has none")
        return self


class Code(Entry):
    """A code of a treatment in a terminology (ATC, HemOnc/Athena)."""

    system: Literal["ATC", "ATC (older edition)", "HemOnc"]
    code: str
    marks: tuple[Mark, ...] = ()


class Guideline(Entry):
    """What a guideline says of a treatment; `strength` and `evidence` in its own terms, None where not read."""

    source: Key
    says: Text
    strength: Text | None = None
    evidence: Text | None = None


_MEDICINES = frozenset(
    ("chemotherapy", "targeted", "hormone", "immunotherapy", "cell-therapy", "adjuvant-chemotherapy")
)


class Treatment(Shelved):
    """A treatment or regimen. `types` are histologic type ids, `family:` groups, or `any`.

    `for_whom` is a rule on the record (markers, site, age, earlier treatment) that must not be broken for the
    treatment to be listed; a marker that is unknown leaves it listed, with the test to ask for.
    `done_when` says when it has been done and is not offered again, unless `again_when` holds.
    `line` is None outside advanced disease. `evidence` is the strongest kind of study among the results.
    `what_it_is` and `feels_like` are plain; `harms` names facts with the rates.
    """

    id: Key
    name: Text
    plain_name: Text
    kind: Literal[
        "surgery",
        "radiotherapy",
        "ablation",
        "chemotherapy",
        "targeted",
        "hormone",
        "immunotherapy",
        "cell-therapy",
        "supportive",
        "adjuvant-chemotherapy",
    ]
    components: tuple[str, ...] = ()  # ids of the drugs in a regimen
    types: tuple[str, ...]
    excluded_types: tuple[str, ...] = ()
    setting: Setting
    line: Literal["first", "later", "any"] | None = None
    for_whom: Rule = ()
    done_when: Rule = ()
    again_when: Rule = ()
    statement: Text
    plain: Text
    what_it_is: Text | None = None
    feels_like: Text | None = None
    harms: tuple[Key, ...] = ()  # facts
    results: tuple[Key, ...] = ()  # facts
    evidence: Level | None = None
    guidelines: tuple[Guideline, ...] = ()
    approvals: tuple[Approval, ...] = ()
    withdrawal: Text | None = None
    plain_withdrawal: Text | None = None
    codes: tuple[Code, ...] = ()
    sources: tuple[Key, ...]
    caution: Text | None = None
    plain_caution: Text | None = None
    synonyms: tuple[Text, ...] = ()
    record_only: bool = False  # a code for what a person has had, with no evidence entry of its own
    checked: datetime.date
    note: Text | None = None

    @property
    def is_medicine(self) -> bool:
        """Whether regulators of medicines decide on it, so that a decision that was not looked for is said."""
        return bool(self.approvals) or self.kind in _MEDICINES

    @property
    def withdrawn_by(self) -> tuple[Approval, ...]:
        """Every decision that took it off a market."""
        return tuple(a for a in self.approvals if a.status == "withdrawn")

    @property
    def no_longer_available(self) -> bool:
        """Whether it was withdrawn anywhere: every surface then shows the words of `withdrawal`."""
        return bool(self.withdrawn_by)

    @model_validator(mode="after")
    def _a_withdrawal_is_said(self) -> Treatment:
        if self.no_longer_available != (self.withdrawal is not None and self.plain_withdrawal is not None):
            raise ValueError("a withdrawn treatment says so in `withdrawal` and `plain_withdrawal`, and no other does")
        if (self.line is not None) != (self.setting == "advanced") and not self.record_only:
            raise ValueError("`line` belongs to treatment of advanced disease")
        return self
