"""What regulators decided on a treatment, line by line."""

from __future__ import annotations

from collections.abc import Iterator

from sarcoma.evidence import Treatment, library
from sarcoma.wording.approvals import Decision, decisions, nobody_known_in
from sarcoma.wording.language import _


def approval_lines(treatment: Treatment, country: str | None = None) -> Iterator[str]:
    """One line a decision, the reader's country first; the regulators that were not looked at in one line at the end.

    Raises
    ------
    EvidenceError : there is no such country.
    """
    first, others = decisions(treatment, country)
    if country and treatment.is_medicine and nobody_known_in(country):
        yield no_regulator(country)
    yield from (_line(d) for d in first)
    yield from (_line(d) for d in others if d.status != "not-looked-for")
    unseen = [d.who for d in others if d.status == "not-looked-for"]
    if unseen:
        yield _("Not looked for, which does not mean “not approved”: %(who)s.") % {"who": "; ".join(unseen)}


def no_regulator(country: str) -> str:
    """That the regulator of a country was not looked at."""
    name = _(library().country(country).name)
    return _("%(country)s: its regulator was not looked at; nothing is known here of its decisions.") % {
        "country": name
    }


def _line(decision: Decision) -> str:
    return f"{decision.who}: {decision.said}" + (f" – {decision.indication}" if decision.indication else "")
