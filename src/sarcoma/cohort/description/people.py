"""Questions about who is in a cohort: types, sites, metastasis at diagnosis, treatments."""

from __future__ import annotations

from collections.abc import Iterable

from sarcoma.cohort.description.asked import Asked, UnansweredError
from sarcoma.cohort.description.estimates import bars, share
from sarcoma.cohort.description.figures import Section, Value
from sarcoma.cohort.description.groups import group_label, label_of
from sarcoma.patient import Members, field_specs

_ONE_AT_A_TIME = ("surgery", "margin", "radiotherapy", "metastasectomy")


def types(q: Asked) -> Section:
    return _of_all(q, "histologic_type", "type", "Types of sarcoma")


def sites(q: Asked) -> Section:
    return _of_all(q, "site", "site", "Where it begins")


def _of_all(q: Asked, name: str, what: str, title: str) -> Section:
    counts = q.codes(name)
    known = sum(counts.values())
    if not known:
        raise UnansweredError(f"{field_specs()[name].label.lower()} is not known of anyone")
    missing = q.patients - known
    values = _shares(q, ((label_of(name, code), n) for code, n in counts.items()), known)
    counted = f"{q.count(values[0].n or 0)} patients{f'; {what} not known of {q.count(missing)}' if missing else ''}."
    return Section("", "", counted, tuple(values), (bars(title, "of those whose it is known of", values),))


def _shares(q: Asked, counts: Iterable[tuple[str, int]], known: int, what: str | None = None) -> list[Value]:
    """Shares of a whole, the largest first. Where those not known are few enough to be hidden, they are a part of it,
    because the whole less the known ones would tell how many they are."""
    missing = q.patients - known
    ordered = sorted(counts, key=lambda part: (-part[1], part[0]))
    if q.min_cell is not None and 0 < missing < q.min_cell:
        ordered, known = [*ordered, ("not known", missing)], q.patients
    return [share(what or label, n, known, label if what else None) for label, n in ordered]


def at_diagnosis(q: Asked) -> Section:
    q.need_origin("diagnosis", "surgery")
    n, early = q.at_diagnosis()["all"]
    if not early:
        raise UnansweredError("no metastasis is dated at the diagnosis or before; the source may not record them")
    out = q.patients - n
    text = f"; left out: {q.count(out)} with a metastasis at a time that is not known" if out else ""
    values = [share("metastasis at diagnosis", early, n)]
    groups = {}
    for name in ("grade", "histologic_type", "size", "depth"):
        counts = q.at_diagnosis(name)
        for key in (key for key in q.keys(name) if key in counts):
            label = group_label(name, key)
            groups[label] = share("metastasis at diagnosis", counts[key].early, counts[key].known, label)
    lines = list(groups.values())
    picture = bars("Metastasis at diagnosis", "of each group", [values[0], *lines], by_group=True)
    return Section("", "", f"{q.count(n)} patients{text}.", (*values, *lines), (picture,))


def treatments(q: Asked) -> Section:
    values: list[Value] = []
    for name in _ONE_AT_A_TIME:
        stated = q.stated(name)
        codes = field_specs()[name].code_list()
        if stated:
            counts = ((codes[code], n) for code, n in stated.items())
            values += _shares(q, counts, sum(stated.values()), field_specs()[name].label)
    values += _given(q)
    if not values:
        raise UnansweredError("treatments are not recorded")
    caution = (
        "Treatments were chosen by how things stood: comparing the survival of those who had one with that of others "
        "says nothing about its effect."
    )
    picture = bars("Treatments given", "of those of whom it is known", values, most=16)
    return Section("", "", f"{q.count(q.patients)} patients.", tuple(values), (picture,), (), (caution,))


def _given(q: Asked) -> list[Value]:
    """How many had each treatment, of those of whom it is known."""
    records, n = q.standing_for("treatments")
    given = records.column("treatments")
    if not isinstance(given, Members):
        return []
    told = [
        (s, many)
        for s, many in zip((given.states[c] for c in given.codes.tolist()), n.tolist(), strict=True)
        if s is not None
    ]
    known = sum(many for _, many in told)
    labels = field_specs()["treatments"].code_list()
    had = ((label, sum(many for s, many in told if code in s)) for code, label in labels.items())
    some = sorted(((label, n) for label, n in had if n), key=lambda part: -part[1])
    whole = q.patients if q.min_cell and 0 < q.patients - known < q.min_cell else known
    return [share("Systemic and other treatment", n, whole, label) for label, n in some]
