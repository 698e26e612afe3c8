"""The living article: its figures are those of the estimators, and small cells stay hidden."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sarcoma.cohort import Cohort, FollowUp, check, make_cohort, open_source
from sarcoma.cohort.description import Bars, Description, Picture, Section, Value, describe, share
from sarcoma.cohort.description.small_cells import said_count, suppress
from sarcoma.errors import CohortError
from sarcoma.evidence import library
from sarcoma.report.cohorts import checked_html, described_data, described_html, described_text
from sarcoma.survival import kaplan_meier, median_follow_up


@pytest.fixture(scope="module")
def described(simulated: Cohort) -> Description:
    return describe(simulated)


def section(described: Description, key: str) -> Section:
    return next(s for s in described.sections if s.key == key)


def values(described: Description, key: str, what: str, group: str | None = None) -> dict[float | None, Value]:
    return {v.horizon: v for v in section(described, key).values if v.what == what and v.group == group}


@pytest.mark.words
def test_every_question_is_answered_or_named(described: Description) -> None:
    assert len(described.sections) + len(described.unanswered) == 11
    assert {q for q, _ in described.unanswered} <= {"How many have a metastasis at diagnosis?"}


@pytest.mark.words
def test_survival_is_kaplan_meier(simulated: Cohort, described: Description) -> None:
    follow_up = FollowUp.of(simulated)
    curve = kaplan_meier(follow_up.end, follow_up.died)
    at = curve.at([12, 60])
    found = values(described, "survival", "alive")
    for i, t in enumerate((12.0, 60.0)):
        assert found[t].value == pytest.approx(100 * at.probability[0, i, 0], abs=0.01)
        assert (found[t].low, found[t].high) == (
            pytest.approx(100 * at.low[0, i, 0], abs=0.01),
            pytest.approx(100 * at.high[0, i, 0], abs=0.01),
        )
        assert found[t].at_risk == int((follow_up.end >= t).sum())
    median = values(described, "survival", "median survival")[None]
    assert median.value == pytest.approx(curve.quantile(0.5)[0].value, abs=0.01)


def test_how_long_people_were_followed_stands_with_survival(simulated: Cohort, described: Description) -> None:
    follow_up = FollowUp.of(simulated)
    expected = median_follow_up(follow_up.end, follow_up.died)[0]
    (found,) = [v for v in section(described, "survival").values if v.kind == "follow-up"]
    assert (found.value, found.low, found.high) == pytest.approx(
        (expected.value, expected.low, expected.high), abs=0.01
    )
    assert (found.n, found.events) == (len(follow_up), int((~follow_up.died).sum()))


@pytest.mark.words
def test_states_and_shares_add_up(described: Description) -> None:
    course = [v for v in section(described, "course").values if v.horizon == 60 and v.unit == "percent"]
    assert sum(v.value or 0 for v in course) == pytest.approx(100, abs=0.05)
    assert sum(v.events or 0 for v in section(described, "types").values) == 3000
    first = [v for v in section(described, "where").values if v.what == "of those with metastasis"]
    assert sum(v.events or 0 for v in first) == first[0].n
    spread = values(described, "spread", "have had a metastasis")[60.0].value or 0
    organs = [v for v in section(described, "where").values if v.what == "first metastasis there" and v.horizon == 60]
    assert sum(v.value or 0 for v in organs) == pytest.approx(spread, abs=0.1)


@pytest.mark.words
def test_who_lived_longer_lives_longer(described: Description) -> None:
    later = values(described, "conditional", "alive 24 months later", "alive at 24 months")
    assert not later, "groups say since when"
    from_metastasis = [
        values(described, "conditional", "alive 12 months later", f"alive {t} months after the first metastasis")[12.0]
        for t in (12, 36)
    ]
    assert all(v.n and v.at_risk and v.at_risk < v.n for v in from_metastasis)


def test_wilson_interval() -> None:
    value = share("x", 81, 263)  # Newcombe, Stat Med 1998;17:857–872, table I: 0.2553 to 0.3662
    assert (value.low, value.high) == (25.53, 36.62)


def test_every_published_figure_resolves_and_may_be_shown(described: Description) -> None:
    keys = [key for s in described.sections for key in s.beside]
    assert len(keys) > 50
    for fact, figure in keys:
        assert library().facts[fact].figure(figure).shown
    data = json.loads(json.dumps(described_data(described), allow_nan=False))
    assert all(b["sources"] for s in data["sections"] for b in s["beside"])


@pytest.mark.words
@pytest.mark.parametrize("least", [5, 20])
def test_small_cells_are_hidden_everywhere(simulated: Cohort, least: int) -> None:
    few = Cohort(
        simulated.patients.head(120), simulated.events.join(simulated.patients.head(120), on="id", how="semi"), simulated.about
    )  # fmt: skip
    described = describe(few, min_cell=least)
    hidden = 0
    for s in described.sections:
        for v in s.values:
            if v.suppressed:
                hidden += 1
                assert (v.value, v.low, v.high, v.n, v.events, v.at_risk) == (None,) * 6
            else:
                assert v.n is None or v.n >= least
                assert v.events is None or v.events == 0 or v.events >= least
                assert v.at_risk is None or v.at_risk >= least
        for picture in s.pictures:
            for line in picture.lines if isinstance(picture, Picture) else ():
                assert all(n >= least for _, n in line.at_risk)
                assert all(b - a >= least for a, b in zip(line.events, line.events[1:], strict=False))
        shares = [v for v in s.values if v.group is None and v.horizon is None and v.unit == "percent"]
        assert sum(v.suppressed for v in shares) != 1 or len(shares) == 1, "one alone could be worked out"
    assert hidden
    html = described_html(described)
    assert f"fewer than {least}" in html
    assert "not shown" in html
    with pytest.raises(CohortError, match="min-cell"):
        describe(few, min_cell=1)


def of_shares(counts: list[int]) -> Section:
    values = [share(f"type {i}", n, sum(counts)) for i, n in enumerate(counts)]
    return Section("types", "?", "", tuple(values), (Bars("x", "y", ()),))


@given(counts=st.lists(st.integers(0, 40), min_size=2, max_size=9), least=st.integers(2, 12))
def test_no_hidden_share_follows_from_the_others(counts: list[int], least: int) -> None:
    """Whoever knows the exact total and every shown count exactly still does not know one of the hidden counts."""
    if sum(counts) < least:
        return
    section = of_shares(counts)
    hidden = [v.suppressed for v in suppress(section, least).values]
    together = sum(n for n, h in zip(counts, hidden, strict=True) if h)
    assert all(h for n, h in zip(counts, hidden, strict=True) if 0 < n < least)
    if any(hidden) and not all(hidden):
        assert sum(hidden) > 1
        assert together >= least


@pytest.mark.words
def test_what_is_shown_beside_small_cells_is_rounded(simulated: Cohort) -> None:
    few = Cohort(
        simulated.patients.head(203), simulated.events.join(simulated.patients.head(203), on="id", how="semi"), simulated.about
    )  # fmt: skip
    described = describe(few, min_cell=5)
    assert described.patients == 205
    assert "fewer than 500 patients" in described_text(describe(few, min_cell=500))
    assert described_data(describe(few, min_cell=500))["patients"] is None
    for s in described.sections:
        for v in s.values:
            assert all(n is None or n % 5 == 0 for n in (v.n, v.events, v.at_risk))
            assert v.value is None or v.value == round(v.value)
    assert said_count(3, 5) == "fewer than 5"
    assert said_count(203, 5) == "about 205"
    data = described_data(described)
    assert data["about"]["rows_in"] % 5 == 0
    assert all("ids" not in part for part in (*data["about"]["refused"], *data["about"]["unread_cells"]))


def test_an_unknown_few_do_not_follow_from_the_total(simulated: Cohort) -> None:
    """Site is not known of two: shares of the known ones would tell, so they are a part of the whole."""
    some = simulated.patients.head(300)
    some = some.with_columns(site=pl.when(pl.int_range(pl.len()) < 2).then(None).otherwise(pl.lit("lower-limb")))
    few = Cohort(some, simulated.events.join(some, on="id", how="semi"), simulated.about)
    sites = section(describe(few, min_cell=5), "sites")
    assert {v.what: v.suppressed for v in sites.values} == {"lower limb": True, "not known": True}
    assert section(describe(few), "sites").values[0].n == 298


@pytest.mark.words
def test_every_question_has_a_picture(described: Description) -> None:
    for s in described.sections:
        assert s.pictures, s.key
    titles = [p.title for p in section(described, "spread").pictures]
    assert [t.rpartition("by ")[2] for t in titles[1:]] == ["grade", "size", "type", "depth"]
    html = described_html(described)
    assert html.count('role="img"') == sum(len(s.pictures) for s in described.sections)


def test_nobody_is_told_none_or_all_without_a_bound(described: Description) -> None:
    for s in described.sections:
        for v in s.values:
            if v.unit == "percent" and v.value in (0.0, 100.0):
                assert v.low is not None
                assert v.high is not None
                assert v.low < v.high


@pytest.mark.words
def test_events_without_dates_do_not_make_the_disease_look_milder(registry: Any) -> None:
    """Of those with a metastasis most have no date: who has one is not left out of a curve silently."""
    rows = [
        f"{i},A,60,F,LMS,70,G3,2015-01-01,2019-0{1 + i % 9}-01,{('alive', 'dead')[i % 2]},sts,,," for i in range(60)
    ]
    cohort = registry.read(tuple(rows))
    undated = pl.DataFrame(
        {"id": [str(i) for i in range(20)], "months": [None if i else 5.0 for i in range(20)], "event": "metastasis"},
        schema_overrides={"months": pl.Float64},
    )
    events = pl.concat([cohort.events, undated], how="diagonal")
    unanswered = dict(describe(Cohort(cohort.patients, events, cohort.about)).unanswered)
    for question in ("How many develop a metastasis?", "What is the whole course?"):
        assert "19 of 20 patients with a metastasis have it at a time" in unanswered[question]


@pytest.mark.words
def test_one_page_that_needs_nothing_else(described: Description) -> None:
    html = described_html(described)
    assert html.count("<svg") >= 5
    assert html.count("<title id=") == html.count('role="img"')
    for s in described.sections:
        assert f'id="{s.key}"' in html
    assert "What is the whole course?" in described_text(described)


def test_tiny_cohorts_do_not_break_it(registry: object, simulated: Cohort) -> None:
    for n in (1, 2, 3, 12):
        some = simulated.patients.head(n)
        cohort = Cohort(some, simulated.events.join(some, on="id", how="semi"), simulated.about)
        described = describe(cohort)
        assert described_html(described)
        assert described_text(described)


@pytest.mark.words
def test_what_a_cohort_cannot_answer_is_said(shared: Callable[[str], Path]) -> None:
    described = describe(make_cohort(open_source(shared("msk_met_sts"))))
    unanswered = dict(described.unanswered)
    assert "How long do people live?" in unanswered, "there is no origin that they share"
    after = values(described, "after-metastasis", "median survival")[None]
    assert 27 < (after.value or 0) < 33
    assert any("delayed entry" in text for text in section(described, "after-metastasis").cautions)


def test_names_of_columns_are_the_only_text_of_the_table(simulated: Cohort) -> None:
    nasty = simulated.patients.with_columns(centre=pl.lit("<script>alert(1)</script>"))
    html = described_html(
        describe(Cohort(nasty, simulated.events, simulated.about.model_copy(update={"name": "<b>x</b>"})))
    )
    assert "<script" not in html
    assert "<b>x" not in html


@pytest.mark.pages
def test_the_pages_are_accessible_and_ask_for_nothing(
    tmp_path: Path, simulated: Cohort, described: Description
) -> None:
    """axe-core finds nothing, in light and dark, wide and narrow; no request leaves the page; nothing overflows."""
    sync = pytest.importorskip("playwright.sync_api")
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    pages = {"described": described_html(described), "hidden": described_html(describe(simulated, min_cell=5)),
             "checked": checked_html(check(simulated))}  # fmt: skip
    for name, html in pages.items():
        (tmp_path / f"{name}.html").write_text(html, encoding="utf-8")
    with sync.sync_playwright() as engine:
        try:
            browser = engine.chromium.launch(executable_path="/usr/bin/chromium")
        except sync.Error:
            pytest.skip("there is no Chromium on this machine")
        for scheme, width in (("light", 1000), ("dark", 360)):
            for name in pages:
                page = browser.new_page(color_scheme=scheme, viewport={"width": width, "height": 900})
                asked: list[str] = []
                page.on("request", lambda request, asked=asked: asked.append(request.url))
                page.goto((tmp_path / f"{name}.html").as_uri())
                found = axe.Axe().run(page).response["violations"]
                assert [v["id"] for v in found] == [], (name, scheme)
                assert len(asked) == 1
                assert page.evaluate("document.documentElement.scrollWidth") <= width
                page.close()
        browser.close()


def test_what_is_hidden_hangs_on_what_a_figure_is_not_on_what_it_is_called(described: Description) -> None:
    for section in described.sections:
        names = {v.what: f"«{i}»" for i, v in enumerate(section.values)}

        def renamed(part: Any, names: dict[str, str] = names) -> Any:
            if isinstance(part, Bars):
                return replace(part, bars=tuple(replace(b, of=(names[b.of[0]], b.of[1])) for b in part.bars))
            return part

        other = replace(
            section,
            values=tuple(replace(v, what=names[v.what]) for v in section.values),
            pictures=tuple(renamed(p) for p in section.pictures),
        )
        for least in (5, 20, 60):
            one, two = suppress(section, least), suppress(other, least)
            assert [v.suppressed for v in one.values] == [v.suppressed for v in two.values], section.key
            assert [renamed(p) for p in one.pictures] == list(two.pictures), section.key
