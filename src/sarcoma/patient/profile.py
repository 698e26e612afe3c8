"""The type profiles that may hold for one person, and what they withhold."""

from __future__ import annotations

from functools import cache, cached_property

from sarcoma._arguments import checked
from sarcoma._dataclass import dataclass
from sarcoma.evidence import Profile, Rule, library
from sarcoma.patient.answering import answer_one
from sarcoma.patient.records import Records


@dataclass(frozen=True)
class PossibleProfiles:
    """Every profile that may hold for one person, in order; none where the histologic type is not known.

    `by_place` are general statements that are withheld whatever the type. While the answers leave open which profile
    holds (`decided` is False), what any of them withholds is withheld, and a class is the set of what it may be.
    """

    profiles: tuple[Profile, ...]
    by_place: tuple[str, ...] = ()

    @property
    def decided(self) -> bool:
        return len(self.profiles) == 1

    @cached_property
    def withheld(self) -> dict[str, tuple[Profile, ...]]:
        """General statements that must not be said, each with the profiles that withhold it (none: by place)."""
        named = dict.fromkeys((*(w for p in self.profiles for w in p.withhold), *self.by_place))
        return {name: tuple(p for p in self.profiles if name in p.withhold) for name in named}

    @property
    def graded(self) -> bool:
        """Whether the FNCLCC grade tells anything of the type: not where every profile that may hold leaves it out."""
        grades = [profile.grade for profile in self.profiles]
        return not grades or any(grade is None or grade.use != "not-used" for grade in grades)

    @checked
    def may_be(self, attribute: str) -> frozenset[str]:
        """What a class (`spread`, `once_spread`, `plan`, `relapse`) may be; empty where the type is not known."""
        return frozenset(getattr(profile, attribute) for profile in self.profiles)


@checked
def possible_profiles(records: Records) -> PossibleProfiles:
    """The profiles that may hold for the (single) record."""
    index, found = records.profiles()
    by_place = tuple(name for name, not_for in _by_place() if answer_one(not_for, records))
    return PossibleProfiles(found[index[0]], by_place)


@cache
def _by_place() -> tuple[tuple[str, Rule], ...]:
    """The general statements that are withheld whatever the type, with the rule that says of whom."""
    statements = library().general_statements.values()
    return tuple((statement.id, statement.not_for) for statement in statements if statement.not_for)
