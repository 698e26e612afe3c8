"""What a terminal or a spreadsheet would take as a command is taken out, or written so that it is none."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sarcoma import cli
from sarcoma._plain_text import escaped_json, for_page, guarded, guarded_frame, unguarded, without_controls
from sarcoma._tables import read_table
from sarcoma.cohort import Cohort, check, describe
from sarcoma.outlook.table import write_frame
from sarcoma.report.cohorts import checked_html, described_html, described_text
from sarcoma.report.draft import Draft

EVIL = "\x1b]0;title\x07\x1b[2J\x1b[31mred\x1b[0m\x9b1m\x9d8;;http://x\x9c\x85\x7f\x00\u202eend"
BEGINS = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_COMMANDS = {chr(n) for n in (*range(0x20), 0x7F, *range(0x80, 0xA0))} - {"\n", "\t"}


def harmless(text: str) -> bool:
    return not _COMMANDS & set(text) and "\u202e" not in text


def test_sequences_go_whole_and_words_stay() -> None:
    assert without_controls(EVIL) == "redend"
    assert without_controls("Sarkom – λ 癌\n\tnext") == "Sarkom – λ 癌\n\tnext"


@given(st.text())
def test_no_text_keeps_a_command(text: str) -> None:
    found = without_controls(text)
    assert harmless(found)
    assert without_controls(found) == found
    assert harmless(for_page(text))


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_json_is_the_same_data_without_commands(text: str) -> None:
    written = escaped_json(json.dumps({"a": text}, ensure_ascii=False))
    assert json.loads(written) == {"a": text}
    assert harmless(written)


@given(st.text() | st.tuples(st.sampled_from([*BEGINS, "'", "''="]), st.text()).map("".join))
def test_a_guarded_cell_begins_no_formula_and_is_had_back(text: str) -> None:
    cell = guarded(text)
    assert not cell.startswith((*BEGINS, "\n"))
    assert unguarded(cell) == text


@given(st.text().filter(lambda text: not text.startswith("'")))
def test_what_was_never_guarded_is_read_as_it_is(text: str) -> None:
    assert unguarded(text) == text


def test_a_name_with_an_apostrophe_is_a_name() -> None:
    assert guarded("'t Hart") == unguarded("'t Hart") == "'t Hart"


def test_a_table_is_written_guarded_and_read_back(tmp_path: Path) -> None:
    text = ["=1+1", "+49", "-5", "@x", "\uff1dx", "'t Hart", "'=a", "plain", None]
    frame = pl.DataFrame({"=id": text, "value": [-1.5] * len(text)})
    write_frame(frame, tmp_path / "a.csv")
    rows = list(csv.reader(io.StringIO((tmp_path / "a.csv").read_text("utf-8"))))
    assert rows[1] == ["'=1+1", "-1.5"], "numbers stay numbers"
    assert not any(row[0][:1] in BEGINS for row in rows if row[0])
    back = read_table(tmp_path / "a.csv")
    assert back.columns == ["=id", "value"]
    assert back["=id"].to_list() == text
    assert guarded_frame(frame).schema == {"'=id": pl.String, "value": pl.Float64}


def test_names_of_a_cohort_do_not_reach_a_terminal_or_a_page(simulated: Cohort) -> None:
    about = simulated.about.model_copy(update={"name": EVIL, "source": EVIL, "notes": (EVIL,)})
    people = simulated.patients.head(80)
    cohort = Cohort(people, simulated.events.join(people, on="id", how="semi"), about)
    described = describe(cohort)
    assert harmless(described_text(described))
    assert harmless(described_html(described))
    assert harmless(checked_html(check(cohort)))


def test_only_our_colours_are_written() -> None:
    page = Draft()
    page.heading(EVIL)
    page.item(EVIL, key=EVIL, strong=True)
    page.row(EVIL, EVIL)
    assert harmless(str(page))
    coloured = page.document().text(colour=True)
    assert "\x1b[1m" in coloured
    assert harmless(coloured.replace("\x1b[1m", "").replace("\x1b[1;36m", "").replace("\x1b[0m", ""))
    assert harmless(page.document(EVIL, EVIL).html())


@pytest.mark.parametrize(
    "arguments", [["models", f"{EVIL}.yaml"], ["why", EVIL], ["cohort", "describe", EVIL], ["people", EVIL]]
)
def test_errors_of_the_command_line_hold_no_command(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main([a.replace("\x00", "") for a in arguments])
    shown = capsys.readouterr()
    assert harmless(shown.out + shown.err)


def test_every_table_is_written_by_the_guard() -> None:
    """Whoever writes CSV or a spreadsheet guards what it writes; the template has words of ours alone."""
    for place in (Path(__file__).parents[1] / "src").rglob("*.py"):
        text = place.read_text("utf-8")
        if "write_csv(" in text or "csv.writer(" in text or "write_excel(" in text:
            assert "guarded" in text or place.name == "template.py", place.name
