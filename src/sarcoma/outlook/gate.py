"""Gate: what may be said of one person at all, by the profiles of the histologic type that may hold."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property, lru_cache

from sarcoma._dataclass import dataclass
from sarcoma.evidence import Fact, library
from sarcoma.evidence.entry import Audience
from sarcoma.evidence.general_statement import Covered, Surface
from sarcoma.evidence.profile import CardFit
from sarcoma.models import Card
from sarcoma.outlook.resemble import Published
from sarcoma.patient.profile import PossibleProfiles

MIXED_FIGURES = "mixed-figures"
"""Withheld by rule, not by a profile: figures over all types, for a type that is not malignant by its code and of which
nothing was found."""


@dataclass(frozen=True)
class Gate:
    """While it is open which profile holds, what any of them withholds is withheld."""

    profiles: PossibleProfiles

    @cached_property
    def _covered(self) -> tuple[tuple[str, Covered], ...]:
        statements = library().general_statements
        return tuple((name, statements[name].covers) for name in self.profiles.withheld)

    @cached_property
    def _said(self) -> dict[str, tuple[str, ...]]:
        """What was found against figures, by origin: the same for everyone whose profiles may be the same."""
        return _said_of(tuple(profile.id for profile in self.profiles.profiles), self.profiles.by_place)

    @cached_property
    def _types(self) -> frozenset[str]:
        return frozenset(t for profile in self.profiles.profiles for t in profile.types)

    @cached_property
    def no_mixed_figures(self) -> bool:
        """Whether nothing is known of the spread of a type that is not malignant by its code."""
        return any(
            profile.spread == "not-seen" and library().types[t].behaviour != "malignant"
            for profile in self.profiles.profiles
            for t in profile.types
        )

    @property
    def graded(self) -> bool:
        """Whether the FNCLCC grade tells anything of the type: not where every profile that may hold leaves it out."""
        return self.profiles.graded

    @cached_property
    def stays(self) -> bool:
        """Whether the type does not spread; a rare malignant form of which nothing was found does not change that."""
        spread = self.profiles.may_be("spread")
        return "none" in spread and spread <= {"none", "not-seen"}

    def against(self, one: Published) -> tuple[str, ...]:
        """The general statements, by id, for whose sake a figure is withheld; none if it may be said.

        A figure of the person's own type is never withheld.
        """
        found = self._said.get(one.shown.origin)
        if found is None:
            own = one.types and self._types & one.members
            found = () if own else tuple(self._against(one.fact, one.shown.origin, of_a_type=bool(one.types)))
            self._said[one.shown.origin] = found
        return found

    def against_fact(self, fact: Fact) -> tuple[str, ...]:
        """The same for a fact as a whole."""
        if fact.types and self._types & frozenset(t for n in fact.types for t in library().members_of(n)):
            return ()
        return tuple(self._against(fact, fact.key, of_a_type=bool(fact.types)))

    def _against(self, fact: Fact, origin: str, *, of_a_type: bool) -> Iterator[str]:
        for name, covers in self._covered:
            if fact.key in covers.facts or origin in covers.facts or (not of_a_type and fact.topic in covers.topics):
                yield name
        if not of_a_type and self.no_mixed_figures:
            yield MIXED_FIGURES

    def against_treatment(self, key: str) -> tuple[str, ...]:
        """The general statements for whose sake a treatment is not listed."""
        return tuple(name for name, covers in self._covered if key in covers.treatments)

    def against_question(self, key: str) -> tuple[str, ...]:
        """The general statements for whose sake a question for the team is not asked."""
        return tuple(name for name, covers in self._covered if key in covers.questions)

    def against_surface(self, surface: Surface) -> tuple[str, ...]:
        """The general statements for whose sake a part of every page is left out."""
        return tuple(name for name, covers in self._covered if surface in covers.surfaces)

    def against_card(self, card_id: str, groups: tuple[str, ...] = ()) -> tuple[str, ...]:
        """The general statements for whose sake a model says nothing: as a whole, or because of a group that may hold.

        A model that the profile says fits this type is never withheld.
        """
        fit = self.fit_of(card_id)
        if fit is not None and fit.fits == "yes":
            return ()
        named = {card_id, *(f"{card_id}/{group}" for group in groups)}
        return tuple(name for name, covers in self._covered if named.intersection(covers.cards))

    def audience_of(self, card: Card) -> Audience:
        """Who may see a model: of a type that it fits for teams only nobody else, whoever may in general."""
        fit = self.fit_of(card.id)
        return "teams" if fit is not None and fit.fits == "teams" else card.audience

    def fit_of(self, card_id: str) -> CardFit | None:
        """What a profile says of a model for this type: the strictest of those that may hold."""
        said = [fit for profile in self.profiles.profiles for fit in profile.cards if fit.card == card_id]
        return min(said, key=lambda fit: ("no", "teams", "yes").index(fit.fits), default=None)


@lru_cache(maxsize=512)
def _said_of(_profiles: tuple[str, ...], _by_place: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    return {}
