"""Variables that follow from the fields of a record: what they are, what to ask for, how they are derived."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from sarcoma.evidence import HistologicType, library
from sarcoma.patient import stage_columns
from sarcoma.patient.columns import Coded, Column, Members, Numeric, Stated, combine, encode
from sarcoma.patient.field_columns import FieldColumns, per_metastases
from sarcoma.patient.stage_columns import category

DERIVED: dict[str, str] = {
    "age_at_metastasis": "age at the first metastasis, in years",
    "behaviour": "behaviour of the histologic type: benign, intermediate or malignant",
    "chapter": "staging chapter that the site belongs to",
    "current_age": "age at the landmark, in years",
    "disease_free_interval": "months from diagnosis to the first metastasis",
    "extremity": "whether the site is an arm or a leg",
    "m": "AJCC 8 M category",
    "metastasis_organs": "organs with metastasis",
    "metastatic": "whether there is a metastasis",
    "metastatic_at_diagnosis": "whether a metastasis was found at diagnosis",
    "months_since_metastasis": "months from the first metastasis to the landmark",
    "months_since_recurrence": "months from the local recurrence to the landmark",
    "months_since_surgery": "months from the operation to the landmark",
    "n": "AJCC 8 N category",
    "n_as_assigned": "AJCC 8 N category as the tables assign it: an unassessed or unknown node counts as N0",
    "organ_count_at_diagnosis": "number of different organs with a metastasis at diagnosis, bone marrow not counted",
    "organs_at_diagnosis": "organs with a metastasis at diagnosis",
    "node_involved": "whether a regional node is involved; an unassessed or unknown one counts as not",
    "recurred": "whether the sarcoma has come back at the same place, ever",
    "resection": "complete (R0, R1) or incomplete (R2)",
    "stage": "AJCC 8 stage group",
    "stage_as_assigned": "AJCC 8 stage group with unassessed or unknown nodes as N0, as the tables assign them",
    "t": "AJCC 8 T category",
    "treatments_received": "treatments so far, with the drugs in each and their kinds",
}

ASKED_AS: dict[str, tuple[str, ...]] = {
    "age_at_metastasis": ("age", "metastases"),
    "behaviour": ("histologic_type",),
    "chapter": ("site",),
    "current_age": ("age",),
    "disease_free_interval": ("metastases",),
    "extremity": ("site",),
    "m": ("metastases",),
    "metastasis_organs": ("metastases",),
    "metastatic": ("metastases",),
    "metastatic_at_diagnosis": ("metastases",),
    "months_since_metastasis": ("metastases", "landmark_months"),
    "months_since_recurrence": ("local_recurrence_months", "landmark_months"),
    "months_since_surgery": ("surgery_months", "landmark_months"),
    "n": ("nodes",),
    "n_as_assigned": ("nodes",),
    "organ_count_at_diagnosis": ("metastases",),
    "organs_at_diagnosis": ("metastases",),
    "node_involved": ("nodes",),
    "recurred": ("local_recurrence",),
    "resection": ("margin",),
    "stage": ("size_cm", "grade", "nodes"),
    "stage_as_assigned": ("size_cm", "grade"),
    "t": ("size_cm",),
    "treatments_received": ("treatments",),
}
"""The fields of the record to ask for when a derived variable is not known."""


def _since(records: FieldColumns, start: Numeric) -> Numeric:
    return Numeric(records.numeric("landmark_months").values - start.values, -720.0, 720.0)


def _first_metastasis(found: Any) -> float | None:
    if not found or any(m.months is None for m in found):
        return 0.0 if found and any(m.months == 0 for m in found) else None
    return float(min(m.months for m in found))


def _metastatic_at_diagnosis(found: Any) -> bool | None:
    if found is None:
        return None
    if any(m.months == 0 for m in found):
        return True
    return None if any(m.months is None for m in found) else False


def _organs_at_diagnosis(found: Any) -> frozenset[str] | None:
    """Not known while an organ, or the time of a metastasis, is not."""
    if found is None or any(m.months is None for m in found):
        return None
    organs = frozenset(m.organ for m in found if m.months == 0)
    return None if "unknown" in organs else organs


def _organ_count_at_diagnosis(found: Any) -> int | None:
    organs = _organs_at_diagnosis(found)
    return None if organs is None else len(organs)


def _recurred(records: FieldColumns) -> Coded:
    index, pairs = combine([records.stated("presentation"), records.stated("local_recurrence")])

    def ever(first: str | None, later: bool | None) -> bool | None:
        return True if first == "recurrent" or later else (None if first is None else later)

    return Stated(index, tuple(ever(*pair) for pair in pairs)).coded(("yes", "no"))


def _hla_alleles(records: FieldColumns) -> Members:
    """The alleles that were found; "no HLA-A*02" says that it is none of those, "yes" does not say which."""
    index, pairs = combine([records.stated("hla_alleles"), records.stated("hla_a02")])
    return Stated(
        index,
        tuple(alleles if alleles is not None else ("other",) if a02 is False else None for alleles, a02 in pairs),
    ).members()


def _current_age(records: FieldColumns) -> Numeric:
    months = np.nan_to_num(records.numeric("landmark_months").values, nan=0.0)
    return Numeric(records.numeric("age").values + months / 12, 0.0, 180.0)


def _age_at_metastasis(records: FieldColumns) -> Numeric:
    months = per_metastases(records, _first_metastasis).numeric(None, None).values
    return Numeric(records.numeric("age").values + months / 12, 0.0, 180.0)


def _resection(records: FieldColumns) -> Coded:
    answers = {
        "R0": frozenset(("complete",)),
        "R1": frozenset(("complete",)),
        "R2": frozenset(("incomplete",)),
    }
    both = frozenset(("complete", "incomplete"))
    margin = records.stated("margin")
    return encode([answers.get(m, both) for m in margin.states], margin.codes)


def _behaviours(entity: HistologicType) -> frozenset[str]:
    if entity.behaviour:
        return frozenset((entity.behaviour,))
    return frozenset(code.behaviour for code in entity.codes) or frozenset(("benign", "intermediate", "malignant"))


def is_sarcoma(entity: HistologicType) -> bool:
    """Whether an unknown type may be this one: a record is about a sarcoma, so only malignant types in scope."""
    return not entity.out_of_scope and _behaviours(entity) == {"malignant"}


def _behaviour(records: FieldColumns) -> Coded:
    types = library().types
    column = records.coded("histologic_type")
    return encode([frozenset(b for t in state for b in _behaviours(types[t])) for state in column.states], column.codes)


def _is_extremity(records: FieldColumns) -> Coded:
    places = library().primary_sites
    return records.coded("site").map(lambda s: "yes" if places[s].extremity else "no")


_KIND_OF_UNKNOWN = {"targeted-therapy": "targeted"}


def _received(treatments: tuple[str, ...] | None) -> frozenset[str] | None:
    """A treatment, the drugs in it, and the kinds of all of them."""
    if treatments is None:
        return None
    known = library().treatments
    every = {*treatments, *(part for t in treatments if t in known for part in known[t].components)}
    return frozenset(every | {known[t].kind if t in known else _KIND_OF_UNKNOWN.get(t, t) for t in every})


DERIVATIONS: dict[str, Callable[[FieldColumns], Column]] = {
    "site": stage_columns.site,
    "depth": stage_columns.depth,
    "grade": stage_columns.grade,
    "chapter": stage_columns.chapter,
    "behaviour": _behaviour,
    "extremity": _is_extremity,
    "metastatic": lambda r: per_metastases(r, lambda v: None if v is None else bool(v)).coded(("yes", "no")),
    "metastatic_at_diagnosis": lambda r: per_metastases(r, _metastatic_at_diagnosis).coded(("yes", "no")),
    "metastasis_organs": lambda r: per_metastases(
        r, lambda v: None if v is None else frozenset(m.organ for m in v)
    ).members(),
    "organs_at_diagnosis": lambda r: per_metastases(r, _organs_at_diagnosis).members(),
    "organ_count_at_diagnosis": lambda r: per_metastases(r, _organ_count_at_diagnosis).numeric(0.0, 20.0),
    "disease_free_interval": lambda r: per_metastases(r, _first_metastasis).numeric(0.0, 720.0),
    "months_since_metastasis": lambda r: _since(r, r.numeric("disease_free_interval")),
    "months_since_surgery": lambda r: _since(r, r.numeric("surgery_months")),
    "months_since_recurrence": lambda r: _since(r, r.numeric("local_recurrence_months")),
    "node_involved": lambda r: r.stated("nodes").map(lambda nodes: nodes == "positive").coded(("yes", "no")),
    "hla_alleles": _hla_alleles,
    "recurred": _recurred,
    "current_age": _current_age,
    "age_at_metastasis": _age_at_metastasis,
    "resection": _resection,
    "t": lambda r: category(r, "t"),
    "n": lambda r: category(r, "n"),
    "m": lambda r: category(r, "m"),
    "stage": lambda r: category(r, "group"),
    "n_as_assigned": lambda r: category(r, "n", as_assigned=True),
    "stage_as_assigned": lambda r: category(r, "group", as_assigned=True),
    "treatments_received": lambda r: r.stated("treatments").map(_received).members(),
}
