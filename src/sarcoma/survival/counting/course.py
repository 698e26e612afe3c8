"""A course: named states, and the transitions between them that can happen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sarcoma._arguments import checked
from sarcoma._dataclass import dataclass
from sarcoma.errors import InputError
from sarcoma.survival import _arrays


@dataclass(frozen=True)
class Course:
    """Named states and allowed transitions, as data.

    Parameters
    ----------
    states : distinct names; the first is where everyone starts unless said otherwise.
    transitions : (from, to) pairs of names, in the order in which they are counted.

    Raises
    ------
    InputError : a name twice, an unknown name, a transition twice or to itself, or no transition.

    Examples
    --------
    >>> Course(("well", "relapse", "dead"), (("well", "relapse"), ("well", "dead"), ("relapse", "dead"))).absorbing
    ('dead',)
    """

    states: tuple[str, ...]
    transitions: tuple[tuple[str, str], ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "states", _names("states", self.states, '("alive", "dead")'))
        try:
            pairs = tuple((a, b) for a, b in self.transitions)
        except (TypeError, ValueError):
            raise InputError("transitions", "must be pairs of states", '(("alive", "dead"),)') from None
        for pair in pairs:
            _names("transitions", pair, '(("alive", "dead"),)')
        object.__setattr__(self, "transitions", pairs)
        if len(set(self.states)) < len(self.states):
            raise InputError("states", "a name stands twice", '("alive", "dead")')
        if not self.transitions:
            raise InputError("transitions", "there is none", '(("alive", "dead"),)')
        if len(set(self.transitions)) < len(self.transitions):
            raise InputError("transitions", "a transition stands twice", '(("alive", "dead"),)')
        for pair in self.transitions:
            unknown = [name for name in pair if name not in self.states]
            if unknown:
                raise InputError("transitions", f"{unknown[0]!r} is not one of the states {', '.join(self.states)}")
            if pair[0] == pair[1]:
                raise InputError("transitions", f"{pair[0]!r} leads to itself")

    @classmethod
    @checked
    def survival(cls, start: str = "alive", end: str = "dead") -> Course:
        """Two states: the course behind a Kaplan–Meier curve."""
        return cls((start, end), ((start, end),))

    @classmethod
    @checked
    def competing(cls, causes: Sequence[str], start: str = "event-free") -> Course:
        """One start and several causes, of which the first to happen counts."""
        return cls((start, *causes), tuple((start, cause) for cause in causes))

    @classmethod
    @checked
    def illness_death(cls, healthy: str = "healthy", ill: str = "ill", dead: str = "dead") -> Course:
        """Three states without recovery."""
        return cls((healthy, ill, dead), ((healthy, ill), (healthy, dead), (ill, dead)))

    @checked
    def index(self, state: str) -> int:
        """The position of a state."""
        try:
            return self.states.index(state)
        except ValueError:
            raise InputError("state", f"not one of {', '.join(self.states)}", repr(self.states[0])) from None

    @checked
    def transition(self, origin: str, target: str) -> int:
        """The position of a transition."""
        self.index(origin), self.index(target)
        if (origin, target) not in self.transitions:
            raise InputError("transition", f"{origin!r} does not lead to {target!r}", repr(self.transitions[0]))
        return self.transitions.index((origin, target))

    @cached_property
    def sources(self) -> NDArray[np.intp]:
        """Index of the state that each transition leaves, shape (transitions,)."""
        return np.array([self.states.index(a) for a, _ in self.transitions], dtype=np.intp)

    @cached_property
    def targets(self) -> NDArray[np.intp]:
        """Index of the state that each transition enters, shape (transitions,)."""
        return np.array([self.states.index(b) for _, b in self.transitions], dtype=np.intp)

    @cached_property
    def moves(self) -> list[tuple[int, int]]:
        """(source, target) of each transition as plain numbers."""
        return list(zip(self.sources.tolist(), self.targets.tolist(), strict=True))

    @cached_property
    def transient(self) -> tuple[str, ...]:
        """States that can be left, in the order of `states`."""
        return tuple(name for name in self.states if any(a == name for a, _ in self.transitions))

    @cached_property
    def absorbing(self) -> tuple[str, ...]:
        """States that cannot be left."""
        return tuple(name for name in self.states if name not in self.transient)

    @cached_property
    def transient_index(self) -> NDArray[np.intp]:
        """For each transition, the position of its source among the transient states."""
        return np.array([self.transient.index(a) for a, _ in self.transitions], dtype=np.intp)

    @cached_property
    def acyclic(self) -> bool:
        """Whether no state can be entered again."""
        left = list(self.transitions)
        while True:
            enterable = {b for _, b in left}
            kept = [pair for pair in left if pair[0] in enterable]
            if len(kept) == len(left):
                return not left
            left = kept

    @cached_property
    def transition_codes(self) -> NDArray[np.int64]:
        """Transition number for (source, target), −1 where it cannot happen; shape (states, states)."""
        codes = np.full((len(self.states), len(self.states)), -1, dtype=np.int64)
        codes[self.sources, self.targets] = np.arange(len(self.transitions))
        return codes

    @checked
    def distribution(self, initial: str | Iterable[float]) -> NDArray[np.float64]:
        """A distribution over the states from a state's name or from one share per state.

        Raises
        ------
        InputError : an unknown state, a wrong number of shares, or shares that do not sum to 1.
        """
        if isinstance(initial, str):
            shares = np.zeros(len(self.states))
            shares[self.index(initial)] = 1.0
            return shares
        shares = _arrays.table("initial", initial)
        if shares.shape != (len(self.states),):
            raise InputError("initial", f"needs one share for each of the {len(self.states)} states")
        if not np.all(shares >= 0) or abs(shares.sum() - 1.0) > 1e-9:
            raise InputError("initial", "the shares must not be negative and must sum to 1")
        return shares


def _names(argument: str, given: Any, example: str) -> tuple[str, ...]:
    """Names of states."""
    try:
        found = tuple(given)
    except TypeError:
        found = (None,)
    if isinstance(given, str) or not all(isinstance(name, str) for name in found):
        raise InputError(argument, "must be names of states", example)
    return found
