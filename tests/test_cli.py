"""The command line as its users meet it: a fresh process each time."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

SARCOMA = [sys.executable, "-m", "sarcoma"]
CASE = [
    "--age",
    "62",
    "--type",
    "leiomyosarcoma",
    "--site",
    "lower limb",
    "--size",
    "7",
    "--depth",
    "deep",
    "--grade",
    "3",
]
ONE = ["outlook", *CASE, "--surgery", "resected"]


def run(*arguments: str, stdin: str = "", cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if k != "SARCOMA_DEBUG"} | {"NO_COLOR": "1"}
    return subprocess.run(
        [*SARCOMA, *arguments], input=stdin, capture_output=True, text=True, env=environment, cwd=cwd, check=False
    )


@pytest.mark.words
def test_the_example_of_the_readme_works_and_fits_80_columns() -> None:
    done = run(*ONE)
    assert done.returncode == 0, done.stderr
    assert max(len(line) for line in done.stdout.splitlines()) <= 80
    assert len(done.stdout.splitlines()) <= 40
    for words in ("Stage", "Spread", "Recurrence", "IIIA", "Options", "Missing", "--full"):
        assert words in done.stdout
    whole = run(*ONE, "--full").stdout
    assert max(len(line) for line in whole.splitlines()) <= 80
    for words in ("What is known", "Grade and stage", "Risk of spread", "IIIA", "Treatments", "Questions"):
        assert words in whole


@pytest.mark.parametrize("extra", [[], ["--plain"]])
def test_survival_figures_appear_only_when_asked_for(extra: list[str]) -> None:
    without, with_them = run(*ONE, *extra, "--full"), run(*ONE, *extra, "--full", "--survival")
    assert "12 years" not in without.stdout
    assert "median survival" not in without.stdout
    assert "12 years" in with_them.stdout
    assert "53" in with_them.stdout


@pytest.mark.words
def test_plain_words_use_one_denominator_and_leave_out_what_is_for_teams() -> None:
    done = run(*ONE, "--plain", "--survival")
    assert "bout 53 of 100 people like this die of the sarcoma within 12 years" in " ".join(done.stdout.split())
    assert "hazard ratio" not in done.stdout.lower()
    assert "%" not in done.stdout
    for word in ("Kang", "Kattan 2003", "disease-free survival"):
        assert word not in done.stdout


def test_json_gives_everything_unrounded_with_origins() -> None:
    data = json.loads(run(*ONE, "--json").stdout)
    (kattan,) = [m for m in data["models"] if m["origin"] == "kattan-2002"]
    assert kattan["status"] == "applies"
    (figure,) = kattan["figures"]
    assert figure["value"] == pytest.approx(52.91, abs=5e-3)
    assert figure["value"] != round(figure["value"], 2)
    assert figure["about_survival"] is True
    assert figure["estimand"] == "net"

    def figures(node: object) -> list[dict[str, object]]:
        if isinstance(node, dict):
            own = [node] if "unit" in node and "origin" in node else []
            return own + [f for v in node.values() for f in figures(v)]
        return [f for v in node for f in figures(v)] if isinstance(node, list) else []

    assert len(figures(data)) > 20
    assert all(f["origin"] for f in figures(data))


def test_a_case_file_says_the_same_as_options(tmp_path: Path) -> None:
    case = tmp_path / "case.json"
    case.write_text(
        json.dumps(
            {"age": 62, "type": "LMS", "site": "leg", "size": 7, "depth": "deep", "grade": 3, "surgery": "resected"}
        )
    )
    assert json.loads(run("outlook", "--file", str(case), "--json").stdout) == json.loads(run(*ONE, "--json").stdout)


@pytest.mark.words
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["outlook"], "at least one field"),
        (["outlook", "--age", "4711x"], "age"),
        (["outlook", "--age", "nan"], "age"),
        (["outlook", "--size", "-3"], "size_cm"),
        (["outlook", "--size", "1,234"], "decimal point"),
        (["outlook", "--type", "GIST"], "histologic_type"),
        (["outlook", "--type", "osteosarcoma"], "histologic_type"),
        (["outlook", "--type", "\u202e\x07🦀"], "histologic_type"),
        (["outlook", "--margin", "R0", "--surgery", "none"], "margin"),
        (["outlook", "--metastasis", "lung@-4711"], "metastases"),
        (["outlook", "--file", "no-such-file.json"], "no file"),
        (["outlook", "--table", "no-such-file.csv", "--out", "x.parquet"], "no file"),
        (["outlook", "--template", "xml"], "csv"),
        (["outlook", "--agee", "4711"], "no such option"),
        (["outlook", "4711"], "command line"),
        (["why", "no-such-key"], "no-such-key"),
        (["models", "no-such-model"], "kattan-2002"),
        (["types", "xyzzy"], "type"),
        (["people", "Atlantis"], "Germany"),
        (["no-such-command"], "command"),
    ],
)
def test_bad_input_gives_a_clear_error_and_code_2(arguments: list[str], words: str) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert words in done.stderr
    assert "4711" not in done.stderr


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[1, 2]",
        "{",
        '{"age": NaN}',
        '{"age": 1, "age": 2}',
        "[" * 5000,
        '{"age": {"a": [1]}}',
        '{"age": 1e999}',
        "\ufeff{}",
        "null",
    ],
)
def test_hostile_case_files_give_a_clear_error(text: str, tmp_path: Path) -> None:
    case = tmp_path / "case.json"
    case.write_text(text, encoding="utf-8")
    done = run("outlook", "--file", str(case))
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert done.stderr.strip()


@pytest.mark.words
def test_every_command_has_help_with_an_example() -> None:
    for command in ("outlook", "why", "models", "types", "people", "schema"):
        done = run(command, "--help")
        assert done.returncode == 0
        assert "Example" in done.stdout, command
        assert "--json" in done.stdout, command


def test_without_a_command_the_help_is_shown() -> None:
    done = run()
    assert done.returncode == 0
    assert "outlook" in done.stdout


def test_every_field_of_the_record_is_an_option() -> None:
    from sarcoma.patient import field_specs

    shown = run("outlook", "--help").stdout
    for name, spec in field_specs().items():
        assert "--" + (spec.flag or name).replace("_", "-") in shown, name


def test_why_opens_every_origin_of_an_outlook() -> None:
    from sarcoma.outlook import why

    data = json.loads(run(*ONE, "--json").stdout)

    def origins(node: object) -> set[str]:
        if isinstance(node, dict):
            own = {node["origin"]} if isinstance(node.get("origin"), str) else set()
            return own.union(*(origins(v) for v in node.values()))
        return set().union(*(origins(v) for v in node)) if isinstance(node, list) else set()

    found = origins(data)
    assert len(found) > 20
    for origin in found:
        assert why(origin).key == origin


def test_why_and_models_print_text_and_json() -> None:
    for key in ("kattan-2002", "B21", "LOCHNER20"):
        assert key in run("why", key).stdout
        assert json.loads(run("why", key, "--json").stdout)["key"] == key
    assert "kattan-2002" in run("models").stdout
    assert json.loads(run("models", "kattan-2002", "--json").stdout)["id"] == "kattan-2002"


def test_template_and_schema_are_printed() -> None:
    assert run("outlook", "--template", "csv").stdout.startswith("id,age,")
    assert json.loads(run("schema").stdout)["title"] == "Patient"


@pytest.mark.words
def test_at_a_terminal_survival_is_asked_for_and_no_is_respected() -> None:
    def answer(reply: bytes) -> str:
        pid, terminal = pty.fork()
        if pid == 0:
            os.environ["NO_COLOR"] = "1"
            os.execv(sys.executable, [*SARCOMA, *ONE, "--plain"])
        output = b""
        asked = False
        while True:
            try:
                chunk = os.read(terminal, 65536)
            except OSError:
                break
            if not chunk:
                break
            output += chunk
            if not asked and b"see survival figures?" in output:
                os.write(terminal, reply)
                asked = True
        os.waitpid(pid, 0)
        assert asked
        return output.decode()

    assert "within 12 years" not in " ".join(answer(b"n\n").split())
    assert "within 12 years" in " ".join(answer(b"y\n").split())
