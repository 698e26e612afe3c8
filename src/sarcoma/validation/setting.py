"""Whether the patients of a cohort made the model that is judged by them."""

from __future__ import annotations

from collections.abc import Callable

from sarcoma.models import cards
from sarcoma.models.fit_record import PeopleDigest
from sarcoma.validation.result import Setting
from sarcoma.validation.subject import Subject


def setting_of(
    subject: Subject, cohort: str, patients: int, digest: Callable[[], PeopleDigest]
) -> tuple[Setting, list[str]]:
    """Apparent where these patients made the model, or one that it was updated from; unknown without a card. And notes.

    The digest of the patients' ids tells, whatever the cohort is called; a card without one is told by the name.

    Parameters
    ----------
    cohort, patients : its name, and how many there are. digest : that of their ids, asked for where a model was made
        from as many.
    """
    card = subject.card
    if card is None:
        return "unknown", []
    notes = []
    while card is not None:
        record = card.fit_record
        if record is not None:
            same_name = record.cohort == cohort
            people = record.people
            if same_name if people is None else people.n == patients and people == digest():
                return "apparent", []
            if same_name:
                notes.append(
                    "Data of the same name made the model, with another set of patients; some may be in both, and the "
                    "model then looks better here than it is."
                )
        card = cards().get(card.parent) if card.parent is not None else None
    return "external", notes
