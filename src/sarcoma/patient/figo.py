"""Stage of a sarcoma of the uterus by FIGO, on what is still possible."""

from __future__ import annotations

from sarcoma._dataclass import replace
from sarcoma.evidence.staging import FigoStage, StagingTables, within_size
from sarcoma.patient.staging import NOT_ASSESSED, Reading, Situation, Staging, only

ABDOMINAL_TISSUE = ("abdominal-tissue-one-site", "abdominal-tissue-several-sites")
"""The codes of tissue of the abdomen that a sarcoma of the uterus has grown into."""


def figo_stage(tables: StagingTables, situation: Situation) -> Staging:
    """The stage of a sarcoma of the uterus.

    Spread inside the abdomen is stage III, not distant metastasis, whether at one site or at several.
    """
    if not situation.only_in_the_abdomen:
        return _figo(tables, situation)
    reached = situation.invasion or frozenset()
    one, several = (
        _figo(tables, situation._replace(invasion=reached | {code}, metastatic=False)) for code in ABDOMINAL_TISSUE
    )
    return _either(one, several)


def _either(one: Staging, other: Staging) -> Staging:
    """A stage that may be one or the other."""
    if one.group is None or other.group is None:
        return one
    possible = tuple(dict.fromkeys((*one.group.possible, *other.group.possible)))
    assigned = one.group.as_assigned if one.group.as_assigned == other.group.as_assigned else None
    return replace(one, group=Reading(assigned, possible))


def _figo(tables: StagingTables, situation: Situation) -> Staging:
    """The highest stage that holds; what is not known may still raise it, and is not assigned."""
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
    return Staging(
        system=figo.name,
        chapter=figo.chapter,
        t=None,
        n=None,
        m=None,
        group=Reading(only(lowest), (*lowest, *higher)),
        note=note,
        origins=figo.sources,
    )
