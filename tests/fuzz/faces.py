"""The public faces: every function, constructor and method that the rooms list, found, not named; and their right arguments.

A new public name is fuzzed from the day it is listed in an `__all__`. Where its parameters have names that others have
too, it gets right values for them; an unknown parameter gets hostile ones only.
"""

from __future__ import annotations

import dataclasses
import functools
import importlib
import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

import sarcoma
from sarcoma.survival import measures

ROOMS = [
    "sarcoma",
    *(f"sarcoma.{name}" for name in sarcoma.__all__ if isinstance(getattr(sarcoma, name), ModuleType)),
    measures.__name__,
]

N = 24
_RANDOM = np.random.default_rng(1)
EXIT = np.round(_RANDOM.uniform(1, 60, N), 1)
EVENT = _RANDOM.integers(0, 2, N)
CAUSE = _RANDOM.integers(0, 3, N)
ENTRY = np.round(EXIT * _RANDOM.uniform(0, 0.5, N), 2)
X = _RANDOM.normal(size=(N, 2))
RISK = _RANDOM.uniform(0.05, 0.95, N)
GROUP = np.array(["a", "b", "c"] * (N // 3))
KAPUTT = "MARKER-7f3a"
"""Stands for a patient's value: it must be in no error."""


@dataclass(frozen=True)
class Face:
    """One callable: its name, how it is reached, and its parameters that may be given."""

    name: str
    call: Callable[..., Any]
    parameters: tuple[inspect.Parameter, ...]
    builds: type | None = None
    """The class, if this is a constructor."""

    def __str__(self) -> str:
        return self.name


def _parameters(function: Callable[..., Any]) -> tuple[inspect.Parameter, ...]:
    try:
        signature = inspect.signature(function)
    except ValueError:
        return ()
    kinds = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
    return tuple(p for p in signature.parameters.values() if p.kind not in kinds)


@functools.cache
def good(room: str, name: str) -> tuple[Any, ...]:
    """Right values of a parameter, by its name; none where none is known."""
    return tuple(make() for make in (*_RIGHT.get(f"{room}:{name}", ()), *_RIGHT.get(name, ()))[:3])


@functools.cache
def cohort() -> Any:
    from sarcoma.cohort import Source, make_cohort, read_cohort_map, simulated_table

    return make_cohort(Source(simulated_table(60, seed=3), "table"), read_cohort_map("simulated"))


@functools.cache
def outlook() -> Any:
    return sarcoma.outlook_of(_PERSON)


_PERSON = {
    "age": 62,
    "type": "LMS",
    "site": "lower limb",
    "size": 7,
    "depth": "deep",
    "grade": 3,
    "surgery": "resected",
}


def _course() -> Any:
    return sarcoma.survival.Course.competing(("sarcoma", "other"))


def _histories() -> Any:
    return sarcoma.survival.Histories(_course(), EXIT, CAUSE, entry=ENTRY, patient=np.arange(N))


def _table() -> Any:
    return sarcoma.survival.EventTable.from_arrays(_course(), EXIT, CAUSE, group=GROUP)


def _outcome() -> Any:
    return measures.Outcome(EXIT, CAUSE, estimand="crude")


def _cox() -> Any:
    return sarcoma.survival.CoxRegression().fit(X, EXIT, EVENT)


def _hazard() -> Any:
    return sarcoma.survival.TransitionHazard.from_cox("alive", "dead", _cox())


def _model() -> Any:
    return sarcoma.survival.MultiStateModel(sarcoma.survival.Course.survival(), [_hazard()])


def _records() -> Any:
    return sarcoma.patient.Records([sarcoma.Patient(**_PERSON), sarcoma.Patient()])


def _follow_up() -> Any:
    return sarcoma.cohort.FollowUp.of(cohort())


def _card() -> Any:
    return sarcoma.models.card("kattan-2002")


_ASKED = {
    "kind": "event-table", "id": "q", "nonce": "00" * 8, "plan": "survival", "sites": ["a", "b", "c"], "grid": [0, 24],
}  # fmt: skip


def _hospital_policy() -> Any:
    allowed = {"questions": ["event-table"], "plans": ["survival"], "grid_months": [0, 24]}
    return sarcoma.hospitals.policy_of(allowed)


def _hospital_question() -> Any:
    return sarcoma.hospitals.question_of(_ASKED)


def _hospital_rows() -> Any:
    exits, deaths = [6] * 10 + [30] * 20, [1] * 10 + [0] * 20
    histories = sarcoma.survival.Histories(sarcoma.survival.Course.survival(), exits, deaths)
    return sarcoma.hospitals.SiteRows(histories, people=np.arange(30))


def _hospital_answers() -> Any:
    asked, policy = _hospital_question(), _hospital_policy()
    return [sarcoma.hospitals.partial(_hospital_rows(), asked, policy, site=site) for site in asked.sites]


_RIGHT: dict[str, tuple[Callable[[], Any], ...]] = {
    "sarcoma.hospitals:question": (_hospital_question,),
    "sarcoma.hospitals:policy": (_hospital_policy,),
    "sarcoma.hospitals:rows": (_hospital_rows, lambda: dict.fromkeys("abc", _hospital_rows())),
    "sarcoma.hospitals:answer": (lambda: _hospital_answers()[0],),
    "sarcoma.hospitals:answers": (_hospital_answers,),
    "sarcoma.hospitals:site": (lambda: "a",),
    "sarcoma.hospitals:data": (lambda: _ASKED, lambda: _hospital_question().to_data()),
    "exit": (lambda: EXIT,),
    "event": (lambda: EVENT,),
    "to": (lambda: CAUSE,),
    "cause": (lambda: CAUSE,),
    "causes": (lambda: ("sarcoma", "other"),),
    "entry": (lambda: None, lambda: ENTRY),
    "x": (lambda: X, lambda: X[:, 0]),
    "score": (lambda: RISK,),
    "risk": (lambda: RISK,),
    "risks": (lambda: np.column_stack([RISK / 2, RISK]),),
    "outcome": (_outcome,),
    "horizon": (lambda: 24.0,),
    "horizons": (lambda: [12.0, 24.0],),
    "times": (lambda: [12.0, 24.0],),
    "time": (lambda: 24.0,),
    "at": (lambda: [1.0, 24.0],),
    "thresholds": (lambda: [0.1, 0.3],),
    "threshold": (lambda: 0.2,),
    "level": (lambda: 0.95,),
    "statistic": (lambda: _mean,),
    "people": (lambda: N,),
    "draws": (lambda: 20,),
    "first": (lambda: measures.brier_score(RISK, _outcome(), 24.0),),
    "second": (lambda: measures.brier_score(RISK / 2, _outcome(), 24.0),),
    "values": (lambda: [0.1, 0.2, 0.3],),
    "errors": (lambda: [0.1, 0.1, 0.2],),
    "knots": (lambda: [0.1, 0.3, 0.7],),
    "estimates": (lambda: [[0.1, 0.2], [0.2, 0.3]],),
    "covariances": (lambda: [np.eye(2), np.eye(2)],),
    "course": (_course,),
    "histories": (_histories,),
    "tables": (_table,),
    "table": (_table,),
    "model": (_cox,),
    "hazards": (lambda: [_hazard()],),
    "origin": (lambda: None, lambda: "alive"),
    "target": (lambda: "dead",),
    "state": (lambda: "event-free",),
    "rates": (lambda: [0.1, 0.2],),
    "until": (lambda: [12.0, 24.0],),
    "group": (lambda: GROUP, lambda: None),
    "stratum": (lambda: None, lambda: GROUP),
    "weight": (lambda: None, lambda: RISK),
    "offset": (lambda: None, lambda: RISK),
    "cluster": (lambda: None, lambda: GROUP),
    "estimand": (lambda: "crude",),
    "start": (lambda: 0.0,),
    "states": (lambda: ("alive", "dead"),),
    "transitions": (lambda: (("alive", "dead"),),),
    "probability": (lambda: 0.5, lambda: np.tile([0.5, 0.3, 0.2], (N, 1))),
    "patients": (lambda: [_PERSON],),
    "patient": (lambda: _PERSON, lambda: np.arange(N)),
    "card": (_card,),
    "card_id": (lambda: "kattan-2002",),
    "key": (lambda: "kattan-2002",),
    "cohort": (cohort,),
    "follow_up": (_follow_up,),
    "records": (_records,),
    "outlook": (outlook,),
    "now": (lambda: sarcoma.report.as_data(outlook()),),
    "earlier": (lambda: sarcoma.report.as_data(outlook()),),
    "subjects": (lambda: [sarcoma.validation.Subject.of_card(_card())],),
    "data": (lambda: _table().to_data(),),
    "random": (lambda: np.random.default_rng(1),),
    "name": (lambda: "age",),
    "progress": (lambda: None,),
    "field": (lambda: "age",),
}
"""Right values by the name of a parameter, or by ROOM:NAME where a room calls something else so."""


def _mean(rows: Any) -> float:
    return float(RISK[rows].mean())


def _first(entries: str) -> Any:
    return next(iter(getattr(sarcoma.evidence.library(), entries).values()))


def _plan() -> Any:
    from sarcoma.cohort import courses

    return courses.SPREAD


def _life_table() -> Any:
    return sarcoma.survival.LifeTable.of_columns(
        age=[60, 61, 60, 61], year=[2020, 2020, 2020, 2020], sex=["F", "F", "M", "M"],
        probability=[0.004, 0.005, 0.007, 0.008],
    )  # fmt: skip


def _paper_table() -> Any:
    return sarcoma.report.table_of_baseline(sarcoma.cohort.baseline_table(cohort()))


_INSTANCES: dict[str, Callable[[], Any]] = {
    "Course": _course,
    "Histories": _histories,
    "EventTable": _table,
    "Outcome": _outcome,
    "CoxRegression": _cox,
    "TransitionHazard": _hazard,
    "MultiStateModel": _model,
    "Cohort": cohort,
    "FollowUp": _follow_up,
    "FineGrayRegression": lambda: sarcoma.survival.FineGrayRegression().fit(X, EXIT, CAUSE),
    "Occupancy": lambda: sarcoma.survival.occupancy(_table()),
    "Measure": lambda: measures.brier_score(RISK, _outcome(), 24.0),
    "Outlook": outlook,
    "Patient": lambda: sarcoma.Patient(**_PERSON),
    "Library": sarcoma.evidence.library,
    "Fact": lambda: _first("facts"),
    "Grouping": lambda: _first("groupings"),
    "PrimarySite": lambda: _first("primary_sites"),
    "TopicReview": lambda: _first("topics"),
    "TrialRegister": lambda: _first("registers"),
    "Change": lambda: _first("changes"),
    "Predictions": lambda: sarcoma.models.predict("kattan-2002", [_PERSON]),
    "Records": _records,
    "Coded": lambda: _records().coded("depth"),
    "Numeric": lambda: _records().numeric("age"),
    "FieldSpec": lambda: sarcoma.patient.field_specs()["age"],
    "PossibleProfiles": lambda: _records().profiles,
    "CountedHistories": lambda: _follow_up().count(_plan()),
    "CountingPlan": _plan,
    "Place": lambda: sarcoma.cohort.Place(path=Path("table.csv")),
    "Document": lambda: _paper_table().document(),
    "PaperTable": _paper_table,
    "RelativeSurvival": lambda: sarcoma.survival.net_survival(
        [6, 12, 20], [1, 0, 0], age=[60, 61, 60.5], year=[2020.2] * 3, sex=["F"] * 3, life_table=_life_table()
    ),
    "LifeTable": _life_table,
    "Subject": lambda: sarcoma.validation.Subject.of_card(_card()),
}
"""Something of each class whose methods take arguments and are called; those of a new class in `survival` as well."""


@functools.cache
def _instance(name: str) -> Any:
    return _INSTANCES[name]()


def _of_instance(owner: str, method: str) -> Callable[..., Any]:
    def run(**given: Any) -> Any:
        return getattr(_instance(owner), method)(**given)

    return run


def faces() -> Iterator[Face]:
    """Every public function, constructor, class method and method; objects are made when they are called."""
    seen: set[int] = set()
    for room in ROOMS:
        module = importlib.import_module(room)
        for name in module.__all__:
            value = getattr(module, name)
            where = f"{room}.{name}"
            if id(value) in seen or isinstance(value, ModuleType):
                continue
            seen.add(id(value))
            if not inspect.isclass(value):
                if callable(value) and not hasattr(value, "__origin__"):
                    yield Face(where, value, _parameters(value))
                continue
            yield Face(where, value, _parameters(value), builds=value)
            for method in _methods(value):
                static = inspect.getattr_static(value, method)
                if isinstance(static, (classmethod, staticmethod)):
                    yield Face(f"{where}.{method}", getattr(value, method), _parameters(getattr(value, method)))
                elif name in _INSTANCES:
                    yield Face(f"{where}.{method}", _of_instance(name, method), _parameters(static)[1:])


_WITHIN = {
    "CountedHistories.of", "CountedHistories.take", "CountingPlan.reached", "Subject.predict",
    "Coded.map", "Coded.per_state", "Coded.take", "Members.take", "Numeric.take", "PossibleProfiles.may_be",
    "Records.column", "Records.values", "FieldSpec.clean",
    *(f"Fact.{name}_of" for name in ("audience", "estimand", "level", "marks", "people", "sources")), "Fact.may_head",
}  # fmt: skip
"""Steps between the rooms, called thousands of times with what has been looked at: they take it as it is."""


def _methods(owner: type) -> list[str]:
    """Its own public methods: those of a library that it inherits from are that library's."""
    found = []
    for name in dir(owner):
        if f"{owner.__name__}.{name}" in _WITHIN:
            continue
        static = inspect.getattr_static(owner, name)
        plain = getattr(static, "__func__", static)
        own = inspect.isfunction(plain) and _is_ours(plain.__module__)
        if own and not name.startswith("_") and name != "model_copy":
            found.append(name)
    return found


def _is_ours(module: str) -> bool:
    """Whether what is defined there is the project's own: what frozen classes have in common is what pydantic does."""
    return module.startswith("sarcoma") and module != "sarcoma._frozen"


def is_record(owner: type | None) -> bool:
    """Whether a class only holds what it is given: a dataclass without a check, whose makers check."""
    return owner is not None and dataclasses.is_dataclass(owner) and not hasattr(owner, "__post_init__")
