"""What regulators decided on a treatment, in words; what was not looked for is said, and is never "not approved"."""

from __future__ import annotations

from collections.abc import Mapping

from sarcoma._dataclass import dataclass
from sarcoma.evidence import Approval, Treatment, library
from sarcoma.evidence.treatment import ApprovalStatus
from sarcoma.wording.language import N_, _

STATUSES: Mapping[ApprovalStatus, str] = {
    "approved": N_("approved"),
    "conditional": N_("approved early, while studies go on"),
    "accelerated": N_("approved early, while studies go on"),
    "withdrawn": N_("withdrawn"),
    "refused": N_("refused"),
    "under-review": N_("under review: that is no approval"),
    "designation": N_("marked for faster review: that is no approval"),
    "off-label": N_("used, and not approved for this"),
    "none-seen": N_("looked for, no decision found"),
    "not-looked-for": N_("not looked for: that does not mean “not approved”"),
}


@dataclass(frozen=True, slots=True)
class Decision:
    """What one regulator decided: who, what and when in words, and for whom in the words of the evidence (English)."""

    who: str
    said: str
    indication: str
    status: ApprovalStatus


def decisions(treatment: Treatment, country: str | None = None) -> tuple[tuple[Decision, ...], tuple[Decision, ...]]:
    """Those of the reader's country, and the others; none for what no regulator of medicines decides on.

    Raises
    ------
    EvidenceError : there is no such country.
    """
    first = library().country(country).regulators if country else ()
    if not treatment.is_medicine:
        return (), ()
    found = library().approvals_of(treatment.id, country)
    return (
        tuple(_decision(a) for a in found if a.regulator in first),
        tuple(_decision(a) for a in found if a.regulator not in first),
    )


def nobody_known_in(country: str) -> bool:
    """Whether a country has a regulator of its own that was not looked at."""
    return not library().country(country).regulators


def _decision(approval: Approval) -> Decision:
    date = approval.date if "from-memory" not in approval.marks else _("date not confirmed")
    words = _(STATUSES[approval.status])
    if approval.status == "none-seen":
        date = approval.searched_on.isoformat() if approval.searched_on else None
    said = f"{words}, {date}" if date else words
    marks = f" ({', '.join(m.replace('-', ' ') for m in approval.marks)})" if approval.marks else ""
    indication = "" if approval.status == "not-looked-for" else f"{approval.indication}{marks}"
    return Decision(library().regulators[approval.regulator].name, said, indication, approval.status)
