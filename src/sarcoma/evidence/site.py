"""Metastatic sites, their symptoms, and the red flags that need help today."""

from __future__ import annotations

from typing import Literal

from sarcoma.evidence.entry import Entry, Key, Mark, Text


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
    """Signs that need help now. Worded for any country: no telephone number."""

    id: Key
    title: Text
    plain_title: Text
    urgency: Literal["emergency", "same-day", "soon"]
    signs: tuple[Text, ...]
    plain_signs: tuple[Text, ...]
    action: Text
    plain_action: Text
    organs: tuple[Key, ...] = ()
    during: tuple[str, ...] = ()  # treatments during which it matters most, e.g. chemotherapy
    sources: tuple[Key, ...]
    marks: tuple[Mark, ...] = ()
    note: Text | None = None
