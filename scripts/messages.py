"""Bring the catalogues of translations up to date: python scripts/messages.py

Collects every text that people read – `_("…")`, `N_("…")` and `{% trans %}` in report/, web/ and wording/, the plain
texts of the evidence and of the record – and merges them into the catalogues,
`src/sarcoma/wording/locale/LANGUAGE/{pages,evidence}.po`. What was translated stays. `--check` writes nothing and
fails where a catalogue lacks a text.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "sarcoma"
LOCALES = SOURCE / "wording" / "locale"
METHODS = [("**/templates/**.html", "jinja2"), ("**/templates/**.svg", "jinja2"), ("**.py", "python")]
OPTIONS = {pattern: {"trimmed": "true", "newstyle_gettext": "true"} for pattern, _ in METHODS[:2]}


TOLD_IN_THEIR_OWN_WORDS = ("site-share", "time-to-metastasis", "spread-done-by", "event-after-time-free")
"""Measures whose figures a page tells by what each counts; the others have a sentence for the measure."""


def of_pages() -> Iterator[tuple[str, str]]:
    """Texts of Python files and templates, with where they stand: `_("…")`, `N_("…")` and `{% trans %}`."""
    from sarcoma._problem import SENTENCES

    marked: dict[str, Any] = {"_": None, "N_": None}
    for room in ("report", "web", "wording"):
        for file, _line, text, _comments, _context in extract_from_dir(
            SOURCE / room, METHODS, OPTIONS, keywords=marked
        ):
            if isinstance(text, str):
                yield text, f"{room}/{file}"
    yield from ((sentence, "problem") for sentence in SENTENCES.values())  # what is wrong with a record


def of_evidence() -> Iterator[tuple[str, str]]:
    """Plain texts of the evidence and of the record."""
    from sarcoma.evidence import library
    from sarcoma.patient import ORGANS, field_specs

    lib = library()
    for fact in lib.facts.values():
        if fact.audience == "everyone" and "from-memory" not in fact.marks:
            yield fact.plain, f"fact {fact.key}"
            for figure in fact.figures:
                if figure.measure in TOLD_IN_THEIR_OWN_WORDS and figure.shown:
                    yield figure.plain_what or figure.what, f"figure {fact.key}.{figure.id}"
    for kind in lib.types.values():
        yield kind.name, f"type {kind.id}"
        if kind.out_of_scope:
            yield kind.out_of_scope, f"type {kind.id}"
        else:
            yield kind.group, f"type {kind.id}"
            if kind.plain:
                yield kind.plain, f"type {kind.id}"
    for profile in lib.profiles.values():
        if profile.plain:
            yield profile.plain, f"profile {profile.id}"
        if profile.instead is not None:
            yield profile.instead.plain, f"profile {profile.id}"
    for statement in lib.general_statements.values():
        yield statement.plain, f"general statement {statement.id}"
    for place in lib.primary_sites.values():
        if not place.out_of_scope:
            yield place.name, f"primary site {place.id}"
            yield place.plain, f"primary site {place.id}"
    for site in lib.sites.values():
        yield site.plain_name, f"site {site.id}"
        yield site.plain, f"site {site.id}"
        for symptom in site.symptoms:
            yield symptom.plain, f"site {site.id}"
    for flag in lib.red_flags.values():
        for text in (flag.plain_title, *flag.plain_signs, flag.plain_action, flag.plain_window or ""):
            yield text, f"red flag {flag.id}"
    for treatment in lib.treatments.values():
        told = (treatment.what_it_is, treatment.feels_like, treatment.plain_withdrawal)
        for text in (treatment.plain_name, treatment.plain, treatment.plain_caution, *told):
            if text and not treatment.record_only:
                yield text, f"treatment {treatment.id}"
    for question in lib.questions.values():
        yield question.plain, f"question {question.id}"
    for claim in lib.claims.values():
        for text in (claim.claim, claim.plain, claim.what_the_source_says, claim.newer_evidence):
            yield text, f"claim {claim.id}"
    for chapter in lib.chapters.values():
        for text in (chapter.title, chapter.lead, *(t for p in chapter.parts for t in (p.heading, p.text))):
            if text:
                yield text, f"chapter {chapter.id}"
        picture = chapter.picture
        labels = (*(f.label for f in picture.figures), *(t for step in picture.steps for t in (step.name, step.text)))
        for text in (picture.title, picture.rest, *labels):
            if text:
                yield text, f"picture of chapter {chapter.id}"
    for door in lib.doors.values():
        for text in (door.title, door.lead, *(t for step in door.steps for t in (step.name, step.text))):
            yield text, f"door {door.id}"
    for register in lib.registers.values():
        yield register.holds, f"register {register.id}"
    yield from _of_models()
    for organisation in lib.organisations.values():
        yield organisation.offers, f"organisation {organisation.id}"
        yield organisation.country, f"organisation {organisation.id}"
    yield from ((country.name, f"country {country.id}") for country in lib.countries.values())
    yield from ((name, "organ") for name in ORGANS.values())
    for name, spec in field_specs().items():
        for text in (spec.label, spec.help, spec.unit, spec.ask, spec.why):
            if text:
                yield text, f"field {name}"
        if spec.report is not None:
            yield from ((word, f"field {name}, in reports") for word in spec.report.called)
        if spec.kind == "code":
            yield from ((label, f"field {name}") for label in spec.code_list().values())
        for text in spec.plain_codes().values():
            yield text, f"field {name}"


def _of_models() -> Iterator[tuple[str, str]]:
    """Plain texts of the models that a person may be shown, and of what has to be said beside them."""
    from sarcoma.evidence import library
    from sarcoma.models import cards

    for card in cards().values():
        if card.audience == "everyone":
            for text in (card.plain, card.outcome.plain_event, card.interval_note, *(c.plain for c in card.cautions)):
                if text:
                    yield text, f"model {card.id}"
    for key, caution in library().model_cautions.items():
        yield caution.plain, f"model caution {key}"


def template(texts: Iterator[tuple[str, str]]) -> Catalog:
    """A catalogue of texts without translations; comments say where each stands."""
    found = Catalog(project="sarcoma-outlook", fuzzy=False)
    for text, where in texts:
        if text.strip():
            found.add(text, auto_comments=[where])
    return found


def merged(path: Path, language: str, new: Catalog) -> Catalog:
    """The catalogue at `path`, with exactly the texts of `new`."""
    if path.exists():
        with path.open("rb") as file:
            old = read_po(file, locale=language)
    else:
        old = Catalog(locale=language, project="sarcoma-outlook", fuzzy=False)
    for message in new:
        if message.id:
            before = old.get(message.id)
            message.string = before.string if before is not None else ""
    new.locale = language
    new.header_comment = (
        "# Texts of Sarcoma Outlook. Translated by the developers; awaiting review by a clinician.\n"
        "# `python scripts/messages.py` brings this file up to date."
    )
    return new


def main() -> int:
    lacking = 0
    for folder in sorted(p for p in LOCALES.iterdir() if p.is_dir()):
        for name, texts in (("pages", of_pages), ("evidence", of_evidence)):
            path = folder / f"{name}.po"
            catalogue = merged(path, folder.name, template(texts()))
            empty = sum(1 for m in catalogue if m.id and not m.string)
            lacking += empty
            out = io.BytesIO()
            write_po(out, catalogue, width=120, omit_header=False, sort_output=False)
            text = "\n".join(
                line for line in out.getvalue().decode().splitlines() if not line.startswith('"POT-Creation-Date')
            )
            if "--check" not in sys.argv:
                path.write_text(text.rstrip() + "\n", encoding="utf-8")
            print(f"{path.relative_to(ROOT)}: {len(catalogue)} texts, {empty} not translated")
    return 1 if lacking and "--check" in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())
