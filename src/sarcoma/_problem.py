"""Problem: one thing that is wrong with a record, as data; and the one place where its sentence is made.

Whoever has to decide something – whether a cell or a person is refused, how a form asks again – reads `kind`, `rule`
and `limits`. Nobody reads the sentence.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from sarcoma._dataclass import dataclass, replace

ProblemKind = Literal[
    "ambiguous",  # may be several things, which are named
    "contradiction",  # fields that cannot all be true: `rule` says which
    "date-without-diagnosis",  # a time written as a date, and no date of diagnosis beside it
    "duplicate",  # a field that stands twice
    "not-a-date",
    "not-a-number",
    "not-whole",
    "out-of-range",
    "out-of-scope",  # recognised, and nothing that this is made for: `reason` says why
    "several-values",  # more than one where the mapping takes one
    "too-long",
    "unknown-code",  # no code, name or answer that the field knows
    "unknown-field",
    "unreadable",  # nothing of the kind that is needed
]

CELL_KINDS: frozenset[ProblemKind] = frozenset(
    {
        "date-without-diagnosis",
        "not-a-date",
        "not-a-number",
        "not-whole",
        "out-of-range",
        "several-values",
        "too-long",
        "unknown-code",
        "unreadable",
    }
)
"""Kinds that are about how one cell is written, not about the person or an impossible combination. What is ambiguous is
no such thing: it was recognised, and is asked about."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The range of a number: from `low` (above it where `above_low`) to `high`, both in `unit`."""

    low: float
    high: float
    above_low: bool = False
    unit: str | None = None

    def __contains__(self, number: float) -> bool:
        return self.low <= number <= self.high and not (self.above_low and number == self.low)

    def __str__(self) -> str:
        start = "above " if self.above_low else ""
        return f"{start}{self.low:g} to {self.high:g}" + (f" {self.unit}" if self.unit else "")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a record; it never holds what was written but the name of a field that is none.

    Attributes
    ----------
    field : the field of the record, or `record`.
    kind : what is wrong, as a code.
    rule : which of the sentences of this kind: for a contradiction, the rule that is broken.
    limits : the range of a number that is none, or out of it.
    names : codes or names that would be right.
    reason : why something is out of scope, as the evidence says it.
    example : a right value, as people write it.
    entry : which entry of a list, counted from 1.
    """

    field: str
    kind: ProblemKind
    rule: str = ""
    limits: Limits | None = None
    names: tuple[str, ...] = ()
    reason: str = ""
    example: str | None = None
    entry: int | None = None

    @property
    def text(self) -> str:
        """What is wrong, in words, without the field and the example."""
        return self.sentence()

    def sentence(self, translated: Callable[[str], str] = str) -> str:
        """What is wrong, in words; `translated` gives a sentence of `SENTENCES` in another language."""
        if self.reason:
            return translated(self.reason)
        pattern = SENTENCES[f"{self.kind}/{self.rule}" if self.rule else self.kind]
        data: dict[str, Any] = {
            "range": self.limits,
            "names": ", ".join(self.names),
            "listed": "; ".join(self.names),
            "example": self.example,
        }
        said = translated(pattern) % data
        return said if self.entry is None else f"entry {self.entry}: {said}"

    def __str__(self) -> str:
        text = self.text
        example = f" (for example {self.example})" if self.example and not text.endswith(".") else ""
        return f"{self.field}: {text}{example}"


class UnreadableError(ValueError):
    """A value that a field cannot take, raised while it is read; `problem` does not name the field yet."""

    def __init__(self, kind: ProblemKind, rule: str = "", **about: Any) -> None:
        self.problem = Problem("record", kind, rule, **about)
        super().__init__(self.problem.text)

    def of(self, field: str, **about: Any) -> Problem:
        """The problem, of a field."""
        return replace(self.problem, field=field, **about)


SENTENCES: dict[str, str] = {
    "ambiguous": "may be several types, so name one: %(listed)s",
    "date-without-diagnosis": "a date needs the date of diagnosis beside it; or give months",
    "duplicate": "stands twice in the record",
    "not-a-date": "a date is needed, written as year-month-day, such as 2025-03-14",
    "not-a-number": "a number is needed: %(range)s",
    "not-a-number/decimal-comma": "a number is needed (write the decimal point as a point): %(range)s",
    "not-a-number/range": "a range or a bound, where one number is needed: %(range)s",
    "not-a-number/date": (
        "a date, where a number is needed; a spreadsheet may have made it of a range such as 5-8: %(range)s"
    ),
    "not-a-number/in-unit": "a number is needed, in %(names)s",
    "not-whole": "a whole number is needed: %(range)s",
    "out-of-range": "out of range: %(range)s",
    "out-of-range/differentiation": "the score is 1, 2 or 3",
    "out-of-range/foci": "there is at least one tumour",
    "out-of-range/mitoses": "a count is 0 or more",
    "out-of-range/special-code": "a code that registries write for not known (999, 998, 990, 888), not a size",
    "out-of-range/size": "a size is above 0 cm",
    "several-values": "the cell holds several values, and the mapping does not say which to take",
    "several-values/not-numbers": "the cell holds several values that are not all numbers",
    "too-long/cell": "this cell is too long",
    "too-long/list": "this list is too long",
    "too-long/text": "this text is too long",
    "unknown-code": "not a known code: one of %(names)s",
    "unknown-code/answer": "not a known answer: yes, no or unknown",
    "unknown-code/range": "a range or a bound that leaves more than one of %(names)s possible",
    "unknown-code/necrosis": "is one of %(names)s",
    "unknown-code/no-grade": "name at least one grade; a grade not known is 1, 2 or 3",
    "unknown-code/place": "not a known place: one of %(names)s",
    "unknown-code/staging": "the codes are %(names)s",
    "unknown-code/topography": "not an ICD-O-3 topography code, such as C49.2",
    "unknown-code/type": "not a known type of sarcoma; write a name, an abbreviation or an ICD-O-3 code",
    "unknown-code/type-near": "not a known type of sarcoma; near to it are %(listed)s",
    "unknown-code/type-not-collected": (
        "known as a type, but nothing was collected of it here: leave the type unknown, and ask your sarcoma team"
    ),
    "unknown-code/type-not-collected-near": (
        "known as a type, but nothing was collected of it here; nearest by name is %(listed)s, which may be unlike it"
    ),
    "unknown-field": "has a field that the schema does not know",
    "unknown-field/named": "has a field %(names)s, which the schema does not know",
    "unknown-field/named-near": "has a field %(names)s, which the schema does not know; nearest is %(example)s.",
    "unknown-field/fhir": (
        "looks like FHIR (it has a resourceType): a Bundle is read with sarcoma outlook --fhir bundle.json; here a "
        'record of named fields is needed, such as {"age": 62, "type": "leiomyosarcoma"}; sarcoma schema describes '
        "them."
    ),
    "unreadable": "this value cannot be read",
    "unreadable/fhir-circle": "references here lead in a circle: take one of them out",
    "unreadable/fhir-condition": "no primary cancer condition of the Bundle has this id; the ids are %(names)s",
    "unreadable/fhir-list": "a list is needed here",
    "unreadable/fhir-no-ndjson": "files of NDJSON are needed here, such as Patient.ndjson",
    "unreadable/fhir-no-condition": (
        "no condition is recognised as a soft tissue sarcoma that is in scope: code its histology in ICD-O-3, such as "
        "8890/3, add its code with --codes, or name a condition with --condition"
    ),
    "unreadable/fhir-no-patient": "a Patient is needed in the Bundle, with the resources that are about this person",
    "unreadable/fhir-no-subject": "a reference to the Patient of the Bundle is needed here",
    "unreadable/fhir-no-type": "a resource with its resourceType is needed here, such as Patient",
    "unreadable/fhir-not-a-bundle": 'a Bundle of FHIR R4 is needed: {"resourceType": "Bundle", "entry": […]}',
    "unreadable/fhir-not-json": "this is not JSON in UTF-8 with each name once in an object, such as FHIR R4 is",
    "unreadable/fhir-object": "an object is needed here, in braces",
    "unreadable/fhir-other-patient": (
        "refers to somebody who is not the Patient of this Bundle: a Bundle holds one person, and is refused as a whole"
    ),
    "unreadable/fhir-stands-twice": "a resource of this type and id stands here already, and says something else",
    "unreadable/fhir-text": "text is needed here",
    "unreadable/fhir-too-deep": "nested more than 50 levels deep: a Bundle of one patient is not",
    "unreadable/fhir-too-large": "too large: a Bundle of one patient has at most 4 MiB",
    "unreadable/fhir-two-conditions": (
        "two conditions may be the sarcoma: name one with --condition, such as %(example)s; they are %(names)s"
    ),
    "unreadable/fhir-two-patients": "a second Patient: a Bundle holds one person, and is refused as a whole",
    "unreadable/metastasis": "an organ with months since diagnosis is needed, such as %(example)s",
    "unreadable/record": "a record is a set of named fields, such as {'age': 62}",
    "unreadable/type": ("a name, an abbreviation or an ICD-O-3 code is needed, such as leiomyosarcoma, LMS or 8890/3"),
    "ambiguous/taken-without-qualifier": "a code that several types share; taken as the one without a qualifier (NOS)",
    "ambiguous/place": "may be several places, so name one: %(listed)s",
    "unreadable/stage-four": (
        "stage 4 says that it has spread, but not where or when, and in arm, leg and trunk it may be a lymph node "
        "close by: write where and how many months after diagnosis, such as %(example)s (unknown@0 for found at "
        "diagnosis, place not known), or nodes: positive."
    ),
    "unknown-field/stage": (
        "a stage is not entered, it follows from size, grade, lymph nodes and metastases; enter these (stage 4 may be "
        "metastases: unknown@0, or nodes: positive)"
    ),
    "contradiction/after-the-landmark": "lies after the landmark: move the landmark, or leave the event out",
    "contradiction/depth-and-site": "a tumour at this site lies deep: change depth or site",
    "contradiction/extent-and-site": "is only for organs of chest and abdomen: leave it out",
    "contradiction/foci-and-multifocal": "contradicts multifocal: one tumour is not multifocal, two or more are",
    "contradiction/grade-and-parts": (
        "contradicts its parts (differentiation, mitoses, necrosis): change one, or leave grade out"
    ),
    "contradiction/grade-x-and-parts": "is X, but its parts give a grade: leave grade out, or the parts",
    "contradiction/invasion-and-site": (
        "names a structure that cannot be reached from this site: change invasion or site"
    ),
    "contradiction/limb-sparing-and-site": "is only for arm and leg: leave it out, or change site",
    "contradiction/metastasectomy-and-metastases": "needs a metastasis in the record: add one, or leave this out",
    "contradiction/myometrium-and-site": "is only for the uterus: leave it out, or change site",
    "contradiction/no-operation": "goes with an operation that was done: set surgery to resected, or leave this out",
    "contradiction/no-operation-and-radiotherapy": "goes with an operation: change surgery, or use without-surgery",
    "contradiction/operation-and-radiotherapy": (
        "says there was no operation, but surgery is resected: change one of the two"
    ),
    "contradiction/recurrence-before-surgery": (
        "lies before the operation: a tumour comes back only after it was removed"
    ),
    "contradiction/recurrent-and-no-recurrence": (
        "is no, but the tumour is described as one that came back: change one of the two"
    ),
    "contradiction/sex-and-site": "does not go with the recorded sex: change one of the two",
    "contradiction/time-of-no-recurrence": "gives a time, but local_recurrence is no: change one of the two",
    "contradiction/topography-and-site": ("this code lies at another place than the named site: change one of the two"),
}
"""The sentence of every problem, by its kind (and rule). What is out of scope has its reason in the evidence."""
