"""Stage of a sarcoma of the uterus by FIGO, on what is still possible."""

from __future__ import annotations

from sarcoma.evidence.staging import FigoStage, StagingTables, within_size
from sarcoma.patient.staging import NOT_ASSESSED, Reading, Situation, Staging, only

ABDOMINAL_TISSUE = ("abdominal-tissue-one-site", "abdominal-tissue-several-sites")
"""The codes of tissue of the abdomen that a sarcoma of the uterus has grown into."""


def figo_stage(tables: StagingTables, situation: Situation) -> Staging:
    """The stage of a sarcoma of the uterus.

    Spread inside the abdomen is stage III, not distant metastasis, whether at one site or at several.
    """
    if situation.only_in_the_abdomen:
        group, note = _in_the_abdomen(tables, situation)
    else:
        group, note = _highest(tables, situation)
    figo = tables.figo
    return Staging(figo.name, figo.chapter, None, None, None, group, note, figo.sources)


def _in_the_abdomen(tables: StagingTables, situation: Situation) -> tuple[Reading, str | None]:
    """The stage where abdominal tissue is reached at one site or at several; other structures, where nothing is known
    of them, may be reached too.
    """
    reached = situation.invasion or frozenset()
    beside = [reached] if situation.invasion is not None else [reached, *({s} for s in tables.uterine_invasion)]
    found = [
        [_highest(tables, situation._replace(invasion=reached | {code} | more, metastatic=False)) for more in beside]
        for code in ABDOMINAL_TISSUE
    ]
    assigned = {readings[0][0].as_assigned for readings in found}
    possible = {stage for readings in found for reading, _ in readings for stage in reading.possible}
    return Reading(assigned.pop() if len(assigned) == 1 else None, tuple(sorted(possible))), found[0][0][1]


def _highest(tables: StagingTables, situation: Situation) -> tuple[Reading, str | None]:
    """The highest stage that holds, and what to know of it; what is not known may still raise it, and is not assigned.

    The names of the stages sort as they rise.
    """
    size_cm, nodes, invasion = situation.size_cm, situation.nodes, situation.invasion
    depth, adenosarcoma = situation.myometrial_invasion, situation.is_uterine_adenosarcoma
    figo = tables.figo

    def holds(stage: FigoStage) -> bool | None:
        if stage.size_cm is not None:
            return None if size_cm is None else within_size(size_cm, stage.size_cm)
        if stage.myometrial_invasion is not None:
            return None if depth is None else stage.myometrial_invasion == depth
        if stage.invasion is not None:
            return None if invasion is None else stage.invasion in invasion
        if stage.nodes is not None:
            return None if nodes is None else stage.nodes == nodes
        return situation.metastatic

    by_size = () if adenosarcoma else figo.leiomyosarcoma_or_stromal
    by_depth = () if adenosarcoma is False else figo.adenosarcoma
    lowest = tuple(sorted({stage.id for stage in (*by_size, *by_depth) if holds(stage) is not False}))
    higher: tuple[str, ...] = ()
    note = None
    for stage in figo.beyond:
        answer = holds(stage)
        if answer:
            lowest, higher, note = (stage.id,), (), None
        elif answer is None:
            higher = (*higher, stage.id)
        if stage.nodes is not None and nodes in (None, NOT_ASSESSED):
            note = figo.unassessed_nodes
    return Reading(only(lowest), (*lowest, *higher)), note
