"""What a registry's codes of vital status mean: recognised by `event_codes.yaml`, or asked about – never guessed."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Literal

from sarcoma._files import read_yaml

Status = Literal["dead", "alive"]
_CODES = Path(__file__).with_name("event_codes.yaml")
_MOST_READINGS = 8


@dataclass(frozen=True)
class Reading:
    """One way to read the codes of a column, and how many deaths and censorings it gives."""

    dead: tuple[str, ...]
    alive: tuple[str, ...]
    deaths: int
    censored: int
    alive_at: tuple[
        tuple[float, float], ...
    ] = ()  # months, and the share alive by then (Kaplan–Meier), where times are known

    def with_survival(self, codes: Sequence[str], months: Sequence[float | None]) -> Reading:
        """The same with a crude survival, by the code and the time of each row."""
        dead = set(self.dead)
        told = [(m, c in dead) for c, m in zip(codes, months, strict=True) if m is not None and m >= 0]
        return replace(self, alive_at=_crude_survival(told))


@dataclass(frozen=True)
class StatusCodes:
    """The codes of a column of vital status: those recognised, and – where some are not – every reading."""

    column: str
    dead: tuple[str, ...]
    alive: tuple[str, ...]
    readings: tuple[Reading, ...] = ()

    @property
    def settled(self) -> bool:
        """Whether every code is recognised, so that nothing has to be asked."""
        return not self.readings

    def as_question(self) -> dict[str, Any]:
        """What a mapping says under `unconfirmed`."""
        readings = [
            {
                "dead": list(r.dead),
                "alive": list(r.alive),
                "deaths": r.deaths,
                "censored": r.censored,
                **({"alive_after_months": {f"{t:g}": round(s, 2) for t, s in r.alive_at}} if r.alive_at else {}),
            }
            for r in self.readings
        ]
        return {"column": self.column, "readings": readings}


def status_codes(column: str, counts: Mapping[str, int]) -> StatusCodes:
    """What the codes of a column mean.

    Parameters
    ----------
    column : its heading. counts : how many rows have each code; codes for "not known" are left out before.

    Numbers under a heading that does not say what they are about (a status of 0/1 or 1/2) are not settled: R counts
    the larger as the event, registries (NAACCR) write 1 for alive.
    """
    meanings = {code: _named(code) or _under(column, code) for code in counts}
    if None in meanings.values():  # then the heading does not explain its codes
        meanings = {code: _named(code) for code in counts}
    dead = tuple(code for code, meaning in meanings.items() if meaning == "dead")
    alive = tuple(code for code, meaning in meanings.items() if meaning == "alive")
    asked = sorted((code for code, meaning in meanings.items() if meaning is None), key=_order)
    if not asked:
        return StatusCodes(column, dead, alive)
    readings = []
    for died in _readings(asked, known=bool(dead or alive)):
        all_dead = (*dead, *died)
        all_alive = tuple(code for code in counts if code not in all_dead)
        deaths, censored = (sum(counts[code] for code in part) for part in (all_dead, all_alive))
        readings.append(Reading(all_dead, all_alive, deaths, censored))
    return StatusCodes(column, dead, alive, tuple(readings[:_MOST_READINGS]))


def _crude_survival(told: list[tuple[float, bool]]) -> tuple[tuple[float, float], ...]:
    """The product-limit estimate at up to three times that fit the follow-up, without regard to entry."""
    if not told:
        return ()
    last = max(m for m, _ in told)
    asked = [t for t in (6.0, 12.0, 24.0, 60.0, 120.0) if t <= last][-3:]
    deaths = Counter(m for m, died in told if died)
    times = sorted(m for m, _ in told)
    alive, found, left = 1.0, {}, sorted(deaths)
    for t in asked:
        while left and left[0] <= t:
            at_risk = len(times) - bisect_left(times, left[0])
            alive *= 1 - deaths[left[0]] / at_risk
            left.pop(0)
        found[t] = alive
    return tuple(found.items())


def cause_of(text: str) -> str | None:
    """The cause of a death by the usual words for it, in any case and spelling; None for all others."""
    known, said = _known_causes(), normal(text)
    return known.get(said)


@cache
def _known_causes() -> dict[str, str]:
    raw = read_yaml(_CODES.read_text(encoding="utf-8"), _CODES.name)["causes"]
    return {normal(str(word)): cause for cause, listed in raw.items() for word in listed}


def _readings(asked: list[str], *, known: bool) -> list[tuple[str, ...]]:
    """Which of the codes that are not recognised may mean dead; the larger first, as in R."""
    if known:  # the others are recognised, so all of these may be either
        return [tuple(asked), *((code,) for code in asked if len(asked) > 1), ()]
    if len(asked) == 1:
        return [tuple(asked), ()]
    each: list[tuple[str, ...]] = [(code,) for code in reversed(asked)]
    rest = [tuple(c for c in asked if c != code) for code in asked] if len(asked) > 2 else []
    return [*rest[:1], *each, *rest[1:]] if len(asked) > 2 else each


def _named(code: str) -> Status | None:
    """What a code says by itself."""
    known, words = _known(), normal(code)
    return "dead" if words in known["dead"] else "alive" if words in known["alive"] else None


def _under(column: str, code: str) -> Status | None:
    """What yes or no, true or false, 1 or 0 says under a heading that tells what it is about."""
    known, words, heading = _known(), normal(code), normal(column)
    if words not in known["yes"] | known["no"]:
        return None
    if heading in known["heading dead"]:
        return "dead" if words in known["yes"] else "alive"
    if heading in known["heading alive"]:
        return "alive" if words in known["yes"] else "dead"
    return None


def normal(text: str) -> str:
    """A code as words alone: small letters, no signs; a whole number however it is written."""
    plain = text.strip().casefold()
    if re.fullmatch(r"[+-]?\d+\.0*", plain):
        plain = plain.partition(".")[0]
    return re.sub(r"[\W_]+", " ", plain).strip()


def _order(code: str) -> tuple[int, float, str]:
    try:
        return (0, float(code), code)
    except ValueError:
        return (1, 0.0, code)


@cache
def _known() -> dict[str, frozenset[str]]:
    raw = read_yaml(_CODES.read_text(encoding="utf-8"), _CODES.name)
    lists = {name: raw[name] for name in ("dead", "alive", "yes", "no")}
    lists |= {f"heading {name}": words for name, words in raw["headings"].items()}
    return {name: frozenset(normal(str(word)) for word in words) for name, words in lists.items()}
