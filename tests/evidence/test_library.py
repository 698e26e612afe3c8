"""All of the evidence together: every key resolves, every figure has a source, nothing from memory is shown."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from sarcoma._files import read_folder, read_yaml
from sarcoma.errors import EvidenceError
from sarcoma.evidence import Condition, Fact, Library, library
from sarcoma.evidence.library import DATA, PLACEHOLDER
from sarcoma.patient import rules

LIB = library()
TEXTS_OF_FACTS = [(f, text) for f in LIB.facts.values() for text in (f.statement, f.plain)]
LOOSE_RESULT = re.compile(r"\d\s*(%|per ?cent\b|of 100\b|in 100\b|out of \d)", re.IGNORECASE)


def all_rules() -> Iterator[tuple[str, tuple[Condition, ...]]]:
    for fact in LIB.facts.values():
        yield fact.key, fact.applies
        for figure in fact.figures:
            yield f"{fact.key}.{figure.id}", figure.applies or ()
    for treatment in LIB.treatments.values():
        yield treatment.id, treatment.for_whom
    for question in LIB.questions.values():
        yield question.id, question.applies


def figure_named(key: str, fact: Fact | None) -> tuple[Fact, object]:
    return LIB.figure(key if "." in key else f"{fact.key if fact else ''}.{key}")


def test_every_section_is_there() -> None:
    assert {f.section for f in LIB.facts.values()} == set("ABCDEFGHIJKLT")
    assert len(LIB.facts) > 140
    assert len(LIB.sources) > 150
    assert len(LIB.claims) == 27


def test_every_source_key_resolves() -> None:
    named = {
        (f.key, s) for f in LIB.facts.values() for s in (*f.sources, *(s for g in f.figures for s in g.sources or ()))
    }
    named |= {
        (t.id, s) for t in LIB.treatments.values() for s in (*t.sources, *(s for a in t.approvals for s in a.sources))
    }
    named |= {(p.id, s) for p in LIB.sites.values() for s in (*p.sources, *(s for y in p.symptoms for s in y.sources))}
    named |= {(r.id, s) for r in LIB.red_flags.values() for s in r.sources}
    named |= {(c.id, s) for c in LIB.claims.values() for s in c.sources}
    assert not {(owner, s) for owner, s in named if s not in LIB.sources}


def test_every_fact_has_a_source_and_a_date() -> None:
    for fact in LIB.facts.values():
        assert fact.sources
        assert fact.compiled_on or fact.read_on.year >= 2026  # type: ignore[union-attr]


def test_links_between_entries_resolve() -> None:
    for fact in LIB.facts.values():
        for other in fact.disagrees_with:
            assert other in LIB.facts, f"{fact.key} disagrees with {other}"
            assert fact.key in LIB.facts[other].disagrees_with, f"{other} must disagree with {fact.key} too"
        assert fact.superseded_by is None or fact.superseded_by in LIB.facts
        for treatment in fact.treatments:
            assert treatment in LIB.treatments, fact.key
    for treatment in LIB.treatments.values():
        assert all(key in LIB.facts for key in treatment.results), treatment.id
    for site in LIB.sites.values():
        assert all(key in LIB.red_flags for key in site.red_flags)
    for claim in LIB.claims.values():
        for key in claim.facts:
            assert key in LIB.facts or figure_named(key, None), claim.id
    for question in LIB.questions.values():
        assert all(key in LIB.facts for key in question.facts), question.id


def test_types_and_organs_named_exist() -> None:
    from sarcoma.patient import ORGANS

    def check(owner: str, types: tuple[str, ...] | None, organs: tuple[str, ...] | None) -> None:
        for name in types or ():
            assert all(t in LIB.types for t in LIB.members_of(name)), (owner, name)
            assert LIB.members_of(name), (owner, name)
        for organ in organs or ():
            assert organ in ORGANS, (owner, organ)

    for fact in LIB.facts.values():
        check(fact.key, fact.types, fact.organs)
        for figure in fact.figures:
            check(f"{fact.key}.{figure.id}", figure.types, figure.organs)
    for treatment in LIB.treatments.values():
        assert treatment.types or treatment.record_only, treatment.id
        check(treatment.id, (*treatment.types, *treatment.excluded_types), ())
    assert set(LIB.sites) == set(ORGANS)


def test_every_rule_names_what_exists() -> None:
    for owner, rule in all_rules():
        try:
            rules.check_rule(rule)
        except EvidenceError as error:
            pytest.fail(f"{owner}: {error}")


def texts() -> Iterator[tuple[str, Fact | None, str]]:
    for fact in LIB.facts.values():
        yield fact.key, fact, fact.statement
        yield fact.key, fact, fact.plain
    for treatment in LIB.treatments.values():
        for text in (treatment.statement, treatment.plain, treatment.caution, treatment.plain_caution):
            yield treatment.id, None, text or ""
    for claim in LIB.claims.values():
        for text in (claim.what_the_source_says, claim.newer_evidence, claim.plain):
            yield claim.id, None, text
    for site in LIB.sites.values():
        yield site.id, None, site.plain


def test_figures_named_in_texts_exist_and_may_be_shown() -> None:
    for owner, fact, text in texts():
        for key in PLACEHOLDER.findall(text):
            found, figure = figure_named(key, fact)
            assert figure.shown, f"{owner}: {{{key}}} may not be shown"  # type: ignore[attr-defined]
            assert "from-memory" not in found.marks, owner


def test_no_result_stands_loose_in_a_text() -> None:
    for owner, _, text in texts():
        assert not LOOSE_RESULT.search(text), f"{owner}: {text}"


def test_lay_texts_name_no_statistics_that_lay_readers_cannot_read() -> None:
    unreadable = {"hazard-ratio", "odds-ratio", "relative-risk", "p-value", "c-index", "auc", "kappa"}
    for fact in LIB.facts.values():
        if fact.audience == "teams":
            continue
        for key in PLACEHOLDER.findall(fact.plain):
            assert figure_named(key, fact)[1].unit not in unreadable, f"{fact.key}: {key}"  # type: ignore[attr-defined]


def test_statements_are_in_two_wordings() -> None:
    for fact in LIB.facts.values():
        assert fact.statement != fact.plain, fact.key


def test_calculated_figures_say_how() -> None:
    for fact in LIB.facts.values():
        for figure in fact.figures:
            if "calculated" in figure.marks:
                assert figure.calculation, f"{fact.key}.{figure.id}"


def test_counts_agree_with_percentages() -> None:
    for fact in LIB.facts.values():
        for figure in fact.figures:
            if figure.unit == "percent" and figure.numerator is not None and figure.n and figure.value is not None:
                reckoned = 100 * figure.numerator / figure.n
                if "conflict" in figure.marks or figure.note:
                    continue
                assert abs(reckoned - figure.value) < 1.0, (
                    f"{fact.key}.{figure.id}: {reckoned:.2f} is not {figure.value}"
                )


def test_a_withdrawn_drug_is_said_to_be_withdrawn() -> None:
    tazemetostat = LIB.treatments["tazemetostat"]
    assert tazemetostat.no_longer_available
    assert any(a.status == "withdrawn" and a.regulator and a.date for a in tazemetostat.approvals)
    for treatment in LIB.treatments.values():
        for approval in treatment.approvals:
            assert approval.regulator
            assert approval.date is None or re.fullmatch(r"\d{4}(-\d{2}(-\d{2})?)?", approval.date), treatment.id


def test_no_text_holds_a_telephone_number() -> None:
    for owner, _, text in texts():
        assert not re.search(r"\b(999|911|112|111)\b|\+\d{2}[\d ]{6,}", PLACEHOLDER.sub("", text)), owner
    for flag in LIB.red_flags.values():
        for text in (flag.action, flag.plain_action, *flag.signs, *flag.plain_signs):
            assert not re.search(r"\b(999|911|112|111)\b", text), flag.id


def test_queries_find_by_type_organ_topic_and_treatment() -> None:
    assert {f.key for f in LIB.find_facts(histologic_type="myxoid-liposarcoma")} >= {"B12"}
    assert all(f.topic == "nodes" for f in LIB.find_facts(topic="nodes"))
    assert LIB.find_facts(treatment="trabectedin")
    assert list(LIB.find_figures(topic="spread-sites", organ="lung"))
    assert LIB.fact("B21").figures
    with pytest.raises(EvidenceError, match="B21"):
        LIB.fact("no-such")
    with pytest.raises(EvidenceError):
        LIB.figure("B21.no-such")


def test_the_compiled_copy_is_used_only_while_it_matches(tmp_path: Path) -> None:
    (tmp_path / "sources.yaml").write_text("- {key: A, kind: article, title: one}\n", encoding="utf-8")
    assert read_folder(tmp_path)["sources"][0]["title"] == "one"
    assert (tmp_path / "compiled.json").is_file()
    (tmp_path / "sources.yaml").write_text("- {key: A, kind: article, title: two}\n", encoding="utf-8")
    assert read_folder(tmp_path)["sources"][0]["title"] == "two"
    (tmp_path / "compiled.json").write_text("{broken", encoding="utf-8")
    assert Library(tmp_path).sources["A"].title == "two"


@pytest.mark.words
def test_the_compiled_copy_says_what_the_yaml_says() -> None:
    for path in DATA.rglob("*.yaml"):
        name = path.relative_to(DATA).with_suffix("").as_posix()
        parsed = read_yaml(path.read_text(encoding="utf-8"), path.name, merges=True)
        assert read_folder(DATA)[name] == json.loads(json.dumps(parsed)), name


@pytest.mark.words
@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("- {key: A, kind: article, titel: x}\n", "titel"),
        ("- {key: A, kind: nonsense, title: x}\n", "kind"),
        ("- {key: A, kind: article}\n", "PMID"),
        ("- {key: A, kind: article, title: x}\n- {key: A, kind: article, title: y}\n", "twice"),
        ("- {key: A, key: B, kind: article, title: x}\n", "twice"),
        ("- [\n", "YAML"),
    ],
)
def test_wrong_entries_are_refused_with_the_place(text: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "sources.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(EvidenceError, match=words):
        _ = Library(tmp_path).sources
