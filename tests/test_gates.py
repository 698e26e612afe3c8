"""The gates of coverage and mutation name what is there, and judge as they say."""

from __future__ import annotations

import ast
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[1]


def script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"script_{name}", ROOT / "scripts" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


MUTATE, COVERED = script("mutate"), script("covered")


@pytest.mark.parametrize("target", MUTATE.TARGETS)
def test_a_module_that_is_mutated_is_there_and_is_prepared_without_losing_a_function(target: str) -> None:
    source = (ROOT / MUTATE.module_of(target)).read_text("utf-8")
    assert all((ROOT / "tests" / test).is_file() for test in MUTATE.TARGETS[target])

    def functions(tree: ast.AST) -> list[str]:
        return sorted(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))

    before, after = ast.parse(source), ast.parse(MUTATE.prepared(source))
    assert functions(before) == functions(after)


def test_a_decorated_function_is_prepared_to_mean_the_same() -> None:
    source = (
        "from functools import cache, cached_property\n"
        "@cache\ndef f(x):\n    if x < 0:\n        raise ValueError(\n            'negative'\n        )\n    return x + 1\n"
        "class A:\n    @property\n    def p(self):\n        return 1\n    @cached_property\n    def q(self):\n"
        "        return self.p + 1\n    @staticmethod\n    def s():\n        return 3\n"
    )
    made: dict[str, object] = {}
    prepared = MUTATE.prepared(source)
    exec(prepared, made)
    f, a = made["f"], made["A"]
    assert prepared.count("# pragma: no mutate") == 3
    assert "@cache" not in prepared
    assert "@staticmethod" in prepared
    assert f(1) == 2  # type: ignore[operator]
    assert f.cache_info().misses == 1  # type: ignore[attr-defined]
    assert (a().p, a().q, a().s()) == (1, 2, 3)  # type: ignore[operator]


def test_every_change_that_may_survive_is_in_a_module_that_is_mutated_and_has_a_reason() -> None:
    explained = MUTATE.explained()
    assert all(len(why) > 20 for why in explained.values())
    assert {change.split(" ", 1)[0] for change in explained} <= set(MUTATE.TARGETS)
    assert all(" ⇒ " in change for change in explained)


@pytest.mark.words
def test_a_survivor_without_a_reason_and_a_reason_without_a_survivor_fail(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    diff = "--- a\n+++ a\n@@\n-    return a + b\n+    return a - b\n"
    killed = MUTATE.Mutant("patient/grade", "sarcoma.patient.grade.x_f__mutmut_1", "killed", "")
    survived = MUTATE.Mutant("patient/grade", "sarcoma.patient.grade.xǁAǁf__mutmut_2", "survived", diff)
    assert str(survived) == "patient/grade A.f: return a + b ⇒ return a - b"

    def judged(known: dict[str, str], *mutants: object) -> bool:
        monkeypatch.setattr(MUTATE, "explained", lambda: known)
        return bool(MUTATE.judged("patient/grade", list(mutants)))

    assert judged({}, killed)
    assert judged({str(survived): "equal"}, killed, survived)
    assert not judged({}, killed, survived)
    assert not judged({str(survived): "equal"}, killed)
    assert not judged({}), "a run that changed nothing shows nothing"
    assert "no test sees and nothing explains: patient/grade A.f" in capsys.readouterr().out


def test_a_change_of_writing_alone_is_no_change_and_every_other_is() -> None:
    def mutant(was: str, now: str) -> object:
        return MUTATE.Mutant("patient/grade", "x_f__mutmut_1", "survived", f"--- a\n+++ a\n@@\n-{was}\n+{now}\n")

    alike = (
        ("zip(a, b, strict=True)", "zip(a, b, strict=None)"),
        ("zip(a, b, strict=True)", "zip(a, b, )"),
        ("a.astype(np.float64)", "a.astype(None)"),
        ('np.einsum("gtii->gti", a)', 'np.einsum("GTII->GTI", a)'),
    )
    for was, now in alike:
        assert mutant(was, now).means_the_same  # type: ignore[attr-defined]
    other = (
        ("a + b", "a - b"),
        ('f(a, side="left")', "f(a, )"),
        ("zip(a, b, strict=True)", "zip(a, strict=True)"),
        ('np.einsum("gtii->gti", a)', 'np.einsum("gtii->gtii", a)'),
        ("a.astype(np.float64)", "a.astype(np.int8)"),
    )
    for was, now in other:
        assert not mutant(was, now).means_the_same  # type: ignore[attr-defined]


def test_what_may_survive_is_of_a_target_and_what_sees_the_others_is_there() -> None:
    assert {change.split(" ", 1)[0] for change in MUTATE.explained()} <= set(MUTATE.TARGETS)
    for target, tests in MUTATE.TARGETS.items():
        assert (MUTATE.ROOT / MUTATE.module_of(target)).is_file()
        assert all((MUTATE.ROOT / "tests" / test).is_file() for test in tests)


def test_a_share_counts_lines_and_branches() -> None:
    one = {"covered_lines": 8, "num_statements": 10, "covered_branches": 1, "num_branches": 2}
    assert COVERED.percent([one]) == 75.0
    assert COVERED.percent([one, {**one, "covered_lines": 10, "covered_branches": 2}]) == 87.5
    assert COVERED.percent([]) == 0.0
    assert all((ROOT / "src" / "sarcoma" / room).is_dir() for room in COVERED.LEAST)
