"""Whether what stands on a page was read by a clinician, and whether somebody should have looked at it again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sarcoma.evidence import Entry, TopicReview, library, overdue_reviews, review_state
from sarcoma.evidence.change import Change
from sarcoma.evidence.fact import Topic
from sarcoma.outlook import Outlook
from sarcoma.outlook.shown import entries_shown, facts_shown
from sarcoma.wording.language import N_, _

TOPICS: Mapping[Topic, str] = {
    "epidemiology": N_("how common it is"),
    "classification": N_("names of the kinds"),
    "primary-site": N_("where it starts"),
    "stage-at-diagnosis": N_("stage when it is found"),
    "age": N_("age"),
    "spread-rate": N_("how often it spreads"),
    "spread-sites": N_("where it spreads to"),
    "spread-timing": N_("when it spreads"),
    "nodes": N_("lymph nodes"),
    "recurrence": N_("coming back at the same place"),
    "risk-factor": N_("what raises the risk"),
    "model": N_("models"),
    "symptom": N_("symptoms"),
    "treatment-systemic": N_("chemotherapy"),
    "treatment-targeted": N_("targeted medicines"),
    "treatment-immune-and-cell": N_("immune and cell treatment"),
    "treatment-local": N_("operations, radiotherapy and the like"),
    "treatment-adjuvant": N_("treatment around the operation"),
    "treatment-harm": N_("harms of treatment"),
    "conditional-outlook": N_("what is left of the risk"),
    "survival-by-stage": N_("survival by stage"),
    "survival-metastatic": N_("survival after it has spread"),
    "survival-by-type": N_("survival by kind"),
    "prognostic-factor": N_("what shapes the outlook"),
    "long-term-survival": N_("people who live long"),
    "follow-up": N_("check-ups"),
    "guideline": N_("guidelines"),
    "heredity": N_("heredity"),
    "prevention": N_("prevention"),
    "communication": N_("talking about numbers"),
}


def review_note(entries: Iterable[Entry]) -> str:
    """Whether a clinician has read what is shown; "" where one has read all of it."""
    return {
        "none": _("No clinician has reviewed this yet."),
        "some": _("A clinician has reviewed some of this, and not all."),
        "all": "",
    }[review_state(entries)]


def overdue_note(facts: Iterable[str]) -> str:
    """Which topics of some facts should have been looked at again, and since when; "" where none."""
    late = overdue_reviews(library(), facts)
    if not late:
        return ""
    said = _("Overdue: somebody should have looked for newer studies on %(topics)s. Newer ones may be missing here.")
    return said % {"topics": ", ".join(_topic(topic) for topic in late)}


def standing(outlook: Outlook) -> tuple[str, ...]:
    """Both of an outlook; what there is nothing to say of is left out."""
    notes = (review_note(entries_shown(outlook)), overdue_note(facts_shown(outlook)))
    return tuple(note for note in notes if note)


def standing_in_short(outlook: Outlook) -> tuple[str, ...]:
    """Both of an outlook, where there is little room: how many topics are overdue, not which."""
    late = overdue_reviews(library(), facts_shown(outlook))
    said = _("Overdue: somebody should have looked for newer studies on %(n)s topics.") % {"n": len(late)}
    return tuple(note for note in (review_note(entries_shown(outlook)), said if late else "") if note)


def _topic(topic: TopicReview) -> str:
    words = _("%(topic)s (by %(day)s)")
    return words % {"topic": _(TOPICS[topic.id]), "day": topic.review_by.isoformat()}


KINDS: Mapping[str, str] = {"new": N_("New"), "changed": N_("Changed"), "withdrawn": N_("Withdrawn")}
ABOUT: Mapping[str, str] = {
    "fact": N_("fact"),
    "source": N_("source"),
    "approval": N_("approval"),
    "type": N_("kind of sarcoma"),
    "staging": N_("stages"),
    "model": N_("model"),
    "schema": N_("how evidence is written"),
}


def change_title(change: Change) -> str:
    """What a change is and of what, in a few words."""
    shown = ", ".join(change.keys[:4]) + (" …" if len(change.keys) > 4 else "")
    words = _("%(kind)s: %(about)s %(keys)s")
    return words % {"kind": _(KINDS[change.kind]), "about": _(ABOUT[change.about]), "keys": shown}
