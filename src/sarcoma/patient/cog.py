"""Stage and risk group of rhabdomyosarcoma by COG, on what is still possible: the rows of `risk_rows.yaml`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sarcoma.evidence import Condition, RiskRow, library
from sarcoma.patient.answering import FAILS, HOLDS, UNKNOWN, answer_one
from sarcoma.patient.derived import ASKED_AS
from sarcoma.patient.records import Records
from sarcoma.patient.staging import Reading, Staging

SYSTEM = "COG"
_SPREAD_STAGE, _SPREAD_GROUP = "4", "IV"
"""Distant metastasis at diagnosis: a stage and a surgical group of its own, and neither without the other."""


def cog_stagings(records: Records) -> tuple[Staging, ...]:
    """COG's stage and risk group of the (single) record; none where the type is no rhabdomyosarcoma of its tables.

    A row places only whom its table places. What is not known leaves several rows possible, and `asks` names the fields
    that would tell.
    """
    column = records.coded("histologic_type")
    types = column.states[column.codes[0]]
    rows = [row for row in library().risk_rows.values() if len(types) == 1 and types <= set(row.types)]
    if not rows:
        return ()
    stage = _stage([row for row in rows if row.table == "cog-stage"], records)
    possible = stage.group.possible if stage.group else ()
    return (stage, _risk([row for row in rows if row.table == "cog-risk"], records, possible))


def _stage(rows: Sequence[RiskRow], records: Records) -> Staging:
    """The stage as the report gives it, else by the rows."""
    (stated,) = records.values("rms_stage")
    if stated is not None:
        return _staging("cog-stage", [row for row in rows if row.value == stated], {stated}, stated, records)
    answers = {row.id: answer_one(row.when, records) for row in rows}
    return _of_rows("cog-stage", rows, answers, records)


def _risk(rows: Sequence[RiskRow], records: Records, stages: Sequence[str]) -> Staging:
    """The risk group by every stage and surgical group that may be."""
    group = records.coded("rms_group")
    every = [
        records.changed({"rms_stage": [stage], "rms_group": [of]})
        for stage in stages
        for of in sorted(group.states[group.codes[0]])
        if (stage == _SPREAD_STAGE) == (of == _SPREAD_GROUP)
    ]
    if not every:  # the table places no stage
        return _staging("cog-risk", (), (), None, records)
    found = {row.id: {answer_one(row.when, one) for one in every} for row in rows}
    answers = {key: int(next(iter(given)) if len(given) == 1 else UNKNOWN) for key, given in found.items()}
    stage_known = len({one.values("rms_stage")[0] for one in every}) == 1
    return _of_rows(
        "cog-risk",
        rows,
        answers,
        every[0].changed({"rms_group": records.values("rms_group")}) if stage_known else records,
    )


def _of_rows(table: str, rows: Sequence[RiskRow], answers: dict[str, int], records: Records) -> Staging:
    possible = [row for row in rows if answers[row.id] != FAILS]
    sure = len(possible) == 1 and answers[possible[0].id] == HOLDS
    return _staging(table, possible, {row.value for row in possible}, possible[0].value if sure else None, records)


def _staging(
    table: str, rows: Sequence[RiskRow], values: Iterable[str], assigned: str | None, records: Records
) -> Staging:
    order = [row.value for row in library().risk_rows.values() if row.table == table]
    possible = tuple(dict.fromkeys(value for value in order if value in set(values)))
    notes = dict.fromkeys(row.note for row in rows if row.note)
    return Staging(
        system=SYSTEM,
        chapter=table,
        t=None,
        n=None,
        m=None,
        group=Reading(assigned, possible) if possible else None,
        note=" ".join(notes) or None,
        origins=tuple(dict.fromkeys(s for row in rows for s in row.sources)) or _sources(table),
        reason=None if possible else "not-placed",
        asks=() if assigned else tuple(dict.fromkeys(f for row in rows for f in _open(row.when, records))),
        marks=tuple(dict.fromkeys(m for row in rows for m in row.marks)),
    )


def _sources(table: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(s for row in library().risk_rows.values() if row.table == table for s in row.sources))


def _open(rule: Sequence[Condition], records: Records) -> Iterable[str]:
    """The fields of a rule's tests that cannot be told."""
    for condition in rule:
        if answer_one((condition,), records) == UNKNOWN:
            if condition.field is not None:
                yield from ASKED_AS.get(condition.field, (condition.field,))
            for every in condition.any_of or ():
                if answer_one(every, records) == UNKNOWN:
                    yield from _open(every, records)
