"""Pictures that people read: nothing lost between number, picture, words and table; valid, named, and without style."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sarcoma.evidence import library
from sarcoma.outlook import CourseFigure
from sarcoma.report.drawn import (
    BodyMap,
    IconArray,
    IconRange,
    Occupancy,
    Place,
    SurvivalBand,
    body_map_svg,
    icon_array_svg,
    occupancy_svg,
    standalone,
    survival_band_svg,
)
from sarcoma.report.drawn.analyst_curves import TEMPLATES
from sarcoma.report.drawn.lettering import lines, spread
from sarcoma.wording import language

SVG = "{http://www.w3.org/2000/svg}"
EXTREME = re.compile(r"\b(0|100) of 100\b")

ARRAY = IconArray("Where it spread first", (("to the lungs", 0.46), ("elsewhere", 0.24), ("it has not spread", 0.3)))
RANGE = IconRange("Alive after 5 years", "alive", "not alive", 0.2, 0.35)
BAND = SurvivalBand(
    "Alive & well",
    "alive",
    (0, 6, 12, 24, 36, 60),
    (1, 0.9, 0.8, 0.6, 0.55, 0.4),
    (1, 0.8, 0.7, 0.5, 0.4, float("nan")),
    (1, 0.95, 0.9, 0.7, 0.65, float("nan")),
    horizons=(12, 36, 60),
    since="after the operation",
)
COURSE = Occupancy(
    "The course",
    ("no sign", "come back", "spread", "no longer alive"),
    (0, 12, 24, 36),
    ((1, 0, 0, 0), (0.7, 0.1, 0.15, 0.05), (0.5, 0.1, 0.2, 0.2), (0.4, 0.05, 0.15, 0.4)),
    marker=24,
)
BODY = BodyMap.of("Where it spreads", present=("lung",), link=lambda site: f"/understand#{site}")

PICTURES: list[tuple[Any, Callable[[Any, str], str]]] = [
    (ARRAY, icon_array_svg),
    (RANGE, icon_array_svg),
    (BAND, survival_band_svg),
    (COURSE, occupancy_svg),
    (BODY, body_map_svg),
    (BodyMap.of("Where it spreads"), body_map_svg),
]


@st.composite
def shares(draw: st.DrawFn, least: int = 2, most: int = 5) -> list[float]:
    weights = draw(
        st.lists(st.one_of(st.just(0.0), st.floats(1e-4, 1)), min_size=least, max_size=most).filter(
            lambda w: sum(w) > 0
        )
    )
    return [w / sum(weights) for w in weights]


def tree(svg: str) -> ET.Element:
    return ET.fromstring(svg.strip())


def words(svg: str) -> str:
    return " ".join(t for t in tree(svg).itertext())


def figures(svg: str) -> dict[str, int]:
    """Small people by their mark, without those of the legend."""
    found: dict[str, int] = {}
    for group in tree(svg).iter(f"{SVG}g"):
        people = [u for u in group.findall(f"{SVG}use") if u.get("class") is None]
        if people:
            mark = group.attrib["class"].removeprefix("drawn-mark drawn-")
            found[mark] = found.get(mark, 0) + len(people)
    return found


@pytest.mark.words
@settings(max_examples=60, deadline=None)
@given(shares())
def test_a_hundred_people_are_always_drawn_and_the_words_say_how_many(found: list[float]) -> None:
    array = IconArray("x", tuple((f"part {i}", share) for i, share in enumerate(found)))
    svg = icon_array_svg(array, "n")
    drawn = figures(svg)
    assert sum(drawn.values()) == 100
    assert len(array.legend()) == len(found)
    for (mark, said, count, label), row in zip(array.legend(), array.table()[1], strict=True):
        assert drawn.get(mark, 0) == count
        assert row == [label, said]
        assert said in words(svg)
        expected = "fewer than 1" if count == 0 else "more than 99" if count == 100 else f"about {count}"
        assert said == f"{expected} of 100"
    assert not EXTREME.search(words(svg) + str(array.table()))


@pytest.mark.words
@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=2, max_size=2).map(sorted))
def test_a_range_is_drawn_as_its_words_say(ends: list[float]) -> None:
    array = IconRange("x", "yes", "no", *ends)
    svg = icon_array_svg(array, "n")
    counts = array.counts()
    assert sum(counts) == 100
    assert [figures(svg).get(mark, 0) for mark in ("solid", "half", "outline")] == counts
    assert not EXTREME.search(words(svg) + str(array.table()))
    if counts[1]:
        assert array.words() == f"between {counts[0]} and {counts[0] + counts[1]} of 100"
        assert array.words() in words(svg)


@settings(max_examples=40, deadline=None)
@given(st.lists(shares(4, 4), min_size=2, max_size=5))
def test_a_course_counts_100_people_at_every_time(rows: list[list[float]]) -> None:
    months = tuple(12.0 * i for i in range(len(rows)))
    course = Occupancy("x", ("a", "b", "c", "d"), months, tuple(tuple(r) for r in rows))
    assert all(sum(course.counts(t)) == 100 for t in months)
    svg = occupancy_svg(course, "n")
    assert not EXTREME.search(words(svg) + course.description())
    assert not any(cell in ("0", "100") for row in course.table()[1] for cell in row[1:])


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=3, max_size=9))
def test_a_curve_names_each_horizon_in_picture_words_and_table(values: list[float]) -> None:
    falling = tuple(sorted(values, reverse=True))
    months = tuple(6.0 * i for i in range(len(falling)))
    curve = SurvivalBand("x", "alive", months, falling, falling, falling, horizons=months[1:])
    svg = survival_band_svg(curve, "n")
    ET.fromstring(svg.strip())
    assert svg.count('class="drawn-point"') == len(months) - 1
    said = {row[0]: row[1] for row in curve.table()[1]}
    assert len(said) == len(curve.table()[1]) >= len(months) - 1
    assert not EXTREME.search(words(svg) + str(curve.table()))


@pytest.mark.parametrize(("thing", "draw"), PICTURES)
def test_a_picture_is_valid_named_and_without_style(thing: Any, draw: Callable[[Any, str], str]) -> None:
    svg = draw(thing, "one")
    root = tree(svg)
    assert root.tag == f"{SVG}svg"
    title, desc = root[0], root[1]
    assert (title.tag, desc.tag) == (f"{SVG}title", f"{SVG}desc")
    assert root.attrib["aria-labelledby"].split() == [title.attrib["id"], desc.attrib["id"]]
    assert title.text == thing.title
    assert desc.text == thing.description()
    assert "style" not in {key for node in root.iter() for key in node.attrib}
    assert root.find(f".//{SVG}style") is None
    ids = [node.attrib["id"] for node in root.iter() if "id" in node.attrib]
    assert len(ids) == len(set(ids))
    other = {node.attrib["id"] for node in tree(draw(thing, "two")).iter() if "id" in node.attrib}
    assert not other & set(ids)
    for target in re.findall(r'url\(#(.+?)\)|href="#(.+?)"', svg):
        assert "".join(target) in ids
    head, rows = thing.table()
    assert rows
    assert all(len(row) == len(head) for row in rows)


@pytest.mark.parametrize(("thing", "draw"), PICTURES)
def test_a_class_in_a_picture_has_its_rule(thing: Any, draw: Callable[[Any, str], str]) -> None:
    css = (TEMPLATES / "drawn" / "drawn.css").read_text(encoding="utf-8")
    used = {c for node in tree(draw(thing, "n")).iter() for c in node.attrib.get("class", "").split()}
    unstyled = {"drawn-icons", "drawn-curve", "drawn-body", "drawn-sample", "drawn-hatch", "drawn-dots", "drawn-rules"}
    for name in used - unstyled - {"drawn-cross", "drawn-half"}:
        assert re.search(rf"\.{name}\b", css), name


@pytest.mark.parametrize(("thing", "draw"), PICTURES)
def test_a_picture_for_paper_carries_its_greys(thing: Any, draw: Callable[[Any, str], str]) -> None:
    alone = standalone(draw(thing, "n"))
    style = tree(alone).find(f"{SVG}style")
    assert style is not None
    assert style.text is not None
    assert "var(" not in style.text
    assert "@media" not in style.text
    assert all(
        c[1:3] <= c[5:7] and int(c[5:7], 16) - int(c[1:3], 16) < 16 for c in re.findall(r"#[0-9a-f]{6}", style.text)
    )


@pytest.mark.words
def test_every_horizon_of_a_curve_stands_in_its_table_with_its_interval() -> None:
    head, rows = BAND.table()
    assert head == ["time after the operation", "alive", "how far off this could be"]
    assert ["1 year", "about 80 of 100", "between 70 and 90 of 100"] in rows
    assert ["5 years", "about 40 of 100", "not known"] in rows
    svg = survival_band_svg(BAND, "n")
    assert {"80", "55", "40"} <= {t.text for t in tree(svg).iter(f"{SVG}text")}
    assert svg.count('class="drawn-band"') == 2  # the stretch where it is known, and the legend


@pytest.mark.words
def test_a_course_is_drawn_from_what_a_model_says() -> None:
    rows = ((1.0, 0.0), (0.75, 0.25), (0.5, 0.5))
    said = CourseFigure("card", ("alive", "dead"), 0.0, (12.0, 24.0), rows[1:], rows[1:], (0.0, 12.0, 24.0), rows)
    course = Occupancy.of(said, "The course", {"dead": "no longer alive"}, marker=12.0, since="from now")
    assert course.table() == (
        ["Of 100 people, after …", "1 year", "2 years"],
        [["alive", "75", "50"], ["no longer alive", "25", "50"]],
    )
    assert course.description() == (
        "Of 100 people, 1 year from now: alive: about 75 of 100; no longer alive: about 25 of 100."
    )


@pytest.mark.words
def test_every_known_site_has_its_place_number_and_name_on_the_body() -> None:
    sites = {s.id for s in library().sites.values()} - {"unknown"}
    assert {p.id for p in BODY.places} == sites
    svg = body_map_svg(BODY, "n")
    root = tree(svg)
    links = root.findall(f".//{SVG}a")
    assert root.attrib["role"] == "group"
    assert [row[:2] for row in BODY.table()[1]] == [[str(i), p.label] for i, p in enumerate(BODY.places, 1)]
    names = {link.attrib["aria-label"] for link in links}
    assert {f"{n} {label}" for n, label, there in BODY.table()[1] if there == "–"} < names
    assert "1 the lungs (sarcoma has been found here)" in names
    for link in links:  # the name begins with what is seen
        seen = " ".join(t.text or "" for t in link.findall(f"{SVG}text"))
        assert link.attrib["aria-label"].startswith(seen)
    assert len(re.findall(r"drawn-spot drawn-present", svg)) == 2  # the lungs, and the legend
    assert tree(body_map_svg(BodyMap.of("x"), "n")).attrib["role"] == "img"


def test_labels_do_not_overlap() -> None:
    middles = spread([10, 11, 12, 100], [20, 20, 40, 20], 0, 200)
    edges = [(m - h / 2, m + h / 2) for m, h in zip(middles, [20, 20, 40, 20], strict=True)]
    assert all(a[1] <= b[0] + 0.1 for a, b in pairwise(edges))
    assert edges[0][0] >= 0
    assert middles[3] == 100
    assert lines("the lining of the lungs", 100) == ["the lining", "of the lungs"]


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: IconArray("x", (("a", 1.0),)),
        lambda: IconArray("x", (("a", 0.5), ("b", 0.4))),
        lambda: IconRange("x", "a", "b", 0.5, 0.4),
        lambda: SurvivalBand("x", "a", (0, 1), (1,)),
        lambda: SurvivalBand("x", "a", (0, 12), (1, 0.5), horizons=(24,)),
        lambda: Occupancy("x", ("a", "b"), (0, 1), ((1, 0), (0.5, 0.4))),
        lambda: Place("unknown", "somewhere"),
        lambda: BodyMap("x", ()),
    ],
)
def test_what_cannot_be_drawn_is_refused(wrong: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        wrong()


@pytest.mark.parametrize(("thing", "draw"), PICTURES)
def test_a_name_from_outside_is_escaped(thing: Any, draw: Callable[[Any, str], str]) -> None:
    hostile = IconArray("<script>", (('"a" & <b>', 0.5), ("c", 0.5)))
    assert tree(icon_array_svg(hostile, "n"))[0].text == "<script>"
    with language.using("es"):
        tree(draw(thing, "n"))
