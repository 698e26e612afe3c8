"""Metastatic sites, their symptoms, and the red flags that need help today."""

from __future__ import annotations

from typing import Literal

from sarcoma._frozen import model_validator
from sarcoma.evidence.entry import Entry, Key, Mark, Text
from sarcoma.evidence.rule import Rule


class Symptom(Entry):
    """A symptom in clinical and in plain words. `sarcoma_specific`: seen in sarcoma, not cancer in general."""

    clinical: Text
    plain: Text
    sources: tuple[Key, ...]
    sarcoma_specific: bool = False
    marks: tuple[Mark, ...] = ()


class MetastaticSite(Entry):
    """An organ that sarcoma spreads to (codes of the EURACAN/IDEA4RC site list)."""

    id: Key
    name: Text
    plain_name: Text
    synonyms: tuple[Text, ...] = ()
    plain: Text  # what spread to this organ means
    symptoms: tuple[Symptom, ...] = ()
    red_flags: tuple[Key, ...] = ()
    sources: tuple[Key, ...] = ()
    note: Text | None = None


class RedFlag(Entry):
    """An alarm: signs that need help now. Worded for any country: no telephone number.

    `when` is the rule on a record for the people in whom it is likely; without one it stands for everyone.
    `treatments` make it likely: ids, or `kind:` and a kind of treatment; it is shown with each of them.
    `names_cause`: its title names what is behind the signs, so that a list of titles has to tell the first signs too.
    `window` says when it comes, with figures in braces; `not_in_record` is what decides and no record holds.
    """

    id: Key
    title: Text
    plain_title: Text
    urgency: Literal["emergency", "same-day"]
    signs: tuple[Text, ...]
    plain_signs: tuple[Text, ...]
    action: Text
    plain_action: Text
    names_cause: bool = False
    organs: tuple[Key, ...] = ()
    treatments: tuple[str, ...] = ()
    when: Rule = ()
    window: Text | None = None
    plain_window: Text | None = None
    not_in_record: tuple[Text, ...] = ()
    facts: tuple[Key, ...] = ()
    sources: tuple[Key, ...]
    marks: tuple[Mark, ...] = ()
    inferred: Text | None = None  # what of it no source states
    note: Text | None = None

    @model_validator(mode="after")
    def _says_what_is_inferred(self) -> RedFlag:
        if ("inferred" in self.marks) != (self.inferred is not None):
            raise ValueError("what is inferred is said in `inferred`, and marked so")
        return self
