"""Records: n Patient records as columns, with everything that follows from them.

`column(name)` gives a field of the record or one of the derived variables below; each is computed at
first use. Rules (`evidence.rule`) and model cards name the same variables.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from operator import attrgetter
from typing import Any

import numpy as np

from sarcoma.evidence import HistologicType, library, sites_of
from sarcoma.patient.columns import Coded, Column, Members, Numeric, coded, combine, encode, members, numeric
from sarcoma.patient.grade import possible_grades
from sarcoma.patient.record import Patient, field_specs
from sarcoma.patient.stage import Reading, Staging, stage

DERIVED: dict[str, str] = {
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
    "recurred": "whether the sarcoma has come back at the same place, ever",
    "resection": "complete (R0, R1) or incomplete (R2)",
    "stage": "AJCC 8 stage group",
    "stage_as_assigned": "AJCC 8 stage group with unassessed or unknown nodes as N0, as the tables assign them",
    "t": "AJCC 8 T category",
}

ASKED_AS: dict[str, tuple[str, ...]] = {
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
    "recurred": ("local_recurrence",),
    "resection": ("margin",),
    "stage": ("size_cm", "grade", "nodes"),
    "stage_as_assigned": ("size_cm", "grade"),
    "t": ("size_cm",),
}
"""The fields of the record to ask for when a derived variable is not known."""

EVERYWHERE = frozenset({"extremity-trunk", "retroperitoneum", "head-neck", "viscera", "uterus"})


class Records:
    """n records as columns.

    Parameters
    ----------
    patients : Patient records.
    """

    def __init__(self, patients: Iterable[Patient]) -> None:
        self._patients: Sequence[Patient] = patients if isinstance(patients, Sequence) else tuple(patients)
        self._values: dict[str, list[Any]] = {}
        self._columns: dict[tuple[str, str | None], Column] = {}
        self._staging: tuple[Any, list[tuple[Staging, ...]]] | None = None

    def __len__(self) -> int:
        return len(self._patients)

    def __repr__(self) -> str:
        return f"Records(n={len(self)})"

    def column(self, name: str, grouping: str | None = None) -> Column:
        """A field or derived variable of all records; with `grouping`, histologic types in a model's groups.

        Raises
        ------
        KeyError : no field and no derived variable has this name.
        """
        key = (name, grouping)
        if key not in self._columns:
            self._columns[key] = self._group(name, grouping) if grouping else self._make(name)
        return self._columns[key]

    def _raw(self, name: str) -> list[Any]:
        if name not in self._values:
            self._values[name] = list(map(attrgetter(name), self._patients))
        return self._values[name]

    def _make(self, name: str) -> Column:
        derive = _DERIVATIONS.get(name)
        if derive is not None:
            return derive(self)
        spec = field_specs()[name]
        if spec.kind in ("number", "whole"):
            return numeric(self._raw(name), spec.low, spec.high)
        if spec.kind == "members":
            return members(None if v is None else frozenset(v) for v in self._raw(name))
        if spec.kind == "type":
            return coded(self._raw(name), (t.id for t in library().types.values() if _is_sarcoma(t)))
        if spec.kind in ("code", "yes-no"):
            return coded(self._raw(name), spec.code_list())
        raise KeyError(name)

    def _group(self, name: str, grouping: str | None) -> Column:
        column = self.column(name)
        groups = library().groupings[grouping or ""]
        if not isinstance(column, Coded):
            raise KeyError(name)
        return column.map(lambda type_id: groups.group_of(type_id) or "none")

    # -- derived variables

    def _site(self) -> Coded:
        places = library().primary_sites
        everywhere = frozenset(p.id for p in places.values() if not p.out_of_scope)

        def possible(site: str | None, code: str | None) -> frozenset[str]:
            if site is not None:
                return frozenset((site,))
            return frozenset(sites_of(code, places)) if code is not None else everywhere

        distinct: dict[Any, int] = {}
        states: list[frozenset[str]] = []
        codes = []
        for pair in zip(self._raw("site"), self._raw("topography"), strict=True):
            if pair not in distinct:
                distinct[pair] = len(states)
                states.append(possible(*pair))
            codes.append(distinct[pair])
        return encode(states, np.array(codes, dtype=np.int32))

    def _depth(self) -> Coded:
        places = library().primary_sites
        stated = coded(self._raw("depth"), ("superficial", "deep"))
        index, pairs = combine([stated, self._coded("site")])
        states = [
            frozenset(("deep",)) if len(depth) > 1 and all(places[s].deep for s in sites) else depth
            for depth, sites in pairs
        ]
        return encode(states, index)

    def _grade(self) -> Coded:
        """FNCLCC grade: as given, else from its parts; the type gives the differentiation score where it fixes it."""
        types = library().types
        parts = ("grade", "differentiation", "mitoses_per_10_hpf", "necrosis", "histologic_type")
        distinct: dict[Any, int] = {}
        states: list[frozenset[str]] = []
        codes = []
        for known in zip(*(self._raw(name) for name in parts), strict=True):
            if known not in distinct:
                distinct[known] = len(states)
                given, differentiation, mitoses, necrosis, type_id = known
                if differentiation is None and type_id is not None:
                    differentiation = types[type_id].differentiation
                states.append(frozenset((given,)) if given else possible_grades(differentiation, mitoses, necrosis))
            codes.append(distinct[known])
        return encode(states, np.array(codes, dtype=np.int32))

    def _chapter(self) -> Coded:
        places = library().primary_sites
        index, sites = combine([self._coded("site")])
        states = [
            frozenset(c for s in places_possible for c in places[s].chapters or EVERYWHERE)
            for (places_possible,) in sites
        ]
        return encode(states, index)

    def _coded(self, name: str) -> Coded:
        column = self.column(name)
        if not isinstance(column, Coded):
            raise KeyError(name)
        return column

    def _numeric(self, name: str) -> Numeric:
        column = self.column(name)
        if not isinstance(column, Numeric):
            raise KeyError(name)
        return column

    def _per_metastases(self, function: Callable[[Any], Any]) -> list[Any]:
        answers: dict[Any, Any] = {(): function(()), None: function(None)}
        return [answers[v] if not v else function(v) for v in self._raw("metastases")]

    def staging(self) -> tuple[Any, list[tuple[Staging, ...]]]:
        """Staging of every distinct situation: (index per record, one tuple of Staging per situation)."""
        if self._staging is None:
            stated: list[Coded | Members] = [
                self._coded("chapter"),
                coded(self._raw("size_cm"), ()),
                coded(self._raw("extent"), ()),
                members(None if v is None else frozenset(v) for v in self._raw("invasion")),
                coded(self._raw("foci"), ()),
                coded(self._raw("nodes"), ()),
                self._coded("metastatic_at_diagnosis"),
                coded(self._per_metastases(_only_in_the_abdomen_at_diagnosis), ("yes", "no")),
                self._coded("grade"),
                self._coded("histologic_type").map(lambda t: "yes" if t == "adenosarcoma" else "no"),
                coded(self._raw("myometrial_invasion"), ()),
                coded(self._raw("multifocal"), ()),
            ]
            stated[1] = _size_bins(self._numeric("size_cm"))
            index, combinations = combine(stated)
            self._staging = (index, [_stage_of(*c) for c in combinations])
        return self._staging

    def _category(self, name: str, *, as_assigned: bool = False) -> Coded:
        """A staging category: what is still possible, or what the tables assign.

        A grade that is merely not known is not read as GX here: the stage is then any that is still possible.
        """
        index, stagings = self.staging()
        graded, situations = combine(
            [Coded(index, tuple(frozenset((str(i),)) for i in range(len(stagings)))), self._coded("grade")]
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
            states.append(frozenset(values) or frozenset(("none",)))
        return encode(states, graded)


_SIZE_STEPS = (2.0, 4.0, 5.0, 10.0, 15.0)
_SIZE_IN_STEP = (1.0, 3.0, 4.5, 7.0, 12.0, 16.0)


def _size_bins(size: Numeric) -> Coded:
    """Size as the one number of its step that stands for it in the staging tables; unknown stays unknown."""
    steps = np.searchsorted(_SIZE_STEPS, size.values, side="left")
    steps = np.where(np.isnan(size.values), len(_SIZE_IN_STEP), steps)
    states = (*(frozenset((str(s),)) for s in _SIZE_IN_STEP), frozenset[str]())
    return Coded(steps.astype(np.int32), states)


def _one(state: frozenset[str]) -> str | None:
    return next(iter(state)) if len(state) == 1 else None


def _truth(state: frozenset[str]) -> bool | None:
    answer = _one(state)
    return None if answer is None else answer == "yes"


def _stage_of(
    chapters: frozenset[str],
    size: frozenset[str],
    extent: frozenset[str],
    invasion: frozenset[str] | None,
    foci: frozenset[str],
    nodes: frozenset[str],
    metastatic: frozenset[str],
    only_in_the_abdomen: frozenset[str],
    grades: frozenset[str],
    adenosarcoma: frozenset[str],
    myometrial_invasion: frozenset[str],
    multifocal: frozenset[str],
) -> tuple[Staging, ...]:
    size_text, foci_text = _one(size), _one(foci)

    def staged(reached: frozenset[str] | None, spread: bool | None) -> tuple[Staging, ...]:
        return stage(
            chapters=chapters,
            size_cm=None if size_text is None else float(size_text),
            extent=_one(extent),
            invasion=reached,
            foci=None if foci_text is None else int(foci_text),
            nodes=_one(nodes),
            metastatic=spread,
            grades=grades,
            is_uterine_adenosarcoma=_truth(adenosarcoma),
            myometrial_invasion=_one(myometrial_invasion),
            multifocal=_truth(multifocal),
        )

    if "uterus" not in chapters or _one(only_in_the_abdomen) != "yes":
        return staged(invasion, _truth(metastatic))
    # FIGO counts spread inside the abdomen as stage III, not as distant metastasis, whether at one site or several.
    one, several = (
        staged((invasion or frozenset()) | {f"abdominal-tissue-{sites}"}, False)
        for sites in ("one-site", "several-sites")
    )
    usual = staged(invasion, _truth(metastatic))
    return tuple(_either(a, b) if a.system == "FIGO" else c for a, b, c in zip(one, several, usual, strict=True))


def _either(one: Staging, other: Staging) -> Staging:
    """A FIGO stage that may be one or the other."""
    if one.group is None or other.group is None:
        return one
    possible = tuple(dict.fromkeys((*one.group.possible, *other.group.possible)))
    assigned = one.group.as_assigned if one.group.as_assigned == other.group.as_assigned else None
    return replace(one, group=Reading(assigned, possible))


def _since(records: Records, start: list[float | None]) -> Numeric:
    looked = records._raw("landmark_months")
    return numeric(
        (None if now is None or then is None else now - then for now, then in zip(looked, start, strict=True)),
        -720.0,
        720.0,
    )


def _first_metastasis(found: Any) -> float | None:
    if not found or any(m.months is None for m in found):
        return 0.0 if found and any(m.months == 0 for m in found) else None
    return float(min(m.months for m in found))


def _only_in_the_abdomen_at_diagnosis(found: Any) -> bool | None:
    at_diagnosis = {m.organ for m in found or () if m.months == 0}
    return at_diagnosis == {"peritoneum"}


def _metastatic_at_diagnosis(found: Any) -> bool | None:
    if found is None:
        return None
    if any(m.months == 0 for m in found):
        return True
    return None if any(m.months is None for m in found) else False


def _recurred(records: Records) -> Coded:
    stated = zip(records._raw("presentation"), records._raw("local_recurrence"), strict=True)
    truth = {True: True, False: False, None: None}
    return coded(
        (
            True if first == "recurrent" or later else (None if first is None else truth[later])
            for first, later in stated
        ),
        ("yes", "no"),
    )


def _current_age(records: Records) -> Numeric:
    stated = zip(records._raw("age"), records._raw("landmark_months"), strict=True)
    return numeric((None if age is None else age + (months or 0) / 12 for age, months in stated), 0.0, 180.0)


def _resection(records: Records) -> Coded:
    answers = {
        "R0": frozenset(("complete",)),
        "R1": frozenset(("complete",)),
        "R2": frozenset(("incomplete",)),
    }
    both = frozenset(("complete", "incomplete"))
    return encode([answers.get(m, both) for m in records._raw("margin")])


def _behaviours(entity: HistologicType) -> frozenset[str]:
    if entity.behaviour:
        return frozenset((entity.behaviour,))
    return frozenset(code.behaviour for code in entity.codes) or frozenset(("benign", "intermediate", "malignant"))


def _is_sarcoma(entity: HistologicType) -> bool:
    """Whether an unknown type may be this one: a record is about a sarcoma, so only malignant types in scope."""
    return not entity.out_of_scope and _behaviours(entity) == {"malignant"}


def _behaviour(records: Records) -> Coded:
    types = library().types
    column = records._coded("histologic_type")
    return encode([frozenset(b for t in state for b in _behaviours(types[t])) for state in column.states], column.codes)


def _is_extremity(records: Records) -> Coded:
    places = library().primary_sites
    return records._coded("site").map(lambda s: "yes" if places[s].extremity else "no")


_DERIVATIONS: dict[str, Callable[[Records], Column]] = {
    "site": Records._site,
    "depth": Records._depth,
    "grade": Records._grade,
    "chapter": Records._chapter,
    "behaviour": _behaviour,
    "extremity": _is_extremity,
    "metastatic": lambda r: coded(r._per_metastases(lambda v: None if v is None else bool(v)), ("yes", "no")),
    "metastatic_at_diagnosis": lambda r: coded(r._per_metastases(_metastatic_at_diagnosis), ("yes", "no")),
    "metastasis_organs": lambda r: members(
        r._per_metastases(lambda v: None if v is None else frozenset(m.organ for m in v))
    ),
    "disease_free_interval": lambda r: numeric(r._per_metastases(_first_metastasis), 0.0, 720.0),
    "months_since_metastasis": lambda r: _since(r, r._per_metastases(_first_metastasis)),
    "months_since_surgery": lambda r: _since(r, r._raw("surgery_months")),
    "months_since_recurrence": lambda r: _since(r, r._raw("local_recurrence_months")),
    "recurred": _recurred,
    "current_age": _current_age,
    "resection": _resection,
    "t": lambda r: r._category("t"),
    "n": lambda r: r._category("n"),
    "m": lambda r: r._category("m"),
    "stage": lambda r: r._category("group"),
    "n_as_assigned": lambda r: r._category("n", as_assigned=True),
    "stage_as_assigned": lambda r: r._category("group", as_assigned=True),
}
