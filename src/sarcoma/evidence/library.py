"""The library: all evidence, validated, with typed queries. Files are read at first use."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterator
from functools import cached_property, lru_cache, partial
from pathlib import Path
from typing import Any, TypeVar

from sarcoma._arguments import checked
from sarcoma._files import digest_of, read_folder
from sarcoma.errors import EvidenceError
from sarcoma.evidence.change import Change, Release
from sarcoma.evidence.chapter import Chapter
from sarcoma.evidence.claim import Claim, Organisation, Question
from sarcoma.evidence.country_names import country_called, plain
from sarcoma.evidence.door import Door
from sarcoma.evidence.entry import Entry, Frozen
from sarcoma.evidence.fact import Fact, Figure
from sarcoma.evidence.general_statement import GeneralStatement
from sarcoma.evidence.histology import Grouping, HistologicType
from sarcoma.evidence.model_caution import ModelCaution
from sarcoma.evidence.primary_site import PrimarySite
from sarcoma.evidence.profile import Profile
from sarcoma.evidence.regulator import Country, Regulator
from sarcoma.evidence.risk_row import RiskRow
from sarcoma.evidence.site import MetastaticSite, RedFlag
from sarcoma.evidence.source import Source
from sarcoma.evidence.staging import StagingTables
from sarcoma.evidence.stored import Entries, Store, keep
from sarcoma.evidence.term import Term
from sarcoma.evidence.topic_review import TopicReview
from sarcoma.evidence.treatment import Approval, Treatment
from sarcoma.evidence.trial_register import TrialRegister

E = TypeVar("E", bound=Entry)
F = TypeVar("F", bound=Frozen)

DATA = Path(__file__).parent / "data"

PARTS = {
    "Source": "sources",
    "Fact": "facts",
    "HistologicType": "types",
    "Profile": "profiles",
    "GeneralStatement": "general_statements",
    "RiskRow": "risk_rows",
    "ModelCaution": "model_cautions",
    "Term": "terms",
    "Grouping": "groupings",
    "MetastaticSite": "sites",
    "PrimarySite": "primary_sites",
    "RedFlag": "red_flags",
    "Treatment": "treatments",
    "Regulator": "regulators",
    "Country": "countries",
    "Claim": "claims",
    "Organisation": "organisations",
    "Question": "questions",
    "Chapter": "chapters",
    "Door": "doors",
    "TrialRegister": "registers",
    "TopicReview": "topics",
    "Change": "changes",
    "Release": "releases",
}
"""What an entry is, and the property – and file – that holds its like."""

PLACEHOLDER = re.compile(r"\{([^{}]+)\}")
"""`{figure}` names a figure of the same fact, `{FACT.figure}` one of another."""


class Library:
    """Everything in one evidence folder.

    Parameters
    ----------
    folder : path of the evidence files; the ones shipped with the package if not given.

    Raises
    ------
    EvidenceError : a file does not fit the schema, or a key does not resolve.
    """

    def __init__(self, folder: Path = DATA) -> None:
        self._folder = folder

    @cached_property
    def _files(self) -> dict[str, Any]:
        return read_folder(self._folder)

    @checked
    def table(self, name: str) -> Any:
        """A file's plain content, for tables with a schema of their own (staging, for example)."""
        try:
            return self._files[name]
        except KeyError:
            raise EvidenceError(f"there is no evidence file {name}.yaml") from None

    @cached_property
    def _store(self) -> Store:
        return Store(self._folder)

    def _entries(self, model: type[E], names: list[str], identity: str) -> dict[str, E]:
        """The entries of some files: as they were stored when they were last validated, else validated now."""
        if not self._being_kept and model.__name__ in self._store:
            return self._store.part(model.__name__)
        found = self._validated(model, names, identity)
        self._keep()
        return found

    _being_kept = False

    def _keep(self) -> None:
        """Store every part, so that the next start validates none; only once, and only what is valid."""
        if self._being_kept:
            return
        self._being_kept = True
        files = {name.partition("/")[0] for name in self._files}
        parts: dict[str, Callable[[], Entries]] = {
            kind: partial(getattr, self, name) for kind, name in PARTS.items() if name in files
        }
        if "staging" in files:
            parts["StagingTables"] = lambda: {"staging": self.staging}
        keep(self._folder, parts)

    def _validated(self, model: type[E], names: list[str], identity: str) -> dict[str, E]:
        """The entries of files, of which `facts/` names all in that folder."""
        found: dict[str, E] = {}
        folders = tuple(name for name in names if name.endswith("/"))
        within = sorted(name for name in self._files if name.startswith(folders)) if folders else names
        for name in within:
            for position, raw in enumerate(self.table(name) or ()):
                label = raw.get(identity, f"entry {position + 1}") if isinstance(raw, dict) else f"entry {position + 1}"
                entry = _read(model, raw, f"{name}.yaml: {label}")
                key = str(getattr(entry, identity))
                if key in found:
                    raise EvidenceError(f"{name}.yaml: {key} stands twice")
                found[key] = entry
        return found

    @cached_property
    def staging(self) -> StagingTables:
        """The tables of grade and stage.

        Raises
        ------
        EvidenceError : `staging.yaml` does not fit the schema.
        """
        if not self._being_kept and "StagingTables" in self._store:
            found: StagingTables = self._store.part("StagingTables")["staging"]
            return found
        return _read(StagingTables, self.table("staging"), "staging.yaml")

    @cached_property
    def sources(self) -> dict[str, Source]:
        return self._entries(Source, ["sources"], "key")

    @cached_property
    def facts(self) -> dict[str, Fact]:
        return self._entries(Fact, ["facts/"], "key")

    @cached_property
    def types(self) -> dict[str, HistologicType]:
        return self._entries(HistologicType, ["types"], "id")

    @cached_property
    def profiles_by_key(self) -> dict[str, Profile]:
        """Type profiles by the key that opens them (`profile-asps`): an id alone may be that of a type."""
        return {f"profile-{key}": profile for key, profile in self.profiles.items()}

    @cached_property
    def statements_by_key(self) -> dict[str, GeneralStatement]:
        """General statements by the key that opens them (`statement-lung-first`)."""
        return {f"statement-{key}": statement for key, statement in self.general_statements.items()}

    @cached_property
    def profiles(self) -> dict[str, Profile]:
        return self._entries(Profile, ["profiles"], "id")

    @cached_property
    def general_statements(self) -> dict[str, GeneralStatement]:
        return self._entries(GeneralStatement, ["general_statements"], "id")

    @cached_property
    def risk_rows(self) -> dict[str, RiskRow]:
        return self._entries(RiskRow, ["risk_rows"], "id")

    @cached_property
    def model_cautions(self) -> dict[str, ModelCaution]:
        return self._entries(ModelCaution, ["model_cautions"], "id")

    @cached_property
    def terms(self) -> dict[str, Term]:
        return self._entries(Term, ["terms"], "id")

    @cached_property
    def groupings(self) -> dict[str, Grouping]:
        return self._entries(Grouping, ["groupings"], "id")

    @cached_property
    def sites(self) -> dict[str, MetastaticSite]:
        return self._entries(MetastaticSite, ["sites"], "id")

    @cached_property
    def primary_sites(self) -> dict[str, PrimarySite]:
        return self._entries(PrimarySite, ["primary_sites"], "id")

    @cached_property
    def red_flags(self) -> dict[str, RedFlag]:
        return self._entries(RedFlag, ["red_flags"], "id")

    @cached_property
    def treatments(self) -> dict[str, Treatment]:
        return self._entries(Treatment, ["treatments"], "id")

    @cached_property
    def regulators(self) -> dict[str, Regulator]:
        return self._entries(Regulator, ["regulators"], "id")

    @cached_property
    def countries(self) -> dict[str, Country]:
        return self._entries(Country, ["countries"], "id")

    @cached_property
    def _country_words(self) -> dict[str, str]:
        said: dict[str, str] = {}
        for country in self.countries.values():
            names = (country.id, country.name, *country.aliases)
            for word in (*(name.casefold() for name in names), *map(plain, names)):
                if said.setdefault(word, country.id) != country.id:
                    raise EvidenceError(f"countries.yaml: {word} names two countries")
        return said

    @cached_property
    def claims(self) -> dict[str, Claim]:
        return self._entries(Claim, ["claims"], "id")

    @cached_property
    def organisations(self) -> dict[str, Organisation]:
        return self._entries(Organisation, ["organisations"], "id")

    @cached_property
    def questions(self) -> dict[str, Question]:
        return self._entries(Question, ["questions"], "id")

    @cached_property
    def chapters(self) -> dict[str, Chapter]:
        return self._entries(Chapter, ["chapters"], "id")

    @cached_property
    def doors(self) -> dict[str, Door]:
        return self._entries(Door, ["doors"], "id")

    @cached_property
    def registers(self) -> dict[str, TrialRegister]:
        return self._entries(TrialRegister, ["registers"], "id")

    @cached_property
    def _profiles_by_type(self) -> dict[str, tuple[Profile, ...]]:
        return {
            type_id: tuple(profile for profile in self.profiles.values() if named in profile.types)
            or (Profile.model_construct(id=f"{type_id}-not-seen", types=(type_id,)),)
            for type_id, named in ((t.id, t.now_called or t.id) for t in self.types.values())
        }

    @checked
    def profiles_of(self, type_id: str) -> tuple[Profile, ...]:
        """The profiles of a histologic type, in order; the first whose `when` holds counts.

        A legacy name has those of today's entity. A type of which nothing was found has one that says so.

        Raises
        ------
        EvidenceError : there is no such type.
        """
        try:
            return self._profiles_by_type[type_id]
        except KeyError:
            raise EvidenceError("there is no such histologic type (for example: leiomyosarcoma)") from None

    @cached_property
    def topics(self) -> dict[str, TopicReview]:
        return self._entries(TopicReview, ["topics"], "id")

    @cached_property
    def changes(self) -> dict[str, Change]:
        return self._entries(Change, ["changes"], "id")

    @cached_property
    def releases(self) -> dict[str, Release]:
        return self._entries(Release, ["releases"], "version")

    @cached_property
    def changed_on(self) -> datetime.date:
        """The day of the newest entry in the log of changes, or of the newest release."""
        days = [str(entry["date"]) for name in ("changes", "releases") for entry in self.table(name) or ()]
        return datetime.date.fromisoformat(max(days))

    @cached_property
    def version(self) -> str:
        """The last release and a digest of all files: two versions are equal only if every file is."""
        last = max(self.table("releases"), key=lambda entry: str(entry["date"]))
        self._files  # noqa: B018 - read before the digest is asked for
        return f"{last['version']}+{digest_of(self._folder)[:12]}"

    @checked
    def changes_since(self, day: datetime.date) -> tuple[Change, ...]:
        """Changes after a day, newest first."""
        return tuple(sorted((c for c in self.changes.values() if c.date > day), key=lambda c: c.date, reverse=True))

    @checked
    def fact(self, key: str) -> Fact:
        try:
            return self.facts[key]
        except KeyError:
            raise EvidenceError(f"no fact has the key {key[:40]!r} (keys look like B21)") from None

    @checked
    def figure(self, key: str) -> tuple[Fact, Figure]:
        """The figure `FACT.figure` with its fact, for example `figure("B21.lung_first")`."""
        fact_key, _, figure_id = key.partition(".")
        fact = self.fact(fact_key)
        try:
            return fact, fact.figure(figure_id)
        except KeyError:
            raise EvidenceError(f"fact {fact_key} has no figure {figure_id[:40]!r}") from None

    @checked
    def find_facts(
        self,
        *,
        topic: str | None = None,
        section: str | None = None,
        organ: str | None = None,
        histologic_type: str | None = None,
        treatment: str | None = None,
    ) -> tuple[Fact, ...]:
        """Facts that fit every given criterion; a type also finds the facts on its family."""

        def fits(fact: Fact) -> bool:
            return (
                (topic is None or fact.topic == topic)
                and (section is None or fact.section == section)
                and (treatment is None or treatment in fact.treatments)
                and (organ is None or organ in fact.every_organ)
                and (histologic_type is None or any(self.is_type(histologic_type, t) for t in fact.every_type))
            )

        return tuple(fact for fact in self.facts.values() if fits(fact))

    @checked
    def find_figures(
        self, *, topic: str | None = None, measure: str | None = None, organ: str | None = None
    ) -> Iterator[tuple[Fact, Figure]]:
        """Figures that may be shown, by the fact's topic, what they measure, and the organ."""
        for fact in self.facts.values():
            if topic is not None and fact.topic != topic:
                continue
            for figure in fact.figures:
                organs = figure.organs if figure.organs is not None else fact.organs
                if (
                    figure.shown
                    and "from-memory" not in fact.marks
                    and (measure is None or figure.measure == measure)
                    and (organ is None or organ in organs)
                ):
                    yield fact, figure

    @checked
    def country(self, name: str) -> Country:
        """The country that people call so: its name in any language, a short form, or its ISO code.

        Of a country that the evidence does not list nothing is known but its name.

        Raises
        ------
        EvidenceError : no country is called so.
        """
        own = self._country_words.get(name.strip().casefold()) or self._country_words.get(plain(name[:80]))
        if own is None:
            found = country_called(name)
            if found is None:
                raise EvidenceError(f"no country is called {name[:40]!r} here (for example: UK, Germany, España)")
            code, english = found
            own = self._country_words.get(english.casefold()) or self._country_words.get(code.casefold())
            if own is None:
                return Country.model_construct(id=plain(english).replace(" ", "-"), name=english)
        return self.countries[own]

    @checked
    def organisations_in(self, country: str) -> tuple[Organisation, ...]:
        """People to talk to in a country, by any of its names; those that work everywhere are `International`."""
        found = self.country(country)
        return tuple(o for o in self.organisations.values() if self.country(o.country).id == found.id)

    @checked
    def approvals_of(self, treatment: str, country: str | None = None) -> tuple[Approval, ...]:
        """What every regulator decided on a treatment, those of the reader's country first.

        A regulator without an entry was not looked up, and is told as `not-looked-for`, never as "not approved".

        Raises
        ------
        EvidenceError : no such treatment or country.
        """
        if treatment not in self.treatments:
            raise EvidenceError(f"there is no treatment {treatment[:40]!r} (for example: pazopanib)")
        given = self.treatments[treatment].approvals
        first = self.country(country).regulators if country else ()
        order = [*first, *(r for r in self.regulators if r not in first)]
        found: list[Approval] = []
        for regulator in order:
            decided = [a for a in given if a.regulator == regulator]
            if not decided and self.regulators[regulator].does != "makes":
                decided = [_not_looked_for(regulator)]
            found += decided
        return tuple(found)

    @cached_property
    def _alarms_by_treatment(self) -> dict[str, tuple[RedFlag, ...]]:
        found: dict[str, tuple[RedFlag, ...]] = {}
        for told in self.treatments.values():
            parts = [self.treatments[c] for c in told.components if c in self.treatments]
            names = {told.id, *told.components, *(f"kind:{t.kind}" for t in (told, *parts))}
            found[told.id] = tuple(flag for flag in self.red_flags.values() if names & set(flag.treatments))
        return found

    @checked
    def alarms_of(self, treatment: str) -> tuple[RedFlag, ...]:
        """The alarms that a treatment, one of its drugs or its kind makes likely (EvidenceError: no such treatment)."""
        if treatment not in self._alarms_by_treatment:
            raise EvidenceError(f"no treatment is called {treatment[:40]!r} (they are called like doxorubicin)")
        return self._alarms_by_treatment[treatment]

    @checked
    def is_type(self, type_id: str, named: str) -> bool:
        """Whether a histologic type is what an entry names: the type, `family:<group>`, or `any`."""
        if named == "any":
            return True
        if named.startswith("family:"):
            return type_id in self.members_of(named)
        return type_id == named

    @checked
    def members_of(self, named: str) -> tuple[str, ...]:
        """The type ids that `named` (a type id, `family:<group>` or `any`) stands for."""
        if named == "any":
            return tuple(self.types)
        if named.startswith("family:"):
            for group in self.groupings["family"].groups:
                if group.id == named.removeprefix("family:"):
                    return group.types
            raise EvidenceError(f"there is no family {named[:40]!r} of histologic types")
        return (named,)


def _read(model: type[F], raw: Any, what: str) -> F:
    """An object of what stands in a file.

    Raises
    ------
    EvidenceError : it does not fit; says where.
    """
    from pydantic import ValidationError

    try:
        return model.model_validate(raw)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise EvidenceError(f"{what}: {where}: {first['msg']}") from None


def _not_looked_for(regulator: str) -> Approval:
    return Approval.model_construct(
        regulator=regulator,
        status="not-looked-for",
        indication="nobody has looked yet whether this regulator has decided",
        searched_on=None,
        sources=(),
    )


@lru_cache(maxsize=1)
def library() -> Library:
    """The evidence shipped with the package."""
    return Library()


def staging_tables() -> StagingTables:
    """The tables of grade and stage shipped with the package."""
    return library().staging
