"""Every command that writes a file is stopped while it writes: what was there stays, or all of the new one is there.

The commands run in forks of a process that has imported all it needs and has computed nothing, so that each takes a
moment and no thread of Polars is lost in a fork. What fitting and validation compute is not the matter here: it is
replaced by what is there already.
"""

from __future__ import annotations

import ast
import json
import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sarcoma._files import write_file
from sarcoma.cohort import Cohort
from sarcoma.models import card
from sarcoma.validation import Subject, validate

SRC = Path(__file__).parents[1] / "src" / "sarcoma"

STOPPED = """
import json, os, pickle, resource, signal, sys
from pathlib import Path

import sarcoma.cohort, sarcoma.fitting, sarcoma.report.cohorts, sarcoma.report.validated, sarcoma.validation
import sarcoma.report.cards, sarcoma.models.writing, sarcoma.outlook.table
from sarcoma.cli import main
from sarcoma.models import card

sarcoma.fitting.fit = lambda *_, **__: card("course-tcga")
sarcoma.validation.validate = lambda *_, **__: pickle.loads(Path("validated.pickle").read_bytes())
OLD = b"what was there before"


def at(event):
    def seen(happened, arguments):
        if happened == event and str(arguments[0]).endswith(".part"):
            os.kill(os.getpid(), signal.SIGKILL)

    return lambda: sys.addaudithook(seen)


def room(size, then):
    def narrow():
        signal.signal(signal.SIGXFSZ, then)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return narrow


def run(words, how=lambda: None):
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os.dup2(writing, 2)
        os.close(reading)
        how()
        try:
            main(words)
        except SystemExit as stopped:
            sys.stderr.flush()
            os._exit(int(stopped.code or 0))
    os.close(writing)
    with os.fdopen(reading) as said:
        text = said.read()
    ended = os.waitpid(child, 0)[1]
    return os.waitstatus_to_exitcode(ended), text


def result(words, place, how):
    place.write_bytes(OLD)
    code, said = run(words, how)
    content = place.read_bytes()
    parts = [p for p in place.parent.iterdir() if p.name.endswith(".part")]
    for part in parts:
        part.unlink()
    what = "old" if content == OLD else "new" if len(content) == size else "part"
    return {"code": code, "said": said, "is": what, "left": len(parts)}


for number, (words, place) in enumerate(json.loads(sys.argv[1])):
    place = Path(place)
    code, said = run(words)
    size = place.stat().st_size if place.exists() else 0
    found = {"words": words, "place": place.name, "whole": {"code": code, "said": said, "size": size}}
    found["killed midway"] = result(words, place, room(size // 2, signal.SIG_DFL))
    found["no room midway"] = result(words, place, room(size // 2, signal.SIG_IGN))
    found["killed when all is written"] = result(words, place, at("os.rename"))
    if number == 0:
        found["killed at the first byte"] = result(words, place, at("open"))
        found["killed after it took its place"] = result(words, place, at("os.remove"))
    full = place.with_name(f"full-{place.name}")
    full.symlink_to("/dev/full")
    code, said = run([str(full) if word == str(place) else word for word in words])
    found["a full disk"] = {"code": code, "said": said}
    print(json.dumps(found), flush=True)
"""

WRITERS = {
    "simulate": "cohort simulate --patients 5 --to made.csv",
    "map": "cohort map table.csv --to draft.yaml",
    "describe": "cohort describe coh --to article.html",
    "outlook of a table": "outlook --table people.csv --out out.csv",
    "its account": "outlook --table people.csv --out /dev/null --account account.csv",
    "fit": "fit course-tcga --cohort coh --to card.yaml",
    "validate": "validate kattan-2002 --cohort coh --to report.html",
    "entries": "validate kattan-2002 --cohort coh --source KATTAN02 --entries entries.yaml",
}


@pytest.fixture
def folder(tmp_path: Path, registry: Any, simulated: Cohort) -> Path:
    """A table, people, a cohort and what was validated, in the folder that the commands run in."""
    registry.read().write(tmp_path / "coh")
    validated = validate(simulated, [Subject.of_card(card("kattan-2002"))], unknown_cause="sarcoma")
    (tmp_path / "validated.pickle").write_bytes(pickle.dumps(validated))
    (tmp_path / "people.csv").write_text("id,age,type,size_cm,grade\n1,62,leiomyosarcoma,7,3\n2,999,nonsense,?,\n")
    return tmp_path


def stopped(folder: Path, commands: list[str]) -> list[dict[str, Any]]:
    asked = []
    for command in commands:
        words = command.split()
        words[-1] = str(folder / words[-1])  # what is written stands last
        asked.append(([*words, "--force"], words[-1]))
    ended = subprocess.run(
        [sys.executable, "-c", STOPPED, json.dumps(asked)],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(SRC.parent), "PYTHONDONTWRITEBYTECODE": "1", "POLARS_MAX_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return [json.loads(line) for line in ended.stdout.splitlines()]


KILLED, TOO_LARGE = -9, -25


@pytest.mark.skipif(sys.platform != "linux", reason="needs fork, /dev/full and a limit to the size of files")
def test_a_command_that_is_stopped_while_it_writes_leaves_the_old_file_or_the_new_one(folder: Path) -> None:
    found = stopped(folder, list(WRITERS.values()))
    assert len(found) == len(WRITERS)
    assert "killed at the first byte" in found[0]
    for case in found:
        words, name = case["words"], case["place"]
        assert (case["whole"]["code"], case["whole"]["said"]) == (0, ""), (words, case["whole"])
        for how, code, what in (
            ("killed at the first byte", KILLED, "old"),
            ("killed midway", TOO_LARGE, "old"),
            ("killed when all is written", KILLED, "old"),
            ("killed after it took its place", KILLED, "new"),
        ):
            if how in case:
                assert (case[how]["code"], case[how]["is"]) == (code, what), (words, how, case[how])
        short = case["no room midway"]
        assert (short["code"], short["is"], short["left"]) == (2, "old", 0), (words, short)
        assert name in short["said"], (words, short)
        assert short["said"].count("\n") == 1, (words, short)
        full = case["a full disk"]
        assert full["code"] == 2, (words, full)
        assert f"full-{name}" in full["said"], (words, full)


WRITING = {"write_text", "write_bytes", "write_csv", "write_parquet", "write_ipc", "write_excel", "savefig", "touch"}
OWN_WAY = {
    "_files.py": "the one way",
    "cohort/writing/omop.py": "tables in memory",
    "cohort/folder.py": "tables in memory, and an old table kept where a disk has no links",
    "outlook/table.py": "tables in memory",
    "scale/duckdb_engine.py": "small tables in a folder of its own, and what a caller has opened by the one way",
    "scale/sources.py": "small tables in a folder of its own, and what a caller has opened by the one way",
    "_sheets.py": "a child's answer, to a pipe",
    "report/as_csv.py": "text in memory",
    "report/paper/table.py": "text in memory",
    "cohort/writing/cbioportal.py": "text in memory",
    "report/paper/figure.py": "a picture in memory",
    "cli/_streams.py": "what nobody reads any more, to nowhere",
}


def test_nothing_writes_but_through_the_one_way() -> None:
    """So that what is shown above of the commands holds for the next one too."""
    found = set()
    for path in SRC.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            modes = [a.value for a in node.args if isinstance(a, ast.Constant)] if name == "open" else []
            modes += [k.value.value for k in node.keywords if k.arg == "mode" and isinstance(k.value, ast.Constant)]
            if name in WRITING or any(isinstance(m, str) and set(m) & set("wxa+") for m in modes if len(str(m)) < 4):
                found.add(path.relative_to(SRC).as_posix())
    assert found <= set(OWN_WAY), found - set(OWN_WAY)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_who_reads_while_two_write_finds_one_of_the_two(tmp_path: Path) -> None:
    place, both = tmp_path / "result", (b"a" * 300_000, b"b" * 200_000)
    write_file(place, both[0])
    children = []
    for content in both:
        child = os.fork()
        if child == 0:
            for _ in range(60):
                write_file(place, content)
            os._exit(0)
        children.append(child)
    reads = 0
    while children:
        assert place.read_bytes() in both
        reads += 1
        children = [child for child in children if os.waitpid(child, os.WNOHANG)[0] == 0]
    assert reads > 10
    assert [p.name for p in tmp_path.iterdir()] == ["result"]
