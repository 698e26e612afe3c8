"""Every command with hostile words and files: exit 0, 2 or 1 as a finding, never a fault; no value in what is shown.

Commands and their options are read off the application, so that a new one is called without being named here. Every
value is one that somebody may type or a file that somebody may have.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import typer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sarcoma import cli
from sarcoma.cli import _commands

ASKED = int(os.environ.get("FUZZ_INPUTS", "0"))
KAPUTT = "MARKER-7f3a"

WORDS = (
    "", "0", "-1", "1e308", "nan", "9" * 400, "=1+1", "--", "-", ".", "..", "/", "*", "a[1].csv", "\x1b[31m", "é" * 300,
    "\u202e", "LMS", "lung@14", "kattan-2002", "B21", "Germany", "2026-11-27", "death", "60", "crude", "column:x",
)  # fmt: skip
"""Besides the names of the files below."""

FILES: dict[str, bytes] = {
    "empty.csv": b"",
    "header.csv": b"id,age\n",
    "marker.csv": f"id,age,histologic_type\n1,{KAPUTT},LMS\n2,62,{KAPUTT}\n".encode(),
    "ragged.csv": f"id,age\n1,2,{KAPUTT}\n".encode(),
    "latin.csv": b"id,age\n1,\xff\n",
    "nul.csv": b"id,age\n1,\0\n",
    "quote.csv": f'id,age\n1,"{KAPUTT}\n'.encode(),
    "wide.csv": b",".join(b"c%d" % i for i in range(300)) + b"\n" + b",".join(b"1" for _ in range(300)) + b"\n",
    "twice.csv": b"age,age\n1,2\n",
    "not.parquet": b"PAR1" + os.urandom(0) + b"\0" * 40 + b"PAR1",
    "not.xlsx": b"PK\x03\x04rubbish",
    "empty.yaml": b"",
    "list.yaml": b"- 1\n- 2\n",
    "deep.yaml": b"a: " + b"[" * 200 + b"]" * 200,
    "strange.yaml": b"name: !!timestamp x\nid: !!int 0b\n",
    "anchors.yaml": b"a: &a [1]\nb: &b [*a,*a]\nc: [*b,*b]\n",
    "marker.yaml": f"name: {KAPUTT}\nid: {{{KAPUTT}: 1}}\nfields: [{KAPUTT}]\n".encode(),
    "card.yaml": f"id: {KAPUTT}\nkind: cox\ncoefficients: {{age: .nan}}\n".encode(),
    "record.json": json.dumps({"age": KAPUTT, "nodes": [KAPUTT]}).encode(),
    "list.json": b"[1, 2]",
    "half.json": b'{"age": ',
    "deep.json": b"[" * 5000 + b"]" * 5000,
    "self.json": b'{"self": 1, "": 2}',
    "binary.json": bytes(range(256)),
    "cohort.yaml": b"name: x\n",
}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with one file of each kind, where commands are run."""
    folder = tmp_path_factory.mktemp("desk")
    for name, content in FILES.items():
        (folder / name).write_bytes(content)
    (folder / "cohort").mkdir()
    (folder / "cohort" / "cohort.yaml").write_text("name: [1]\n", "utf-8")
    here = Path.cwd()
    os.chdir(folder)
    yield folder
    os.chdir(here)


def commands() -> dict[str, click.Command]:
    """Every command by its words; `serve` runs until it is stopped and has tests of its own."""
    _commands.build(["--help"])
    found: dict[str, click.Command] = {}

    def walk(words: tuple[str, ...], command: click.Command) -> None:
        if isinstance(command, click.Group) or hasattr(command, "commands"):
            for name, part in command.commands.items():
                walk((*words, name), part)
        else:
            found[" ".join(words)] = command

    walk((), typer.main.get_command(_commands.app))
    from sarcoma.cli.outlook_options import outlook_command

    one = typer.Typer()
    one.command("outlook")(outlook_command())
    found["outlook"] = typer.main.get_command(one)
    return {name: command for name, command in found.items() if name != "serve"}


COMMANDS = commands()
PLACES = ("out.csv", "out.html", "out.json", "out.parquet", "out.yaml", "no/such/place.csv", "out")
VALUE = st.sampled_from((*WORDS, *FILES, *PLACES, "cohort", "missing.csv", KAPUTT))


@st.composite
def lines(draw: Any, command: click.Command) -> list[str]:
    """Words behind a command: some of its options, each with a value, and its arguments."""
    found: list[str] = []
    for p in command.params:
        if isinstance(p, click.Argument) or p.param_type_name == "argument":
            found += draw(st.lists(VALUE, min_size=1 if p.required else 0, max_size=1))
        elif p.name != "help" and draw(st.integers(0, 3 if not p.required else 0)) == 0:
            option = max(p.opts, key=len)
            found += [option] if getattr(p, "is_flag", False) else [option, draw(VALUE)]
    return [word.replace("\0", "") for word in found]


def run(words: list[str]) -> tuple[Any, str]:
    out, err = io.StringIO(), io.StringIO()
    out.fileno = err.fileno = lambda: 1  # type: ignore[method-assign]
    code: Any = None
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            cli.main(words)
        except SystemExit as left:
            code = left.code
    return code, out.getvalue() + err.getvalue()


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_a_command_answers_or_says_what_is_wrong(name: str, desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    slow = name in ("cohort simulate", "evidence check", "evidence impact", "evidence due", "evidence propose")
    few = 2 if slow else 8

    @settings(
        max_examples=max(few, ASKED // len(COMMANDS) // (20 if slow else 1)),
        derandomize=not ASKED,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(rest=lines(COMMANDS[name]))
    def of_words(rest: list[str]) -> None:
        for place in PLACES:
            if (desk / place).is_file():
                (desk / place).unlink()
        code, shown = run([*name.split(), *rest])
        assert code in (0, 1, 2, None), shown
        assert "a fault in the program" not in shown, (rest, shown)
        assert "Traceback" not in shown
        assert "Warning" not in shown
        assert str(desk) not in shown, "a path of this machine"
        asked = name == "cohort map"  # it lists the codes of a table, to be given a meaning
        if not asked and not any(KAPUTT in word for word in rest):
            assert KAPUTT not in shown, (rest, shown)

    of_words()


def test_every_command_is_found() -> None:
    assert {"outlook", "why", "models", "cohort read", "cohort describe", "fit", "validate", "schema"} <= set(COMMANDS)
