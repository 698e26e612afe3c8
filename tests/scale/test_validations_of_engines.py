"""Cards judged in each engine: every number that NumPy gives too is the same; what an engine cannot do is said."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from engine_validation_cases import CARDS, NOT_GIVEN, numbers, several_horizons, written
from scale_engines import MADE as ENGINES

from sarcoma.cli import main
from sarcoma.cohort import (
    Cohort,
    Source,
    follow_up_of,
    histories_of,
    make_cohort,
    open_source,
    read_cohort_map,
    simulated_table,
)
from sarcoma.errors import CohortError, TableError
from sarcoma.models import Card, card
from sarcoma.models.fit_record import FitRecord, PeopleDigest
from sarcoma.report.validated import validated_data, validated_document, validated_text
from sarcoma.scale import CohortFiles
from sarcoma.validation import Subject, Validation, engine_passes, validate
from sarcoma.validation.validate_in_engine import validate_files


@pytest.fixture(params=sorted(ENGINES))
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A made-up registry; whoever is still followed at ten years leaves then, as at the end of a study."""
    table = simulated_table(2500, seed=8)
    return written(
        make_cohort(Source(table, "table"), read_cohort_map("simulated")), tmp_path_factory.mktemp("made-up")
    )


def in_engine(folder: Path, engine: str, *subjects: Subject, unknown_cause: str | None = "sarcoma") -> Validation:
    with ENGINES[engine]() as run:
        return validate_files(CohortFiles.open(folder, run), subjects, unknown_cause=unknown_cause)


def both(folder: Path, engine: str, model: Card, instead: Any = None) -> tuple[dict[str, Any], dict[str, Any]]:
    subject = Subject.of_card(model, instead=instead)
    wanted = validate(Cohort.open(folder), [subject], unknown_cause="sarcoma")
    return numbers(in_engine(folder, engine, subject)), numbers(wanted)


def same(found: dict[str, Any], wanted: dict[str, Any], relative: float = 1e-9) -> None:
    assert found.keys() == wanted.keys()
    for place, value in wanted.items():
        if isinstance(value, float) and isinstance(found[place], (int, float)):
            np.testing.assert_allclose(found[place], value, rtol=relative, atol=1e-13, err_msg=place)
        else:
            assert found[place] == value, place


@pytest.mark.parametrize("which", CARDS)
def test_every_number_is_that_of_numpy(which: str, engine: str, folder: Path) -> None:
    model, instead = CARDS[which]()
    found, wanted = both(folder, engine, model, instead)
    assert any(place.endswith("/measures/AUC/se") for place in wanted)
    same(found, wanted)


@pytest.mark.parametrize("instead", [None, "death", "metastasis"])
def test_real_people_are_judged_alike(instead: Any, engine: str, shared: Callable[[str], Path], tmp_path: Path) -> None:
    place = written(make_cohort(open_source(shared("tcga_sarc"))), tmp_path / "cohort")
    same(*both(place, engine, card("kattan-2002"), instead))


@pytest.mark.parametrize("most", [1, 12.0, 24.0])
def test_people_who_leave_on_one_day_and_events_of_that_day(most: float, engine: str, tmp_path: Path) -> None:
    """Events come before those who leave at the horizon itself, who count as free where most leave then."""
    place = written(_cut_short(24.0, most), tmp_path / "cohort")
    model = several_horizons({"12": 0.9, "24": 0.8})
    same(*both(place, engine, model))


def _cut_short(end: float, unit: float) -> Cohort:
    """A registry whose times are in units of so many months, cut at an end."""
    cohort = make_cohort(Source(simulated_table(900, seed=2), "table"), read_cohort_map("simulated"))
    events = cohort.events.with_columns((pl.col("months") / unit).ceil() * unit)
    last = events.group_by("id").agg(pl.col("months").max().clip(upper_bound=end))
    stays = events.filter((pl.col("months") <= end) & (pl.col("event") != "last-contact"))
    left = last.with_columns(
        pl.lit("last-contact").alias("event"), *(pl.lit(None, dtype=pl.String).alias(n) for n in ("organ", "cause"))
    ).select(stays.columns)
    return Cohort(cohort.patients, pl.concat([stays, left]), cohort.about)


def test_predictions_that_are_put_together_change_nothing_that_matters(
    engine: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of n people about n² / 10⁵ pairs are one then and count half, which moves the AUC by about 2 √10⁻⁵ / n or, late in
    the follow-up, a few times that: less than a thousandth of its standard error."""
    monkeypatch.setattr(engine_passes, "DISTINCT", 100)
    found, wanted = both(folder, engine, several_horizons(size=0.0517))
    areas = {place for place in wanted if re.search(r"/(AUC|auc)/", place)}
    assert any("/over_time/" in place for place in areas)
    for place in areas:
        se = wanted[re.sub(r"(AUC|auc/\d+)/.*", r"\1/se", place)]
        if isinstance(wanted[place], float):
            assert found[place] == pytest.approx(wanted[place], abs=se / 1000), place
    lines = {place for place in wanted if "/calibration " in place}
    same({k: found[k] for k in lines}, {k: wanted[k] for k in lines}, 1e-6)
    others = wanted.keys() - areas - lines
    same({k: v for k, v in found.items() if k in others}, {k: wanted[k] for k in others})


def test_what_an_engine_does_not_give_is_named_with_the_reason(engine: str, folder: Path) -> None:
    validation = in_engine(folder, engine, Subject.of_card(several_horizons()))
    (model,) = validation.models
    whole = [h for h in model.horizons if h.discrimination_only is None]
    assert whole
    for horizon in whole:
        assert not NOT_GIVEN & horizon.measures.keys()
        assert "concordance" in horizon.cannot
        assert len(horizon.cannot) == 2  # and the curve
        assert horizon.groups is not None
        assert horizon.decision is not None
    assert {"subgroups", "centres"} <= model.failed.keys()
    assert model.no_ladder
    assert validation.engine == engine
    methods = validated_data(validation)["methods"]
    assert "AUC" in validated_text(validation)
    assert "Uno" not in methods
    assert "Austin" not in methods
    html = validated_document(validation).html()
    assert html.count('<svg class="picture plot"') == 3  # calibration by groups, decisions, over time


def test_predictions_of_certainty_have_a_decision_curve_too(engine: str, folder: Path) -> None:
    """Most are told that it will happen: no threshold is 1, at which nobody could ever act."""
    subject = Subject.of_card(several_horizons({"60": 0.8}, size=1.0))
    found, wanted = in_engine(folder, engine, subject), validate(Cohort.open(folder), [subject])
    curves = [h.decision for h in wanted.models[0].horizons if h.discrimination_only is None]
    assert curves
    assert all(curve is not None and curve.thresholds[-1] == pytest.approx(0.99) for curve in curves)
    same(numbers(found), numbers(wanted))


@pytest.mark.words
def test_why_nothing_can_be_measured_is_said_of_what_would_be(engine: str, folder: Path, tmp_path: Path) -> None:
    """Nobody had the event by the time that half of them are followed to."""
    cohort = Cohort.open(folder)
    some = cohort.patients.head(30)
    events = pl.DataFrame({"id": some["id"], "months": [40.0] * 20 + [70.0] * 10}).with_columns(
        event=pl.lit("last-contact")
    )
    ill = pl.DataFrame({"id": some["id"].tail(1), "months": [50.0], "event": ["metastasis"]})
    place = written(Cohort(some, pl.concat([events, ill]), cohort.about), tmp_path / "cohort")
    with pytest.raises(CohortError, match="nothing can be measured") as error:
        in_engine(place, engine, Subject.of_card(several_horizons({"60": 0.8})))
    assert "engine" not in str(error.value)


def test_a_fault_of_the_engine_is_one_error_and_leaves_nothing(
    engine: str, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A column that is not what it should be: nothing of it is quoted, and nobody's row stays behind."""
    cohort = Cohort.open(folder)
    follow_up = follow_up_of(cohort).with_columns(end=pl.lit("Mrs Example"))
    cohort.write(tmp_path / "cohort", histories=histories_of(cohort), follow_up=follow_up)
    (tmp_path / "scratch").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "scratch"))
    with pytest.raises(TableError) as error:
        in_engine(tmp_path / "cohort", engine, *(Subject.of_card(card(n)) for n in ("kattan-2002", "fisher-2018")))
    assert "Example" not in str(error.value)
    assert not list((tmp_path / "scratch").glob("sarcoma-*/people*"))


def test_two_cards_are_judged_each_by_itself(engine: str, folder: Path) -> None:
    subjects = [Subject.of_card(card(name)) for name in ("kattan-2002", "fisher-2018", "kattan-2003")]
    validation = in_engine(folder, engine, *subjects)
    assert [m.subject.id for m in validation.models] == ["kattan-2002", "fisher-2018"]
    assert [s.id for s, _ in validation.refused] == ["kattan-2003"]  # from a local recurrence on
    assert len(validation.not_compared) == 1
    assert not validation.compared


def test_a_model_that_these_people_made_is_told_by_their_ids(engine: str, folder: Path) -> None:
    people = PeopleDigest.of(Cohort.open(folder).patients["id"])
    record = FitRecord(
        recipe="r", cohort="another name", data="d", people=people, licence="none", account=(), software="s", seed=0
    )
    own = several_horizons().model_copy(update={"fit_record": record})
    other = own.model_copy(
        update={"fit_record": record.model_copy(update={"people": PeopleDigest(n=people.n, sha256="0" * 64)})}
    )
    assert in_engine(folder, engine, Subject.of_card(own)).models[0].setting == "apparent"
    assert in_engine(folder, engine, Subject.of_card(other)).models[0].setting == "external"


@pytest.mark.words
@pytest.mark.parametrize(
    ("model", "reason"),
    [
        ("kattan-2003", "it counts from the local recurrence"),
        ("kang-2014", "it counts from the first metastasis"),
        ("course-tcga", "a course of several states"),
        ("lee-head-neck", "0 patients are left to judge it by"),
        ("synovial-arst0332", "the people were under 30 years old"),
    ],
)
def test_a_card_that_cannot_be_judged_is_refused_with_the_reason(
    model: str, reason: str, engine: str, folder: Path
) -> None:
    with pytest.raises(CohortError, match=reason):
        in_engine(folder, engine, Subject.of_card(card(model)))


@pytest.mark.words
def test_causes_that_nobody_explained_are_asked_for(engine: str, folder: Path) -> None:
    subject = Subject.of_card(card("kattan-2002"))
    with pytest.raises(CohortError) as here:
        in_engine(folder, engine, subject, unknown_cause=None)
    with pytest.raises(CohortError) as there:
        validate(Cohort.open(folder), [subject])
    assert str(here.value) == str(there.value)
    assert "--unknown-cause" in str(here.value)


@pytest.mark.words
def test_people_who_came_late_are_refused(engine: str, folder: Path, tmp_path: Path) -> None:
    cohort = Cohort.open(folder)
    late = cohort.events.filter(pl.col("event") == "last-contact").head(5)
    late = late.with_columns(pl.lit("entry").alias("event"), pl.col("months") / 2)
    place = written(Cohort(cohort.patients, pl.concat([cohort.events, late]), cohort.about), tmp_path / "cohort")
    with pytest.raises(CohortError, match=r"5 of 2500 people came under observation after .* without --engine"):
        in_engine(place, engine, Subject.of_card(card("fisher-2018")))


@pytest.mark.parametrize("name", ["patients.parquet", "follow_up.parquet"])
def test_a_file_that_is_cut_short_is_no_part_of_the_cohort(
    name: str, engine: str, registry: Any, tmp_path: Path
) -> None:
    place = written(registry.read(), tmp_path / "cohort")
    whole = (place / name).read_bytes()
    (place / name).write_bytes(whole[: len(whole) // 2])
    with pytest.raises((CohortError, TableError)):
        in_engine(place, engine, Subject.of_card(card("kattan-2002")))


def test_nobody_is_left_to_judge_by(engine: str, registry: Any, tmp_path: Path) -> None:
    place = written(registry.read(), tmp_path / "cohort")
    subject = Subject.of_card(card("kattan-2002"))
    with pytest.raises(CohortError) as here:
        in_engine(place, engine, subject)
    with pytest.raises(CohortError) as there:
        validate(Cohort.open(place), [subject], unknown_cause="sarcoma")
    assert str(here.value) == str(there.value)


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    out, err = capsys.readouterr()
    return int(ended.value.code or 0), out, err


@pytest.mark.parametrize("suffix", [".html", ".csv", ".json"])
def test_the_command_writes_what_was_found(
    suffix: str, engine: str, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if engine == "spark":  # the session that the tests share is then the active one
        ENGINES["spark"]()
    out = tmp_path / f"report{suffix}"
    asked = ("validate", "fisher-2018", "--cohort", str(folder), "--unknown-cause", "other", "--engine", engine)
    code, told, _ = run(capsys, *asked, "--to", str(out), "--json")
    assert code == 0
    said = json.loads(told)
    assert said["engine"] == engine
    assert said["models"][0]["horizons"][0]["measures"]["O/E"]["value"] > 0
    assert out.stat().st_size > 500


@pytest.mark.words
@pytest.mark.parametrize(
    ("more", "reason"),
    [
        (("--bootstrap", "10"), "--bootstrap: "),
        (("--seed", "3"), "--seed: "),
        (("--landmark", "12"), "--landmark: "),
        (("--update", "cards"), "--update: "),
        (("--min-group", "5"), "--min-group: "),
        (("column:said", "--endpoint", "death", "--horizon", "60", "--estimand", "all-cause"), "column:: "),
        (("--master", "local[1]"), "master: only Spark has one"),
    ],
)
def test_options_that_an_engine_cannot_honour_are_refused(
    more: tuple[str, ...], reason: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = run(capsys, "validate", "kattan-2002", "--cohort", str(folder), "--engine", "polars", *more)
    assert code != 0
    assert not out
    assert reason in " ".join(err.split())


@pytest.mark.words
def test_a_master_needs_an_engine(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, "validate", "kattan-2002", "--cohort", str(folder), "--master", "local[2]")
    assert code != 0
    assert "--engine spark" in err
