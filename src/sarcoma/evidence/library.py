"""The library: all evidence, validated, with typed queries. Files are read at first use."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from sarcoma._files import read_folder
from sarcoma.errors import EvidenceError
from sarcoma.evidence.chapter import Chapter
from sarcoma.evidence.claim import Claim, Organisation, Question
from sarcoma.evidence.entry import Entry
from sarcoma.evidence.fact import Fact, Figure
from sarcoma.evidence.histology import Grouping, HistologicType
from sarcoma.evidence.primary_site import PrimarySite
from sarcoma.evidence.site import MetastaticSite, RedFlag
from sarcoma.evidence.source import Source
from sarcoma.evidence.treatment import Treatment

E = TypeVar("E", bound=Entry)

DATA = Path(__file__).parent / "data"

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

    def table(self, name: str) -> Any:
        """A file's plain content, for tables with a schema of their own (staging, for example)."""
        try:
            return self._files[name]
        except KeyError:
            raise EvidenceError(f"there is no evidence file {name}.yaml") from None

    def _entries(self, model: type[E], names: list[str], identity: str) -> dict[str, E]:
        found: dict[str, E] = {}
        for name in names:
            for position, raw in enumerate(self.table(name) or ()):
                label = raw.get(identity, f"entry {position + 1}") if isinstance(raw, dict) else f"entry {position + 1}"
                try:
                    entry = model.model_validate(raw)
                except ValidationError as error:
                    first = error.errors()[0]
                    where = ".".join(str(part) for part in first["loc"])
                    raise EvidenceError(f"{name}.yaml: {label}: {where}: {first['msg']}") from None
                key = str(getattr(entry, identity))
                if key in found:
                    raise EvidenceError(f"{name}.yaml: {key} stands twice")
                found[key] = entry
        return found

    @cached_property
    def sources(self) -> dict[str, Source]:
        return self._entries(Source, ["sources"], "key")

    @cached_property
    def facts(self) -> dict[str, Fact]:
        names = sorted(name for name in self._files if name.startswith("facts/"))
        return self._entries(Fact, names, "key")

    @cached_property
    def types(self) -> dict[str, HistologicType]:
        return self._entries(HistologicType, ["types"], "id")

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

    def fact(self, key: str) -> Fact:
        try:
            return self.facts[key]
        except KeyError:
            raise EvidenceError(f"no fact has the key {key[:40]!r} (keys look like B21)") from None

    def figure(self, key: str) -> tuple[Fact, Figure]:
        """The figure `FACT.figure` with its fact, for example `figure("B21.lung_first")`."""
        fact_key, _, figure_id = key.partition(".")
        fact = self.fact(fact_key)
        try:
            return fact, fact.figure(figure_id)
        except KeyError:
            raise EvidenceError(f"fact {fact_key} has no figure {figure_id[:40]!r}") from None

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
            organs = {*fact.organs, *(o for f in fact.figures for o in f.organs or ())}
            types = {*fact.types, *(t for f in fact.figures for t in f.types or ())}
            return (
                (topic is None or fact.topic == topic)
                and (section is None or fact.section == section)
                and (organ is None or organ in organs)
                and (treatment is None or treatment in fact.treatments)
                and (histologic_type is None or any(self.is_type(histologic_type, t) for t in types))
            )

        return tuple(fact for fact in self.facts.values() if fits(fact))

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

    def is_type(self, type_id: str, named: str) -> bool:
        """Whether a histologic type is what an entry names: the type, `family:<group>`, or `any`."""
        if named == "any":
            return True
        if named.startswith("family:"):
            return type_id in self.members_of(named)
        return type_id == named

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


@lru_cache(maxsize=1)
def library() -> Library:
    """The evidence shipped with the package."""
    return Library()
