"""Rules on records: their answers, and whether a rule names only what there is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sarcoma.errors import EvidenceError
from sarcoma.evidence import Condition, library, staging_tables
from sarcoma.patient.answering import (
    FAILS,
    HOLDS,
    UNKNOWN,
    Answers,
    answer,
    answer_all,
    answer_one,
    both,
    either,
)
from sarcoma.patient.derived import DERIVED
from sarcoma.patient.field_file import field_specs
from sarcoma.patient.metastasis import ORGANS

__all__ = [
    "FAILS",
    "HOLDS",
    "UNKNOWN",
    "Answers",
    "allowed_values",
    "answer",
    "answer_all",
    "answer_one",
    "both",
    "check_rule",
    "either",
]


def allowed_values(field: str, grouping: str | None = None) -> frozenset[str] | None:
    """The codes that a rule on this field may name; None for numbers.

    Raises
    ------
    EvidenceError : no such field, or no such grouping.
    """
    if grouping is not None:
        groups = library().groupings.get(grouping)
        if groups is None or field != "histologic_type":
            raise EvidenceError(f"there is no grouping {grouping} of {field}")
        return frozenset(g.id for g in groups.groups) | ({groups.other} if groups.other else frozenset()) | {"none"}
    fixed: dict[str, Any] = {
        "behaviour": frozenset(("benign", "intermediate", "malignant")),
        "chapter": frozenset(staging_tables().chapter_ids),
        "site": frozenset(p.id for p in library().primary_sites.values() if not p.out_of_scope),
        "histologic_type": frozenset(library().types),
        "metastasis_organs": frozenset(ORGANS),
        "organs_at_diagnosis": frozenset(ORGANS),
        "resection": frozenset(("complete", "incomplete")),
        "stage": frozenset(("IA", "IB", "II", "IIIA", "IIIB", "IV", "none")),
        "t": frozenset(("T1", "T2", "T2a", "T2b", "T3", "T4", "T4a", "T4b", "T4c", "none")),
        "n": frozenset(("N0", "N1", "none")),
        "m": frozenset(("M0", "M1", "none")),
        "treatments_received": frozenset(library().treatments) | {t.kind for t in library().treatments.values()},
    }
    fixed |= {"stage_as_assigned": fixed["stage"], "n_as_assigned": fixed["n"]}
    if field in fixed:
        return frozenset(fixed[field])
    if field in DERIVED:
        yes_no = {"extremity", "metastatic", "metastatic_at_diagnosis", "node_involved", "recurred"}
        return frozenset(("yes", "no")) if field in yes_no else None
    spec = field_specs().get(field)
    if spec is None:
        raise EvidenceError(f"a rule names {field!r}, which is no field of the record")
    codes = frozenset(spec.code_list())
    return codes or None


def check_rule(rule: Sequence[Condition]) -> None:
    """Refuse a rule that names a field, grouping or code that does not exist.

    Raises
    ------
    EvidenceError : says which.
    """
    for condition in rule:
        for every in condition.any_of or ():
            check_rule(every)
        if condition.field is None:
            continue
        allowed = allowed_values(condition.field, condition.grouping)
        named = set(condition.in_ or ()) | set(condition.not_in or ())
        if (allowed is None) == bool(named):
            kind = "a number" if allowed is None else "a coded field"
            raise EvidenceError(f"a rule on {condition.field}: this is {kind}")
        if allowed is not None and not named <= allowed:
            raise EvidenceError(
                f"a rule on {condition.field} names unknown codes: {', '.join(sorted(named - allowed))}"
            )
