"""Site, depth, grade and stage of many records, each as the set of what is still possible."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from sarcoma.evidence import Profile, library, sites_of, staging_tables
from sarcoma.patient.columns import Coded, Codes, Members, Numeric, Stated, combine, encode
from sarcoma.patient.field_columns import FieldColumns, per_metastases
from sarcoma.patient.grade import possible_grades
from sarcoma.patient.stage import stage
from sarcoma.patient.staging import ByType, Reason, Situation, Staging


def site(records: FieldColumns) -> Coded:
    """The primary site: as named, else every one that the topography code may lie in."""
    places = library().primary_sites
    everywhere = frozenset(p.id for p in places.values() if not p.out_of_scope)

    def possible(site: str | None, code: str | None) -> frozenset[str]:
        if site is not None:
            return frozenset((site,))
        return frozenset(sites_of(code, places)) if code is not None else everywhere

    index, pairs = combine([records.stated("site"), records.stated("topography")])
    return encode([possible(*pair) for pair in pairs], index)


def depth(records: FieldColumns) -> Coded:
    """The depth: as given, else deep where the site lies deep by its anatomy."""
    places = library().primary_sites
    stated = records.stated("depth").coded(("superficial", "deep"))
    index, pairs = combine([stated, records.coded("site")])
    states = [
        frozenset(("deep",)) if len(depth) > 1 and all(places[s].deep for s in sites) else depth
        for depth, sites in pairs
    ]
    return encode(states, index)


def grade(records: FieldColumns) -> Coded:
    """FNCLCC grade: as given, else from its parts; the type gives the differentiation score where it fixes it."""
    types = library().types
    named = ("grade", "differentiation", "necrosis", "histologic_type")
    index, combinations = combine(
        [*(records.stated(name) for name in named), mitotic_steps(records.numeric("mitoses_per_10_hpf"))]
    )
    states = []
    for given, differentiation, necrosis, type_id, mitoses in combinations:
        of_type = types[type_id].differentiation if differentiation is None and type_id is not None else differentiation
        states.append(frozenset((given,)) if given else possible_grades(of_type, mitoses, necrosis))
    return encode(states, index)


def mitotic_steps(mitoses: Numeric) -> Stated:
    """Mitoses per 10 fields as the lowest count of their step in the table of scores, which stands for all of them."""
    ends = sorted(row.at_least for row in staging_tables().fnclcc.mitoses_per_10_hpf)
    steps = np.searchsorted(ends, mitoses.values, side="right")
    steps = np.where(np.isnan(mitoses.values), len(ends) + 1, steps)
    return Stated(steps.astype(np.int32), (-1.0, *(float(end) for end in ends), None))


def chapter(records: FieldColumns) -> Coded:
    """The chapters of the staging tables that the site may belong to."""
    places = library().primary_sites
    everywhere = staging_tables().chapter_ids
    index, sites = combine([records.coded("site")])
    states = [
        frozenset(c for s in places_possible for c in places[s].chapters or everywhere) for (places_possible,) in sites
    ]
    return encode(states, index)


def staging(records: FieldColumns) -> tuple[Codes, list[tuple[Staging, ...]]]:
    """Staging of every distinct situation: (index per record, one tuple of Staging per situation)."""
    which, profiles = records.profiles()
    by_type = [_by_type(possible) for possible in profiles]
    said = list(dict.fromkeys(by_type))
    stated: dict[str, Coded | Members] = {
        "chapters": records.coded("chapter"),
        "grades": records.coded("grade"),
        "size_cm": _size_steps(records.numeric("size_cm")),
        "extent": records.stated("extent").coded(()),
        "invasion": records.stated("invasion").members(),
        "foci": records.stated("foci").coded(()),
        "multifocal": records.stated("multifocal").coded(()),
        "nodes": records.stated("nodes").coded(()),
        "metastatic": records.coded("metastatic_at_diagnosis"),
        "only_in_the_abdomen": per_metastases(records, _only_in_the_abdomen_at_diagnosis).coded(()),
        "is_uterine_adenosarcoma": records.coded("histologic_type").map(
            lambda t: "yes" if t == "adenosarcoma" else "no"
        ),
        "myometrial_invasion": records.stated("myometrial_invasion").coded(()),
        "by_type": encode([frozenset((str(said.index(of)),)) for of in by_type], which),
    }
    as_stated: dict[str, Callable[[Any], Any]] = {**_AS_STATED, "by_type": lambda state: said[_whole(state) or 0]}
    index, combinations = combine(list(stated.values()))
    situations = [
        Situation(**{name: as_stated.get(name, _one)(state) for name, state in zip(stated, states, strict=True)})
        for states in combinations
    ]
    return index, [stage(situation) for situation in situations]


_NO_AJCC: dict[str, Reason] = {"none": "not-staged", "cog-rms": "cog-rms", "ajcc-elsewhere": "other-chapter"}
"""The staging systems of a profile under which AJCC gives no stage group, and the reason."""


def _by_type(profiles: tuple[Profile, ...]) -> ByType:
    """What the profiles that may hold say of the staging; a stage that any of them does without is not given."""
    without = next((p for p in profiles if any(s in _NO_AJCC for s in p.staging.systems)), None)
    graded = all(p.grade.use != "not-used" for p in profiles)
    if without is not None:
        reason = next(_NO_AJCC[s] for s in without.staging.systems if s in _NO_AJCC)
        return ByType(reason, False, graded, without.staging.note, without.staging.sources)
    if profiles and all(p.staging.systems == ("figo",) for p in profiles):
        return ByType(None, True, graded, None, profiles[0].staging.sources)
    return ByType(graded=graded)


def _one(state: frozenset[str]) -> str | None:
    return next(iter(state)) if len(state) == 1 else None


def _truth(state: frozenset[str]) -> bool | None:
    answer = _one(state)
    return None if answer is None else answer == "yes"


def _whole(state: frozenset[str]) -> int | None:
    answer = _one(state)
    return None if answer is None else int(answer)


def _set(state: frozenset[str] | None) -> frozenset[str] | None:
    return state


_AS_STATED: dict[str, Callable[[Any], Any]] = {
    "chapters": _set,
    "grades": _set,
    "invasion": _set,
    "foci": _whole,
    "size_cm": lambda state: _middle(_whole(state)),
    "multifocal": _truth,
    "metastatic": _truth,
    "only_in_the_abdomen": _truth,
    "is_uterine_adenosarcoma": _truth,
}
"""How a set of possible values is stated in a situation; the others are one code or nothing."""


def _size_steps(size: Numeric) -> Coded:
    """Size as the number of its step in the staging tables; unknown stays unknown."""
    ends = staging_tables().size_steps
    steps = np.searchsorted(ends, size.values, side="left")
    steps = np.where(np.isnan(size.values), len(ends), steps)
    states = (*(frozenset((str(step),)) for step in range(len(ends))), frozenset[str]())
    return Coded(steps.astype(np.int32), states)


def _middle(step: int | None) -> float | None:
    """A size inside a step of the staging tables, which stands for all of them."""
    if step is None:
        return None
    ends = (0.0, *staging_tables().size_steps)
    low, high = ends[step], ends[step + 1]
    return (low + high) / 2 if high < np.inf else low + 1


def _only_in_the_abdomen_at_diagnosis(found: Any) -> bool:
    """Whether everything found at diagnosis lies inside the abdomen."""
    return {m.organ for m in found or () if m.months == 0} == {"peritoneum"}


def category(records: FieldColumns, name: str, *, as_assigned: bool = False) -> Coded:
    """A staging category: what is still possible, or what the tables assign.

    A grade that is merely not known is not read as GX here: the stage is then any that is still possible.
    """
    index, stagings = records.staging()
    graded, situations = combine(
        [Coded(index, tuple(frozenset((str(i),)) for i in range(len(stagings)))), records.coded("grade")]
    )
    states = []
    for (number,), grades in ((tuple(situation), grade) for situation, grade in situations):
        values: set[str] = set()
        for staging in stagings[int(number)]:
            reading = getattr(staging, name)
            if reading is None:
                values.add("none")
            elif as_assigned and reading.as_assigned is not None and (name != "group" or len(grades) == 1):
                values.add(reading.as_assigned)
            else:
                values.update(reading.possible)
        states.append(frozenset(values))
    return encode(states, graded)
