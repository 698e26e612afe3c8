"""The card that a hospital's system shows: that models fit, and what is missing; never a figure."""

from __future__ import annotations

from collections.abc import Iterable

from sarcoma.outlook import Outlook
from sarcoma.wording import figures
from sarcoma.wording.record import label

FITS = "Soft tissue sarcoma: published models fit this record. The team page shows them, with whom they are about."
WANTING = "Soft tissue sarcoma: too little is known here for a published model. The team page says what is missing."
SEVERAL = "Soft tissue sarcoma: more than one condition could be the primary, so no model was asked."
CHOOSE = "Enter the one that is meant on the team page."
SOURCE = "Sarcoma Outlook"
LINK = "Open the team page (empty; nothing of the patient is in the address)"
TITLE = "Sarcoma Outlook"
DESCRIPTION = "Says whether published models fit a person with a soft tissue sarcoma, without a figure."
USAGE = "Every prefetch must be sent; the service calls no FHIR server."
UNREAD = "Some codes of the record are not known here and were not read."


def detail(outlook: Outlook, *, conflicts: Iterable[str], unread: bool, assumed: Iterable[str]) -> str:
    """What fits and what is missing, as Markdown."""
    told = {
        "Models that fit": [model.card.short_name for model in outlook.models if model.status == "applies"],
        "Not known": [missing.label for missing in outlook.missing],
        "Contradicted, so taken as not known": [label(field) for field in conflicts],
        "Taken as not having happened": [label(field) for field in assumed],
    }
    parts = [f"{title}: {', '.join(names)}." for title, names in told.items() if names]
    return "\n\n".join([*parts, *([UNREAD] if unread else []), figures.NOTICE])
