"""Records: n Patient records as columns, with everything that follows from them.

`column(name)` gives a field of the record or one of the derived variables below; each is computed at
first use. Rules (`evidence.rule`) and model cards name the same variables.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Any

import numpy as np

from sarcoma.evidence import library, sites_of
from sarcoma.patient.columns import Coded, Column, Members, Numeric, coded, combine, encode, members, numeric
from sarcoma.patient.derived import DERIVATIONS, EVERYWHERE, is_sarcoma, per_metastases
from sarcoma.patient.grade import possible_grades
from sarcoma.patient.record import Patient, field_specs
from sarcoma.patient.stage import Staging
from sarcoma.patient.staged import only_in_the_abdomen_at_diagnosis, size_bins, stage_of


class Records:
    """n records as columns.

    Parameters
    ----------
    patients : Patient records.
    """

    def __init__(self, patients: Iterable[Patient]) -> None:
        self._patients: Sequence[Patient] = patients if isinstance(patients, Sequence) else tuple(patients)
        self._n = len(self._patients)
        self._raw: dict[str, list[Any]] = {}
        self._columns: dict[tuple[str, str | None], Column] = {}
        self._staging: tuple[Any, list[tuple[Staging, ...]]] | None = None
        self.given: dict[str, Column] = {}
        self.answers: dict[int, tuple[Any, Any]] = {}  # of conditions, by their identity (see `rules.answer`)

    @classmethod
    def of_columns(cls, values: dict[str, list[Any]], n: int, derived: dict[str, Column] | None = None) -> Records:
        """Records from checked values by field, each of length n; fields that are not given are unknown.

        `derived` are derived variables that are known otherwise than from the fields.
        """
        records = cls(())
        records._n = n
        records._raw = {name: values.get(name, [None] * n) for name in field_specs()}
        records.given = dict(derived or {})
        records._columns = {(name, None): column for name, column in records.given.items()}
        return records

    def __len__(self) -> int:
        return self._n

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

    def values(self, name: str) -> list[Any]:
        """A field of all records as it stands, None where unknown."""
        if name not in self._raw:
            self._raw[name] = list(map(attrgetter(name), self._patients))
        return self._raw[name]

    def _make(self, name: str) -> Column:
        derive = DERIVATIONS.get(name)
        if derive is not None:
            return derive(self)
        spec = field_specs()[name]
        if spec.kind in ("number", "whole"):
            return numeric(self.values(name), spec.low, spec.high)
        if spec.kind == "members":
            return members(None if v is None else frozenset(v) for v in self.values(name))
        if spec.kind == "type":
            return coded(self.values(name), (t.id for t in library().types.values() if is_sarcoma(t)))
        if spec.kind in ("code", "yes-no"):
            return coded(self.values(name), spec.code_list())
        raise KeyError(name)

    def _group(self, name: str, grouping: str | None) -> Column:
        column = self.column(name)
        groups = library().groupings[grouping or ""]
        if not isinstance(column, Coded):
            raise KeyError(name)
        return column.map(lambda type_id: groups.group_of(type_id) or "none")

    # -- derived variables

    def site(self) -> Coded:
        places = library().primary_sites
        everywhere = frozenset(p.id for p in places.values() if not p.out_of_scope)

        def possible(site: str | None, code: str | None) -> frozenset[str]:
            if site is not None:
                return frozenset((site,))
            return frozenset(sites_of(code, places)) if code is not None else everywhere

        distinct: dict[Any, int] = {}
        states: list[frozenset[str]] = []
        codes = []
        for pair in zip(self.values("site"), self.values("topography"), strict=True):
            if pair not in distinct:
                distinct[pair] = len(states)
                states.append(possible(*pair))
            codes.append(distinct[pair])
        return encode(states, np.array(codes, dtype=np.int32))

    def depth(self) -> Coded:
        places = library().primary_sites
        stated = coded(self.values("depth"), ("superficial", "deep"))
        index, pairs = combine([stated, self.coded("site")])
        states = [
            frozenset(("deep",)) if len(depth) > 1 and all(places[s].deep for s in sites) else depth
            for depth, sites in pairs
        ]
        return encode(states, index)

    def grade(self) -> Coded:
        """FNCLCC grade: as given, else from its parts; the type gives the differentiation score where it fixes it."""
        types = library().types
        parts = ("grade", "differentiation", "mitoses_per_10_hpf", "necrosis", "histologic_type")
        distinct: dict[Any, int] = {}
        states: list[frozenset[str]] = []
        codes = []
        for known in zip(*(self.values(name) for name in parts), strict=True):
            if known not in distinct:
                distinct[known] = len(states)
                given, differentiation, mitoses, necrosis, type_id = known
                if differentiation is None and type_id is not None:
                    differentiation = types[type_id].differentiation
                states.append(frozenset((given,)) if given else possible_grades(differentiation, mitoses, necrosis))
            codes.append(distinct[known])
        return encode(states, np.array(codes, dtype=np.int32))

    def chapter(self) -> Coded:
        places = library().primary_sites
        index, sites = combine([self.coded("site")])
        states = [
            frozenset(c for s in places_possible for c in places[s].chapters or EVERYWHERE)
            for (places_possible,) in sites
        ]
        return encode(states, index)

    def coded(self, name: str) -> Coded:
        """A coded column by name."""
        column = self.column(name)
        if not isinstance(column, Coded):
            raise KeyError(name)
        return column

    def _numeric(self, name: str) -> Numeric:
        column = self.column(name)
        if not isinstance(column, Numeric):
            raise KeyError(name)
        return column

    def staging(self) -> tuple[Any, list[tuple[Staging, ...]]]:
        """Staging of every distinct situation: (index per record, one tuple of Staging per situation)."""
        if self._staging is None:
            stated: list[Coded | Members] = [
                self.coded("chapter"),
                size_bins(self._numeric("size_cm")),
                coded(self.values("extent"), ()),
                members(None if v is None else frozenset(v) for v in self.values("invasion")),
                coded(self.values("foci"), ()),
                coded(self.values("nodes"), ()),
                self.coded("metastatic_at_diagnosis"),
                coded(per_metastases(self, only_in_the_abdomen_at_diagnosis), ("yes", "no")),
                self.coded("grade"),
                self.coded("histologic_type").map(lambda t: "yes" if t == "adenosarcoma" else "no"),
                coded(self.values("myometrial_invasion"), ()),
                coded(self.values("multifocal"), ()),
            ]
            index, combinations = combine(stated)
            self._staging = (index, [stage_of(*c) for c in combinations])
        return self._staging

    def category(self, name: str, *, as_assigned: bool = False) -> Coded:
        """A staging category: what is still possible, or what the tables assign.

        A grade that is merely not known is not read as GX here: the stage is then any that is still possible.
        """
        index, stagings = self.staging()
        graded, situations = combine(
            [Coded(index, tuple(frozenset((str(i),)) for i in range(len(stagings)))), self.coded("grade")]
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
