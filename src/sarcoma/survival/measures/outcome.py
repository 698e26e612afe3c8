"""What happened to the people whose risk was predicted, and which curve it may be compared with."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sarcoma._arguments import checked
from sarcoma._types import Floats
from sarcoma.errors import InputError
from sarcoma.survival import _arrays
from sarcoma.survival.regression.censoring import Censoring, ConditionalCensoring

Estimand = Literal["crude", "net", "all-cause"]


@dataclass(frozen=True, eq=False, slots=True)
class Status:
    """Where each row is at a horizon t: `case` – had the event by t; `rival` – a competing event by t; `free` – is
    known to have had none by t. weight (n,): 1/G(T−), 1/G(t) for the free, 0 where nobody knows.

    At the end of administrative follow-up, where more are censored at t than are followed beyond it (`at_end`), those
    censored at t are among the free: events come before censorings of the same time, so they are known to have had
    none. The weight of the free is 1/G(t−) then.
    """

    horizon: float
    at_end: bool
    case: NDArray[np.bool_]
    rival: NDArray[np.bool_]
    free: NDArray[np.bool_]
    weight: Floats


def free_at(
    exit: Floats, ended: NDArray[np.bool_], time: float, people: NDArray[np.int64] | None = None
) -> tuple[NDArray[np.bool_], bool]:
    """Who is known to be free of events at a time, (n,), and whether it is the end of administrative follow-up.

    exit : (n,) end of observation. ended : (n,) whether it is an event. people : (n,) how many each row stands for.
    """
    beyond: NDArray[np.bool_] = _arrays.later(exit, time)
    then = ~ended & _arrays.at(exit, time)
    many = (then.sum(), beyond.sum()) if people is None else (people[then].sum(), people[beyond].sum())
    at_end = int(many[0]) > int(many[1])
    return (beyond | then if at_end else beyond), at_end


class Outcome:
    """Times and events of n people, for judging predictions of one event.

    Parameters
    ----------
    exit : (n,) time of the event or of the end of observation.
    event : (n,) 0 = censored, 1 = the event predicted, 2, 3, … = competing events.
    estimand : what was predicted. "crude" – the probability of the event while the competing ones can happen too;
        "net" – as if they could not: they count as censored; "all-cause" – nothing else can happen (no codes above 1).
    entry : (n,) start of observation. Needs a landmark: a prediction is judged from a time at which everyone judged is
        under observation already.
    landmark : those under observation then, free of any event, are kept; predictions are of what comes after it.
    censoring_covariates : (n, p) on which being censored depends: the weights then come from a Cox model of the
        censoring instead of Kaplan–Meier, and standard errors take them as known (the bootstrap does not).

    Raises
    ------
    InputError : an estimand that does not fit the codes, delayed entry without a landmark, no event, one person.

    Examples
    --------
    >>> Outcome(exit=[5, 8, 12, 20], event=[1, 0, 2, 0], estimand="crude")
    Outcome(crude, people=4, events=1)
    """

    @checked
    def __init__(
        self,
        exit: ArrayLike,
        event: ArrayLike,
        *,
        estimand: Estimand,
        entry: ArrayLike | None = None,
        landmark: float | None = None,
        censoring_covariates: Any = None,
    ) -> None:
        _arrays.one_order(exit=exit, event=event, entry=entry)
        time = _arrays.floats("exit", exit, low=0.0)
        codes = _arrays.floats("event", event, len(time), low=0.0)
        if (codes != np.floor(codes)).any():
            raise InputError("event", "needs whole numbers: 0 = censored, 1 = the event, 2, … = competing ones")
        self.estimand: Estimand = estimand
        self.landmark = None if landmark is None else _arrays.one_time("landmark", landmark)
        self.rows: NDArray[np.intp] | None = None
        self.given = len(time)
        late = None if entry is None else _arrays.floats("entry", entry, len(time), low=0.0)
        if landmark is None and late is not None and _arrays.later(late, 0.0).any():
            raise InputError(
                "entry",
                "people came under observation late, so that early events are missing; name a landmark at which all "
                "who are judged are under observation",
                "landmark=12.0",
            )
        if landmark is not None:
            kept = _arrays.later(time, landmark)
            if late is not None:
                kept &= _arrays.by(late, landmark)
            self.rows = np.flatnonzero(kept)
            if not len(self.rows):
                raise InputError("landmark", "nobody is under observation and free of events then", "an earlier one")
            time, codes = time[self.rows], codes[self.rows]
        if len(time) < 2:
            raise InputError("exit", "one person is not enough to judge a prediction", "two or more")
        self.exit, self.event = time, codes == 1
        competing = codes > 1
        if not self.event.any():
            raise InputError("event", "nobody has the event (code 1), so no prediction of it can be judged")
        if estimand == "all-cause" and competing.any():
            raise InputError("estimand", "all-cause, but competing events are coded (2 or more)", '"crude" or "net"')
        if estimand == "crude" and not competing.any():
            raise InputError(
                "estimand",
                "crude, but no competing event is coded: if they are censored here, the observed curve would be net; "
                "code them 2, or say that there are none",
                '"all-cause"',
            )
        self.competing = competing if estimand == "crude" else np.zeros(len(time), dtype=bool)
        self.covariates: Floats | None = None
        if censoring_covariates is not None:
            given, _ = _arrays.matrix("censoring_covariates", censoring_covariates, self.given)
            self.covariates = given if self.rows is None else given[self.rows]

    def __len__(self) -> int:
        return len(self.exit)

    def __repr__(self) -> str:
        left = "" if self.rows is None else f", {self.given - len(self)} left out at the landmark"
        return f"Outcome({self.estimand}, people={len(self)}, events={int(self.event.sum())}{left})"

    @cached_property
    def ranked(self) -> _arrays.Ranks:
        """Ranks of the times."""
        return _arrays.ranks(self.exit)

    @cached_property
    def censoring(self) -> Censoring | ConditionalCensoring:
        """The censoring distribution: Kaplan–Meier, or Cox; events before censorings of the same time."""
        censored = ~(self.event | self.competing)
        if self.covariates is None:
            return Censoring(self.ranked, censored)
        return ConditionalCensoring(self.covariates, self.exit, censored)

    @checked
    def take(self, rows: NDArray[np.intp]) -> Outcome:
        """The outcome of some people, with repeats if need be: positions among the people kept."""
        rows = _arrays.positions("rows", rows, len(self.exit))
        part = object.__new__(Outcome)
        part.estimand, part.landmark, part.rows, part.given = self.estimand, self.landmark, None, len(rows)
        part.exit, part.event, part.competing = self.exit[rows], self.event[rows], self.competing[rows]
        part.covariates = None if self.covariates is None else self.covariates[rows]
        if not part.event.any():
            raise InputError("rows", "nobody among them has the event")
        return part

    @checked
    def risk(self, name: str, values: ArrayLike) -> Floats:
        """Predicted probabilities of the people kept, (n,): numbers between 0 and 1."""
        given = _arrays.floats(name, values, self.given)
        outside = int(((given < 0) | (given > 1)).sum())
        if outside:
            raise InputError(name, f"{outside} of {len(given)} predictions lie outside 0 to 1", "[0.1, 0.25]")
        return given if self.rows is None else given[self.rows]

    @cached_property
    def last(self) -> dict[str, tuple[float, Any]]:
        """What was worked out at the horizon asked for last, by name: many measures ask for the same."""
        return {}

    @checked
    def event_by(self, time: float) -> NDArray[np.bool_]:
        """Whether each row had the event by a time, (n,)."""
        found: NDArray[np.bool_] = self.event & _arrays.by(self.exit, time)
        return found

    @checked
    def free_at(self, time: float) -> NDArray[np.bool_]:
        """Whether each row is known to have had no event by a time, (n,), see `Status`."""
        return free_at(self.exit, self.event | self.competing, time)[0]

    @checked
    def correction(self, contribution: Floats, status: Status) -> Floats:
        """What estimating the censoring adds to the influence of each row on the mean of contributions, (n,), that
        carry the weights of a status."""
        return self.censoring.correction(contribution, status.free, status.horizon, at_end=status.at_end)

    @checked
    def status(self, horizon: float) -> Status:
        """Who is where at a horizon, with the weights that make up for censoring before it.

        Raises
        ------
        InputError : a horizon after the last time, or without an event by then.
        """
        time = _arrays.one_time("horizon", horizon)
        known = self.last.get("status")
        if known is not None and known[0] == time:
            found: Status = known[1]
            return found
        if self.landmark is not None and _arrays.by(time, self.landmark):
            raise InputError("horizon", "must be later than the landmark")
        last = float(self.exit.max())
        if _arrays.later(time, last):
            raise InputError("horizon", f"nobody was under observation after {last:g}", f"{last:g}")
        by = _arrays.by(self.exit, time)
        case, rival = by & self.event, by & self.competing
        free, at_end = free_at(self.exit, self.event | self.competing, time)
        if not case.any():
            raise InputError("horizon", "nobody has had the event by then", "a later one")
        g = self.censoring.just_before(time) if at_end else self.censoring.at(time)
        weight = np.zeros(len(self))
        ended = case | rival
        weight[ended] = 1.0 / self.censoring.before_end()[ended]
        weight[free] = 1.0 / np.broadcast_to(g, len(self))[free]
        self.last["status"] = (time, Status(time, at_end, case, rival, free, weight))
        return self.status(time)
