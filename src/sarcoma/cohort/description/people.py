"""Questions about who is in a cohort: types, sites, metastasis at diagnosis, treatments."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import numpy as np

from sarcoma.cohort.description.cohort_questions import CohortQuestions, UnansweredError, label_of
from sarcoma.cohort.description.estimates import bars, share
from sarcoma.cohort.description.figures import Section, Value
from sarcoma.patient import Members, field_specs

_ONE_AT_A_TIME = ("surgery", "margin", "radiotherapy", "metastasectomy")


def types(q: CohortQuestions) -> Section:
    return _of_all(q, "histologic_type", "type", "Types of sarcoma")


def sites(q: CohortQuestions) -> Section:
    return _of_all(q, "site", "site", "Where it begins")


def _of_all(q: CohortQuestions, name: str, what: str, title: str) -> Section:
    labels = [v for v in q.coded(name) if v is not None]
    if not labels:
        raise UnansweredError(f"{field_specs()[name].label.lower()} is not known of anyone")
    missing = len(q.cohort) - len(labels)
    values = _shares(q, ((label_of(name, code), n) for code, n in Counter(labels).items()), len(labels))
    counted = f"{q.count(values[0].n or 0)} patients{f'; {what} not known of {q.count(missing)}' if missing else ''}."
    return Section("", "", counted, tuple(values), (bars(title, "of those whose it is known of", values),))


def _shares(q: CohortQuestions, counts: Iterable[tuple[str, int]], known: int, what: str | None = None) -> list[Value]:
    """Shares of a whole, the largest first. Where those not known are few enough to be hidden, they are a part of it,
    because the whole less the known ones would tell how many they are."""
    missing = len(q.cohort) - known
    ordered = sorted(counts, key=lambda part: (-part[1], part[0]))
    if q.min_cell is not None and 0 < missing < q.min_cell:
        ordered, known = [*ordered, ("not known", missing)], len(q.cohort)
    return [share(what or label, n, known, label if what else None) for label, n in ordered]


def at_diagnosis(q: CohortQuestions) -> Section:
    q.need_origin("diagnosis", "surgery")
    f = q.follow_up
    known = ~f.metastasis_untimed
    with np.errstate(invalid="ignore"):
        early = (f.metastasis <= 0) & known
    if not early.any():
        raise UnansweredError("no metastasis is dated at the diagnosis or before; the source may not record them")
    n, out = int(known.sum()), int((~known).sum())
    text = f"; left out: {q.count(out)} with a metastasis at a time that is not known" if out else ""
    values = [share("metastasis at diagnosis", int(early.sum()), n)]
    groups, lines = {}, []
    for name in ("grade", "histologic_type", "size", "depth"):
        for label, who in q.groups(name):
            whole = int((known & who).sum())
            if whole:
                group = f"grade {label}" if name == "grade" else label
                groups[group] = share("metastasis at diagnosis", int((early & who).sum()), whole, group)
        lines = list(groups.values())
    picture = bars("Metastasis at diagnosis", "of each group", [values[0], *lines], by_group=True)
    return Section("", "", f"{q.count(n)} patients{text}.", (*values, *lines), (picture,))


def treatments(q: CohortQuestions) -> Section:
    values: list[Value] = []
    records = q.cohort.records
    for name in _ONE_AT_A_TIME:
        known = [v for v in records.values(name) if v is not None]
        codes = field_specs()[name].code_list()
        counts = ((codes[code], n) for code, n in Counter(known).items())
        if known:
            values += _shares(q, counts, len(known), field_specs()[name].label)
    given = records.column("treatments")
    if isinstance(given, Members):
        told = [s for s in (given.states[c] for c in given.codes.tolist()) if s is not None]
        labels = field_specs()["treatments"].code_list()
        had = ((label, sum(code in s for s in told)) for code, label in labels.items())
        some = [(label, n) for label, n in had if n]
        whole = len(q.cohort) if q.min_cell and 0 < len(q.cohort) - len(told) < q.min_cell else len(told)
        some.sort(key=lambda part: -part[1])
        values += [share("Systemic and other treatment", n, whole, label) for label, n in some]
    if not values:
        raise UnansweredError("treatments are not recorded")
    caution = (
        "Treatments were chosen by how things stood: comparing the survival of those who had one with that of others "
        "says nothing about its effect."
    )
    picture = bars("Treatments given", "of those of whom it is known", values, most=16)
    return Section("", "", f"{q.count(len(q.cohort))} patients.", tuple(values), (picture,), (), (caution,))
