"""To whom something is shown, in words: the rule of a fact for a reader, not as fields and conditions."""

from __future__ import annotations

from collections.abc import Mapping

from sarcoma.evidence import library
from sarcoma.evidence.rule import Condition, Rule
from sarcoma.patient import ORGANS, field_specs
from sarcoma.wording import figures
from sarcoma.wording.language import N_, _
from sarcoma.wording.record import label

_PEOPLE: Mapping[tuple[str, tuple[str, ...]], str] = {
    ("metastatic", ("no",)): N_("people without known spread"),
    ("metastatic", ("yes",)): N_("people whose sarcoma has spread"),
    ("metastatic_at_diagnosis", ("yes",)): N_("people in whom it had spread when it was found"),
    ("metastatic_at_diagnosis", ("no",)): N_("people in whom it had not spread when it was found"),
    ("local_recurrence", ("yes",)): N_("people in whom it came back at the same place"),
    ("local_recurrence", ("no",)): N_("people in whom it has not come back at the same place"),
    ("recurred", ("yes",)): N_("people in whom it came back"),
    ("surgery", ("resected",)): N_("people who were operated on"),
    ("surgery", ("resected", "planned")): N_("people who were operated on, or will be"),
}
"""Condition → the people whom it means."""


def shown_to(rule: Rule) -> str:
    """The people to whom something is shown: "Shown to people without known spread; grade: 2 or 3."."""
    people = [condition_in_words(condition) for condition in rule if _means_people(condition)]
    others = [condition_in_words(condition) for condition in rule if not _means_people(condition)]
    if not people and not others:
        return _("Shown to everyone who reads about this.")
    if not people:
        return _("Shown where this holds: %(conditions)s.") % {"conditions": "; ".join(others)}
    told = _("Shown to %(people)s.") % {"people": _(" and ").join(people)}
    if not others:
        return told
    return told + " " + _("And where this holds: %(conditions)s.") % {"conditions": "; ".join(others)}


def _means_people(condition: Condition) -> bool:
    return (condition.field or "", condition.in_ or ()) in _PEOPLE


_FIELDS: Mapping[str, str] = {
    "metastasis_organs": N_("organs it has spread to"),
    "metastasectomy": N_("operation on the spread"),
    "site": N_("where it started"),
}
"""Fields whose own label a reader would not know → what they ask."""


def _name(field: str) -> str:
    return _(_FIELDS[field]) if field in _FIELDS else label(field)


def condition_in_words(condition: Condition) -> str:
    """One condition: the people whom it means, or a field by its name and its values by theirs."""
    if condition.any_of is not None:
        return _(" or ").join(_(" and ").join(map(condition_in_words, every)) for every in condition.any_of)
    field, chosen = condition.field or "", condition.in_ or ()
    if (field, chosen) in _PEOPLE:
        return _(_PEOPLE[field, chosen])
    if condition.in_ is not None:
        return f"{_name(field)}: {_(' or ').join(_value(condition, value) for value in condition.in_)}"
    if condition.not_in is not None:
        values = _(" or ").join(_value(condition, value) for value in condition.not_in)
        return _("%(field)s: not %(values)s") % {"field": _name(field), "values": values}
    words = (_("at least"), _("more than"), _("at most"), _("less than"))
    unit = field_specs()[field].unit if field in field_specs() else None
    bounds = [f"{word} {figures.number(b)}" for word, b in zip(words, condition.bounds, strict=True) if b is not None]
    return " ".join(part for part in (f"{_name(field)}:", _(" and ").join(bounds), _(unit) if unit else "") if part)


def _value(condition: Condition, value: str) -> str:
    field = condition.field or ""
    if condition.grouping is not None and condition.grouping in library().groupings:
        groups = library().groupings[condition.grouping].groups
        return next((group.name for group in groups if group.id == value), value)
    spec = field_specs().get(field)
    if spec is not None and spec.kind == "type":
        return library().types[value].name if value in library().types else value
    if spec is not None and spec.kind == "site":
        return library().primary_sites[value].name if value in library().primary_sites else value
    if field == "metastasis_organs":
        return ORGANS.get(value, value)
    named = spec.plain_list().get(value) or spec.code_list().get(value) if spec is not None else None
    return _(named) if named else value.replace("-", " ")
