"""Mutation gate: the rules that figures rest on are changed one operator at a time; a change that no test sees fails.

Usage: python scripts/mutate.py [TARGET ...]     (make mutate ONLY=patient/stage); without a target all, for hours
       python scripts/mutate.py --again TARGET   once more what no test saw, by the tests as they are now
       python scripts/mutate.py --list           the targets, with their tests

mutmut runs in a copy below build/mutate. It leaves decorated functions alone, and much of a card is a cached property;
so in the copy `@cache def f` is written as `def f` and `f = cache(f)`, which means the same. Not changed: what a module
does when it is imported (its constants), enumerations, and the words of an error (but whether it is raised).

Changes that survive for a reason stand in tests/mutation/*.yaml, a file for each part of the package. The gate fails
on a survivor that does not stand there, and on an entry that survives no longer.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path

import yaml

ROOT = Path(__file__).parent.parent
SURVIVORS = ROOT / "tests" / "mutation"
PACKAGE = "src/sarcoma"


_STAGE = tuple(f"patient/test_{of}.py" for of in ("cog", "stage", "stage_columns"))
_FORMS = ("models/test_forms_by_hand.py",)
_COURSES = (
    "models/test_hazards_by_hand.py",
    "models/test_possible_by_hand.py",
    "models/test_courses_by_hand.py",
    "models/test_two_states_by_hand.py",
    "models/test_course_events_by_hand.py",
)
_CURVES = ("survival/test_product_limit.py", "survival/test_exact_mathematics.py", "survival/test_reference_curves.py")
_LIKELIHOOD = ("survival/test_partial_likelihood.py",)
_SCORES = ("survival/test_scores_by_hand.py",)
_CALIBRATION = ("survival/test_calibration_by_hand.py",)

TARGETS = {
    "patient/stage": _STAGE,
    "patient/stage_columns": _STAGE,
    "patient/staging": _STAGE,
    "patient/ajcc": _STAGE,
    "patient/figo": _STAGE,
    "patient/cog": _STAGE,
    "patient/grade": ("patient/test_grade.py",),
    "patient/rules": ("patient/test_rules.py",),
    "patient/answering": ("patient/test_rules.py",),
    "models/forms/form": _FORMS,
    "models/forms/logistic": ("models/test_card_forms.py",),
    "models/forms/points": _FORMS,
    "models/forms/groups": _FORMS,
    "models/forms/baseline": _FORMS,
    "models/forms/hazard": _COURSES,
    "models/forms/course": _COURSES,
    "models/forms/possible": _COURSES,
    "models/transform": ("models/test_transforms_by_hand.py",),
    "survival/transforms": ("survival/test_transforms.py",),
    "survival/curves/product_limit": _CURVES,
    "survival/regression/partial_likelihood": _LIKELIHOOD,
    "survival/measures/accuracy": _SCORES,
    "survival/measures/bootstrap": ("survival/test_bootstrap_by_hand.py",),
    "survival/measures/calibration": _CALIBRATION,
    "survival/measures/calibration_curve": _CALIBRATION,
    "survival/measures/discrimination": ("survival/test_discrimination_by_hand.py",),
    "survival/measures/left_truncated": ("survival/test_left_truncated_by_hand.py",),
    "survival/measures/logarithmic": _SCORES,
    "survival/measures/outcome": _SCORES,
    "survival/measures/pseudo_equations": ("survival/test_pseudo_equations_by_hand.py",),
    "survival/measures/random_effects": ("survival/test_random_effects_by_hand.py",),
    "survival/measures/states": ("survival/test_states_by_hand.py",),
    "survival/measures/usefulness": _SCORES,
}
"""A module (below src/sarcoma, without its suffix) and the tests (below tests) that must see what is changed in it."""

_LEFT_DECORATED = {"staticmethod", "classmethod", "abstractmethod", "overload", "final"}


def prepared(source: str) -> str:
    """The same module with `@d def f` written as `def f` and `f = d(f)`, and what is raised marked as to be left."""
    lines = source.splitlines()
    changes: list[tuple[ast.FunctionDef, list[str]]] = []
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise) and node.end_lineno is not None:
            for line in range(node.lineno - 1, node.end_lineno):
                lines[line] += "  # pragma: no mutate"
    owners: list[ast.Module | ast.ClassDef] = [tree]
    owners += [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    for owner in owners:
        for node in owner.body:
            if not isinstance(node, ast.FunctionDef) or not node.decorator_list:
                continue
            names = {ast.unparse(d).split("(")[0].split(".")[-1] for d in node.decorator_list}
            if names & _LEFT_DECORATED or any("." in ast.unparse(d).split("(")[0] for d in node.decorator_list):
                continue
            changes.append((node, [ast.unparse(d) for d in node.decorator_list]))
    for node, decorators in sorted(changes, key=lambda change: -change[0].lineno):
        called = node.name
        for decorator in reversed(decorators):
            called = f"{decorator}({called})"
        assert node.end_lineno is not None
        lines.insert(node.end_lineno, f"{' ' * node.col_offset}{node.name} = {called}")
        del lines[node.decorator_list[0].lineno - 1 : node.lineno - 1]
    return "\n".join(lines) + "\n"


_LEFT_OUT = ["-p", "no:cacheprovider", "-p", "no:xdist", "-k", "not test_nothing_outside_the_models_asks"]
"""Tests that read the source would read that of the copy."""


def place_of(targets: list[str]) -> Path:
    return ROOT / "build" / "mutate" / targets[0].replace("/", "-")


def workspace(targets: list[str]) -> Path:
    """A copy of the project in which only the targets' modules are mutated and only their tests run."""
    place = place_of(targets)
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    for part in ("src", "tests", "docs", "examples"):
        shutil.copytree(ROOT / part, place / part, ignore=shutil.ignore_patterns("__pycache__", "*.part"))
    modules = [module_of(target) for target in targets]
    for file in [place / module for module in modules]:
        file.write_text(prepared(file.read_text("utf-8")), "utf-8")
    settings = (
        "\n[tool.mutmut]\n"
        'source_paths = ["src"]\n'
        f"only_mutate = {json.dumps(modules)}\n"
        f"pytest_add_cli_args_test_selection = {json.dumps([f'tests/{test}' for test in TARGETS[targets[0]]])}\n"
        f"pytest_add_cli_args = {json.dumps(_LEFT_OUT)}\n"
        'also_copy = ["docs", "examples", "src"]\n'
        'process_isolation = "forkserver"\n'  # Polars' threads do not live through a fork
        "track_dependencies = false\n"
        "use_git_change_detection = false\n"
    )
    (place / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text("utf-8") + settings, "utf-8")
    return place


def workspace_as_it_was(targets: list[str]) -> Path:
    """The copy of an earlier run, with the tests of today.

    Raises
    ------
    SystemExit : there is none, or a module has changed since.
    """
    place = place_of(targets)
    for module in map(module_of, targets):
        copy = place / module
        if not copy.is_file() or copy.read_text("utf-8") != prepared((ROOT / module).read_text("utf-8")):
            raise SystemExit(f"{module} has not been tried as it is now; leave --again out")
    for tests in (place / "tests", place / "mutants" / "tests"):
        shutil.copytree(ROOT / "tests", tests, ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True)
    (place / "mutants" / "mutmut-stats.json").unlink(missing_ok=True)
    return place


def module_of(target: str) -> str:
    return f"{PACKAGE}/{target}.py"


_READ = """
import json, sys
from mutmut.mutation.data import SourceFileMutationData
from mutmut.mutation.diff_apply import get_diff_for_mutant
from mutmut.stats import status_by_exit_code
found = []
data = SourceFileMutationData(path=sys.argv[1])
data.load()
for name, code in data.exit_code_by_key.items():
    status = status_by_exit_code[code]
    seen = status in ("killed", "timeout")
    found.append([name, status, "" if seen else get_diff_for_mutant(name, path=sys.argv[1])])
json.dump(found, sys.stdout)
"""


_THE_SAME = (
    (r",\s*strict=\w+", ""),  # the code zips what it made of one length: `strict` says so, and decides nothing
    (r",\s*\)", ")"),  # what is left of a last argument
    (r"\.astype\((np\.float64|None)\)", ".astype()"),  # NumPy's own default
    (r'einsum\("[A-Za-z,>-]+"', lambda found: found[0].lower()),  # letters of axes
)
"""Ways of writing that mean the same wherever they stand: a change from one to another is not looked for."""


def as_meant(line: str) -> str:
    for pattern, meant in _THE_SAME:
        line = re.sub(pattern, meant, line)
    return line


SEEN = ("killed", "timeout")


@dataclass(frozen=True)
class Mutant:
    """One change: where it is, what became of it, and – where no test saw it – what it is."""

    target: str
    name: str
    status: str
    diff: str

    @property
    def means_the_same(self) -> bool:
        """Whether what it changes is only a way of writing."""
        was, _, now = str(self).split(": ", 1)[1].partition(" ⇒ ")
        return bool(self.diff) and as_meant(was) == as_meant(now)

    def __str__(self) -> str:
        function = re.sub(r"__mutmut_\d+$", "", self.name.rsplit(".", 1)[-1]).removeprefix("x_").lstrip("xǁ")
        removed = [line[1:].strip() for line in self.diff.splitlines() if re.match(r"-(?!--)", line)]
        added = [line[1:].strip() for line in self.diff.splitlines() if re.match(r"\+(?!\+\+)", line)]
        return f"{self.target} {function.replace('ǁ', '.')}: {' '.join(removed)} ⇒ {' '.join(added)}"


def mutated(place: Path, targets: list[str], jobs: int, *, again: bool = False) -> dict[str, list[Mutant]]:
    """Run mutmut in the copy (`again`: for the changes only that nothing has seen yet); what became of every change in
    each target.

    Raises
    ------
    SystemExit : mutmut stopped, for instance because the tests fail unchanged.
    """
    paths = [path for path in sys.path if path and Path(path).name not in ("src", "scripts")]
    one = {f"{library}_NUM_THREADS": "1" for library in ("OPENBLAS", "OMP", "NUMBA")} | {"POLARS_MAX_THREADS": "1"}
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(paths)} | one

    def run(*command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *command], cwd=place, env=environment, capture_output=True, text=True, check=False
        )

    def read() -> dict[str, list[Mutant]]:
        said = {target: run("-c", _READ, module_of(target)) for target in targets}
        return {
            target: [Mutant(target, *mutant) for mutant in json.loads(found.stdout)] for target, found in said.items()
        }

    names = [m.name for found in read().values() for m in found if m.status not in SEEN] if again else []
    if again and not names:
        return read()
    ended = run(str(ROOT / "scripts" / "mutant_runs.py"), "run", "--max-children", str(jobs), *names)
    (place / "mutmut.log").write_text(ended.stdout + ended.stderr, "utf-8")
    if ended.returncode != 0:
        raise SystemExit(f"mutmut stopped; see {place / 'mutmut.log'}\n{ended.stdout[-1500:]}{ended.stderr[-1500:]}")
    return read()


def explained() -> dict[str, str]:
    """Every change that may survive, and why."""
    groups = [group for file in sorted(SURVIVORS.glob("*.yaml")) for group in yaml.safe_load(file.read_text("utf-8"))]
    return {change: group["why"] for group in groups for change in group["changes"]}


def judged(target: str, mutants: list[Mutant]) -> bool:
    """Print what became of the target's mutants; whether all that survived are explained, and all explained survive."""
    mutants = [mutant for mutant in mutants if not mutant.means_the_same]
    counts = Counter(mutant.status for mutant in mutants)
    known = {change for change in explained() if change.split(" ", 1)[0] == target}
    survived = {str(mutant) for mutant in mutants if mutant.status not in SEEN}
    parts = ", ".join(f"{count} {status}" for status, count in sorted(counts.items()))
    print(f"{target}: {len(mutants)} changes: {parts}; {len(survived & known)} of the survivors are explained")
    for change in sorted(survived - known):
        print(f"  no test sees and nothing explains: {change}")
    for change in sorted(known - survived):
        print(f"  stands in {SURVIVORS.name}/ and does not survive: {change}")
    return bool(mutants) and survived == known


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help="a module, or a folder of them")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--again", action="store_true", help="only what no test saw in the last run, by today's tests")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    if options.list:
        for name, tests in TARGETS.items():
            print(f"{name}: {', '.join(tests)}")
        return
    chosen = list(TARGETS)
    if options.targets:
        chosen = [name for name in TARGETS if any(f"{name}/".startswith(f"{asked}/") for asked in options.targets)]
    if not chosen:
        parser.error(f"no such target; there are {', '.join(TARGETS)}")
    together = defaultdict(list)  # what has the same tests is changed in one copy: they are run unchanged only once
    for name in chosen:
        together[TARGETS[name]].append(name)
    good = True
    for names in together.values():
        begun = time.monotonic()
        place = workspace_as_it_was(names) if options.again else workspace(names)
        found = mutated(place, names, options.jobs, again=options.again)
        spent = time.monotonic() - begun
        good &= not [name for name in names if not judged(name, found[name])]
        print(f"  {spent:.0f} s, {sum(map(len, found.values())) / spent:.1f} changes a second", flush=True)
    if not good:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
