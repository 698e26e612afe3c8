"""The courses that are counted in a cohort, as plans: survival, spread, the first event, the full course."""

from __future__ import annotations

from sarcoma._arguments import checked
from sarcoma.cohort.counting_plan import SEVERAL, CountedState, CountingPlan, Event, Exclusion
from sarcoma.errors import CohortError
from sarcoma.patient import ORGANS

_NO_TIME = Exclusion(reason="no-time", because="no time under observation")
_UNTIMED_METASTASIS = Exclusion(
    reason="untimed", events=("metastasis",), because="had a metastasis at a time that is not known"
)
_UNTIMED_RECURRENCE = Exclusion(
    reason="untimed", events=("local-recurrence",), because="had a local recurrence at a time that is not known"
)


def _before(*events: Event) -> tuple[Exclusion, Exclusion]:
    return (
        Exclusion(reason="at-origin", events=events, because="had it at the origin of time"),
        Exclusion(reason="before-entry", because="had it before observation began"),
    )


def _competing(start: str, states: tuple[CountedState, ...], exclusions: tuple[Exclusion, ...]) -> CountingPlan:
    return CountingPlan(
        states=(CountedState(name=start), *states),
        transitions=tuple((start, state.name) for state in states),
        exclusions=(*exclusions, _NO_TIME),
    )


_DEAD = CountedState(name="dead", after=("death",))
ELSEWHERE = "another organ or not known"
"""The state of a first metastasis in none of the organs that are told apart."""

_DEATH_WITHOUT = CountedState(name="death without metastasis", after=("death",))
_METASTASIS = CountedState(name="metastasis", after=("metastasis",))

SURVIVAL = _competing("alive", (_DEAD,), ())
"""All patients from the origin to death."""

SURVIVAL_FROM_METASTASIS = SURVIVAL.model_copy(
    update={"time_zero": "metastasis", "exclusions": (_UNTIMED_METASTASIS, _NO_TIME)}
)
"""From the first metastasis to death; under delayed entry from the later of metastasis and entry."""

SPREAD = _competing("no metastasis", (_METASTASIS, _DEATH_WITHOUT), (_UNTIMED_METASTASIS, *_before("metastasis")))
"""From the origin to the first metastasis or death, of those without metastasis at the origin."""

FIRST_EVENT = _competing(
    "disease-free",
    (
        CountedState(name="local recurrence", after=("local-recurrence",)),
        _METASTASIS,
        CountedState(name="death", after=("death",)),
    ),
    (
        _UNTIMED_METASTASIS,
        _before("metastasis", "local-recurrence")[0],
        _UNTIMED_RECURRENCE,
        _before("metastasis", "local-recurrence")[1],
    ),
)
"""From the origin to the first of local recurrence, metastasis (before recurrence on one day) and death."""


def organ_label(organ: str) -> str:
    """An organ in words."""
    return ORGANS.get(organ, organ)


@checked
def where_first(organs: tuple[str, ...]) -> CountingPlan:
    """As SPREAD, by the first organ: the organs asked for, several at once, another or not known."""
    _told_apart(organs)
    places = tuple(CountedState(name=o, after=("metastasis",), organ=o) for o in (*organs, SEVERAL))
    other = CountedState(name=ELSEWHERE, after=("metastasis",))
    return _competing("no metastasis", (*places, other, _DEATH_WITHOUT), SPREAD.exclusions[:-1])


def _told_apart(organs: tuple[str, ...]) -> None:
    labels = [organ_label(organ) for organ in organs]
    if len(set(organs)) < len(organs) or len(set(labels)) < len(labels):
        raise CohortError("organs: one stands twice; name each once, for example ('lung', 'bone')")


@checked
def full_course(first_organs: tuple[str, ...] = ()) -> CountingPlan:
    """Disease-free, local recurrence, metastasis, both, dead; what happens on one day is one transition.

    With `first_organs` the metastasis is split by its first organ: these, or elsewhere.
    """
    _told_apart(first_organs)
    spread = [
        CountedState(name=f"{organ_label(organ)} metastasis", after=("metastasis",), organ=organ)
        for organ in first_organs
    ]
    spread.append(CountedState(name="metastasis elsewhere" if spread else "metastasis", after=("metastasis",)))
    names = [state.name for state in spread]
    return CountingPlan(
        states=(
            CountedState(name="disease-free"),
            CountedState(name="local recurrence", after=("local-recurrence",)),
            *spread,
            CountedState(name="both", after=("local-recurrence", "metastasis")),
            _DEAD,
        ),
        transitions=(
            *(("disease-free", target) for target in ("local recurrence", *names, "both", "dead")),
            *(("local recurrence", target) for target in ("both", "dead")),
            *((origin, target) for target in ("both", "dead") for origin in names),
            ("both", "dead"),
        ),
        follow="to-the-end",
        exclusions=(_UNTIMED_METASTASIS, _UNTIMED_RECURRENCE, _NO_TIME),
    )


PLANS = {
    "survival": SURVIVAL,
    "survival-from-metastasis": SURVIVAL_FROM_METASTASIS,
    "spread": SPREAD,
    "first-event": FIRST_EVENT,
    "full-course": full_course(),
}
"""The plans by the names that recipes use."""
