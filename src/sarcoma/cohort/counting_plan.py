"""What is counted in a cohort, as data: states, events, ties, exclusions, delayed entry. How, is an engine's matter.

An engine takes a plan and the event columns of the patients, one row a patient:

    entry, end                  months from and to which the patient was under observation
    death, metastasis, …        months of the first event of each kind, missing where it did not happen
    metastasis untimed, …       whether it happened at a time that is not known
    organ                       of the first metastasis: a code, SEVERAL, "unknown", or "" without any

and gives an event table of the plan's course, the number of patients in it, and how many were left out, by reason.
`numpy_engine.count` is one; every engine has to pass the cases in the tests of this module.
"""

from __future__ import annotations

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, model_validator

from sarcoma._arguments import checked
from sarcoma.survival import Course

Event = Literal["local-recurrence", "metastasis", "death"]
Reason = Literal["untimed", "at-origin", "before-entry", "no-time"]
_LAST: tuple[Event, ...] = ("death",)
SEVERAL = "several organs at once"
"""In the column `organ`."""


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CountedState(_Data):
    """The state of a patient to whom exactly the events `after` have happened; with `organ`, only if the first
    metastasis was there."""

    name: str
    after: tuple[Event, ...] = ()
    organ: str | None = None


class Exclusion(_Data):
    """Who is left out: `because` completes "patients who …".

    reason : "untimed" – one of the events happened at a time that is not known; "at-origin" – had one of them by the
        origin of time; "before-entry" – the first event, or all that is known, came before observation began; "no-time"
        – never under observation.
    """

    reason: Reason
    events: tuple[Event, ...] = ()
    because: str


class CountingPlan(_Data):
    """What is counted of each patient.

    Attributes
    ----------
    states : the first is where everyone starts; each is reached by other events.
    transitions : from and to, in the order in which they are counted.
    time_zero : the event from whose time months are counted, of those who had it; else the cohort's origin.
    follow : "first-event" – the first event of all is what happened, and nothing after it is counted; "to-the-end" –
        through every event to death or the end of observation, where all that happens on one day is one transition.
    ties : of events on one day, which one is the first (follow "first-event"); death comes after all others.
    delayed_entry : "honoured" – at risk from entry on; "ignored" – from time 0 on, which is wrong and can be shown.
    exclusions : who is left out, in this order; a patient counts under the first reason.

    Raises
    ------
    InputError : names or transitions that no course can have. ValueError : two states that the same events lead to, an
        event that `ties` does not order, a start after an event, an exclusion without its events.

    Examples
    --------
    >>> states = CountedState(name="well"), CountedState(name="dead", after=("death",))
    >>> plan = CountingPlan(states=states, transitions=(("well", "dead"),))
    >>> CountingPlan.model_validate_json(plan.model_dump_json()) == plan
    True
    """

    states: tuple[CountedState, ...]
    transitions: tuple[tuple[str, str], ...]
    time_zero: Event | None = None
    follow: Literal["first-event", "to-the-end"] = "first-event"
    ties: tuple[Event, ...] = ("metastasis", "local-recurrence")
    delayed_entry: Literal["honoured", "ignored"] = "honoured"
    exclusions: tuple[Exclusion, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        reached = [(frozenset(state.after), state.organ) for state in self.states]
        if len(set(reached)) < len(reached):
            raise ValueError("states: two of them are reached by the same events")
        if self.states[0].after:
            raise ValueError("states: the first is where everyone starts; it cannot come after an event")
        if {event for state in self.states for event in state.after} - {*self.ties, *_LAST}:
            raise ValueError("ties: must order every event that is counted")
        if any(e.reason in ("untimed", "at-origin") and not e.events for e in self.exclusions):
            raise ValueError("exclusions: one that is about events names no event")
        self.course  # noqa: B018 – its own checks of names and transitions
        return self

    @property
    def course(self) -> Course:
        """States and transitions."""
        return Course(tuple(state.name for state in self.states), self.transitions)

    @property
    def events(self) -> tuple[Event, ...]:
        """The events that lead to a state, in the order of ties; death is the last."""
        named = {event for state in self.states for event in state.after}
        return tuple(event for event in (*self.ties, *_LAST) if event in named)

    @checked
    def reached(self, events: frozenset[Event]) -> tuple[int | None, dict[str, int]]:
        """The position of the state that these events lead to, and those of organs that have one of their own."""
        found = [(i, state) for i, state in enumerate(self.states) if frozenset(state.after) == events]
        general = next((i for i, state in found if state.organ is None), None)
        return general, {state.organ: i for i, state in found if state.organ is not None}
