"""Why a field of somebody's Bundle is not known: sentences that hold no value, by the code of the reason."""

from __future__ import annotations

from collections.abc import Mapping

REASONS: Mapping[str, str] = {
    "absent": "the sender says that it is not known (dataAbsentReason)",
    "after-diagnosis": "it was only measured long after the diagnosis",
    "ambiguous-type": "the code may be several histologic types; the report of the pathologist says which",
    "before-diagnosis": "it is dated before the diagnosis",
    "contradicts": "cannot be true together with the rest of the record",
    "disagree": "the places where it stands say different things",
    "focus-or-specimen": "a tumour size names either its tumour (focus) or its specimen; it was read",
    "free-text": "it stands as text, and only codes and numbers are read",
    "improved": "improved is neither a complete nor a partial response",
    "invalid-date": "its date cannot be read",
    "karnofsky": "Karnofsky's scale is compared with ECOG in more than one way, and these differ here",
    "node": "a metastasis in a lymph node, and whether it is a regional or a distant one is not said",
    "not-a-quantity": "a number with a unit is needed",
    "not-fnclcc": "a grade, but its method does not say FNCLCC, and grades of other systems are not the same",
    "not-yet": "what says it is preliminary, or not confirmed",
    "no-birth-date": "no date of birth, or none that can be read",
    "no-drug-before": "no drug treatment stands before it, and the field is about the last one",
    "no-onset": "no date of onset of the condition, or none that can be read",
    "no-such-value": "what is said cannot be a value of the field",
    "of-a-metastasis": "radiotherapy of a metastasis: it is no radiotherapy with the operation",
    "operation-of-a-metastasis": "an operation on a metastasis: it is none on the primary",
    "ordered": "an order, taken as a treatment that was given",
    "unlinked": "not read: it names no condition, and there are several that it may be of",
    "only-examined": "nodes with tumour were not counted, or how many were examined is not said",
    "operation-unknown": "whether it was before or after the operation cannot be decided",
    "order": "stands several times, and the order of the dates cannot be decided",
    "out-of-range": "the number is out of the range of the field",
    "precision": "the dates are not exact enough to decide it",
    "procedure-unread": "a procedure whose code stands in no code table; it may be the operation",
    "recurrence": "the condition is said to have come back, but not whether at the same place",
    "same-day": "stands several times with different values, and not what is the last",
    "sex-other": "the administrative gender is neither female nor male",
    "suspected": "a metastasis is suspected, not confirmed",
    "unit": "the unit is none that is known for it (UCUM)",
    "unknown-code": "its code stands in no code table",
    "unknown-whether-spread": "the resources contradict each other on whether it has spread",
}
