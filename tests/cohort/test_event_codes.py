"""Codes of vital status: recognised or asked about, never guessed; and a death is never an ordinary censoring."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from sarcoma.cli import main
from sarcoma.cohort import Cohort, Source, check, cohort_map, make_cohort, open_source, read_cohort_map
from sarcoma.cohort.reading.draft_mapping import draft_mapping, draft_of, draft_yaml
from sarcoma.cohort.reading.event_codes import status_codes
from sarcoma.errors import CohortError

MONTH = 30.4375


@pytest.mark.parametrize(
    ("column", "dead", "alive"),
    [
        ("status", ["dead"], ["alive"]),
        ("Vital status", ["DECEASED", "Died"], ["Living"]),
        ("OS_STATUS", ["1:DECEASED"], ["0:LIVING"]),
        ("OS_STATUS", ["1"], ["0"]),
        ("dead", ["1.0"], ["0.0"]),
        ("death", ["TRUE"], ["FALSE"]),
        ("died", ["yes"], ["no"]),
        ("alive", ["0"], ["1"]),
        ("Alive", ["No"], ["Yes"]),
        ("CNSR", ["0"], ["1"]),
        ("status", ["D"], ["A"]),
        ("status", ["DOD", "DOC"], ["NED", "AWD"]),
        ("Status", ["verstorben"], ["lebend"]),
    ],
)
def test_codes_that_name_themselves_are_recognised(column: str, dead: list[str], alive: list[str]) -> None:
    codes = status_codes(column, dict.fromkeys([*dead, *alive], 3))
    assert (codes.settled, list(codes.dead), list(codes.alive)) == (True, dead, alive)


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("status", ["1", "2"]),
        ("status", ["0", "1"]),
        ("vital_status", ["0", "1"]),  # registries write 1 for alive, R 1 for dead
        ("status", ["0", "1", "2"]),
        ("OS_STATUS", ["1", "2"]),
        ("death", ["0", "1", "2"]),
        ("status", ["dead", "not dead"]),
        ("Vital status", ["Alive or dead of other cause", "Dead (attributable to this cancer dx)"]),
        ("status", ["dead", "alive", "lost"]),
        ("status", ["TRUE", "FALSE"]),
        ("status", ["1"]),
    ],
)
def test_codes_that_do_not_are_asked_about_with_their_counts(column: str, values: list[str]) -> None:
    counts = {value: 10 + i for i, value in enumerate(values)}
    codes = status_codes(column, counts)
    assert not codes.settled
    assert len({reading.dead for reading in codes.readings}) == len(codes.readings) >= 2
    for reading in codes.readings:
        assert reading.deaths == sum(counts[c] for c in reading.dead)
        assert reading.deaths + reading.censored == sum(counts.values())


def lung(tmp_path: Path, heading: str = "status", codes: str = "12") -> Path:
    """Nine people in R's convention: of six the larger code, which is dead."""
    table = tmp_path / "lung.csv"
    status = (1, 1, 0, 1, 1, 0, 1, 1, 0)
    rows = [f"{i},{100 + 50 * i},{codes[s]},{60 + i}" for i, s in enumerate(status)]
    table.write_text("\n".join((f"id,days,{heading},age", *rows)))
    return table


@pytest.mark.words
def test_a_status_of_one_and_two_is_not_guessed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table, mapping = lung(tmp_path), tmp_path / "m.yaml"
    draft = draft_of(open_source(table), "lung")
    readings = draft.mapping["unconfirmed"][0]["readings"]
    assert [(r["dead"], r["deaths"], r["censored"]) for r in readings] == [(["2"], 6, 3), (["1"], 3, 6)]
    mapping.write_text(draft_yaml(draft), encoding="utf-8")
    with pytest.raises(SystemExit) as stopped:
        main(["cohort", "read", str(table), "--mapping", str(mapping), "--to", str(tmp_path / "cohort")])
    assert stopped.value.code == 2
    assert "what the codes of status mean has not been confirmed" in capsys.readouterr().err
    assert not (tmp_path / "cohort").exists()
    # without the question but without an answer it is refused as well
    asked = {key: part for key, part in draft.mapping.items() if key != "unconfirmed"}
    with pytest.raises(CohortError, match="say which values of status are meant"):
        cohort_map(asked)
    for event, code in zip(asked["events"], ("2", "1"), strict=True):
        event["when"] = {"status": [code]}
    cohort = make_cohort(open_source(table), cohort_map(asked))
    assert dict(cohort.events["event"].value_counts().iter_rows()) == {"death": 6, "last-contact": 3}


def test_the_same_codes_are_asked_about_in_a_study_folder(tmp_path: Path) -> None:
    header = "PATIENT_ID\tOS_MONTHS\tOS_STATUS\tDSS_STATUS"
    patients = tmp_path / "data_clinical_patient.txt"
    patients.write_text(f"{header}\nA\t10\t1\t\nB\t20\t2\t\n")
    source = open_source(tmp_path)
    with pytest.raises(CohortError, match="who died has to be confirmed"):
        make_cohort(source)
    assert draft_of(source, "x").mapping["unconfirmed"][0]["column"] == "OS_STATUS"
    patients.write_text(
        f"{header}\nA\t10\t1:DECEASED\t1:Dead with tumor\nB\t20\t1:DECEASED\tDEAD\nC\t9\t0:LIVING\tNA\n"
    )
    cohort = make_cohort(open_source(tmp_path))
    assert cohort.events.filter(pl.col("event") == "death")["cause"].to_list() == ["sarcoma", "unknown"]
    assert [r.count for r in cohort.about.unread_cells] == [1], "a status that the format does not define is named"


def test_every_row_counts_when_codes_are_looked_for(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {"id": [str(i) for i in range(3000)], "days": ["9"] * 3000, "status": ["dead"] * 2999 + ["transferred"]}
    )
    assert "unconfirmed" in draft_mapping(frame, "x").mapping


# -- deaths known without a time


DATED = {
    "name": "x",
    "id": "id",
    "origin": {"event": "diagnosis"},
    "events": [
        {"event": "death", "column": "died", "unit": "days", "known_where": {"status": "dead"}},
        {"event": "last-contact", "column": "seen", "unit": "days"},
    ],
}


@pytest.mark.words
def test_a_death_without_its_time_is_refused_counted_and_found() -> None:
    main_table = pl.DataFrame(
        {
            "id": ["a", "b", "c", "d"],
            "died": ["900", None, None, "800"],
            "seen": ["700", "700", "700", None],
            "status": ["dead", "dead", "alive", "alive"],
        }
    )
    cohort = make_cohort(Source(main_table, "table"), cohort_map(DATED))
    assert [(r.reason, r.kind, r.ids) for r in cohort.about.refused] == [
        ("died, but when is not known", "death-without-time", ("b",))
    ]
    died = cohort.events.filter(pl.col("event") == "death")["id"].to_list()
    assert died == ["a", "d"], "a dated death counts, whatever the status says"
    finding = next(f for f in check(cohort).findings if f.rule == "death-without-time")
    assert (finding.severity, finding.count, finding.of, finding.ids) == ("error", 1, 3, ("b",))


def test_a_draft_with_dates_of_death_and_a_status_knows_who_died_without_a_date(tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    table.write_text(
        "id,vital_status,days_to_death,days_to_last_follow_up\n"
        "a,Dead,800,'--\nb,Dead,'--,400\nc,Alive,'--,900\nd,Not Reported,'--,900\n"
    )
    (tmp_path / "m.yaml").write_text(draft_yaml(draft_of(open_source(table), "t")), encoding="utf-8")
    cohort = make_cohort(open_source(table), read_cohort_map(str(tmp_path / "m.yaml")))
    assert [(r.kind, r.ids) for r in cohort.about.refused] == [("death-without-time", ("b",))]
    assert cohort.events.filter(pl.col("event") == "death")["months"].to_list() == [pytest.approx(800 / MONTH)]


def test_a_dated_death_of_any_source_counts() -> None:
    mapping = DATED | {
        "events": [
            {"event": "death", "column": "died", "unit": "days", "label": "dates"},
            {"event": "last-contact", "column": "seen", "unit": "days", "label": "dates"},
            {
                "event": "death",
                "column": "months",
                "unit": "months",
                "when": {"status": "dead"},
                "fallback": True,
                "label": "status",
            },
            {
                "event": "last-contact",
                "column": "months",
                "unit": "months",
                "when": {"status": "alive"},
                "fallback": True,
                "label": "status",
            },
        ]
    }
    table = pl.DataFrame(
        {
            "id": ["a", "b", "c", "d"],
            "died": [None, "900", None, None],
            "seen": ["700", None, "700", "700"],
            "months": ["25", "10", "25", None],
            "status": ["dead", "alive", "alive", "dead"],
        }
    )
    cohort = make_cohort(Source(table, "table"), cohort_map(mapping))
    events = {(i, e): m for i, m, e, *_ in cohort.events.iter_rows()}
    assert events == {
        ("a", "death"): 25.0,  # last seen after 23 months, and dead two months later
        ("a", "last-contact"): pytest.approx(700 / MONTH),
        ("b", "death"): pytest.approx(900 / MONTH),
        ("c", "last-contact"): pytest.approx(700 / MONTH),
    }
    assert [(r.kind, r.ids) for r in cohort.about.refused] == [("death-without-time", ("d",))]


@pytest.mark.words
def test_no_cohort_holds_a_death_without_a_time() -> None:
    patients = pl.DataFrame({"id": ["1", "2"], "age": [50.0, 60.0]})
    events: dict[str, list[Any]] = {"id": ["1", "1", "2"], "months": [None, 9.0, 30.0]}
    frame = pl.DataFrame(events | {"event": ["death", "last-contact", "last-contact"]})
    with pytest.raises(CohortError, match="1 patients died at a time that is not known"):
        Cohort.of_frames(patients, frame, name="two", origin="diagnosis")
    twice = pl.DataFrame(events | {"event": ["death", "death", "last-contact"]})
    assert len(Cohort.of_frames(patients, twice, name="two", origin="diagnosis")) == 2


def test_msk_met_counts_those_who_died_without_an_age_at_death(shared: Any) -> None:
    cohort = make_cohort(open_source(shared("msk_met_sts")))
    died = cohort.events.filter(pl.col("event") == "death")["id"]
    assert {"P-0049366", "P-0049599", "P-0049946"} <= set(died.to_list())
    assert died.len() == 179, "one of them has a name of several types, which refuses nobody"
