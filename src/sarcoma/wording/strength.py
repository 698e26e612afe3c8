"""How strong the evidence behind a treatment is, in words for clinicians (English)."""

from __future__ import annotations

from collections.abc import Mapping

from sarcoma.evidence import Treatment

STUDIES: Mapping[str, str] = {
    "rct": "randomised trial",
    "systematic-review": "systematic review",
    "single-arm": "single-arm trial",
    "registry": "registry",
    "cohort": "cohort",
    "review": "review",
    "guideline": "guideline",
}
"""The strongest kind of study among the results of a treatment."""


def strength(treatment: Treatment) -> str:
    """The strongest kind of study, and that a guideline names it, with its grade where it gives one."""
    said = [] if treatment.evidence is None else [STUDIES.get(treatment.evidence, treatment.evidence.replace("-", " "))]
    graded = next((g.strength for g in treatment.guidelines if g.strength), None)
    if treatment.guidelines and treatment.evidence != "guideline":
        said.append(f"guideline ({graded})" if graded else "named by a guideline")
    elif graded:
        said.append(f"recommendation: {graded}")
    return ", ".join(said)
