"""Pseudo-text: the package runs with every sentence in it replaced, so that no code can decide by a sentence.

While a module of the package is imported, each string in its source that reads as words is rewritten – accented, and
marked at both ends with where it stands. Two places that write the same sentence therefore no longer agree: a prefix,
a suffix, a pattern or an exact text that one module looks for in what another wrote is not found any more, and the
tests of behaviour fail. What people wrote in the YAML of the evidence and of the cards is rewritten as it is read.

Not rewritten: docstrings, annotations, every text that stands in a `Literal` (a declared code), arguments of `re`,
markup and headers, and the modules of `NOT_WORDS` – most of them recognise what users and publishers write.
"""

from __future__ import annotations

import ast
import hashlib
import importlib.abc
import importlib.machinery
import re
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

PACKAGE = "sarcoma"
SOURCE = Path(__file__).parents[2] / "src" / PACKAGE

NOT_WORDS: dict[str, str] = {
    "cohort.event_table_arrow": "names of the columns of a schema",
    "cohort.reading.draft_mapping": "recognises columns and values in the tables of others",
    "cohort.reading.event_codes": "recognises what others write for dead and alive",
    "cohort.reading.readers.cbioportal_draft": "recognises columns and values in studies of cBioPortal",
    "cohort.reading.omop.parquet": "SQL",
    "cohort.reading.omop.postgres": "SQL, and what it recognises of what a database server says",
    "cohort.reading.omop.queries": "SQL",
    "cohort.reading.omop.tables": "SQL",
    "cohort.writing.omop": "SQL",
    "cohort.writing.omop_codes": "names of domains and classes of OMOP's concepts",
    "cohort.writing.cbioportal": "writes the codes and headings of cBioPortal's format",
    "cohort.simulate": "makes up the cells of a registry's table",
    "patient.histology": "recognises histologic types as pathologists write them",
    "patient.words": "recognises answers as users write them",
    "scale.duckdb_engine": "SQL",
    "scale.sources": "SQL",
    "scale.spark_engine": "settings of Spark, and what it recognises of what Spark says",
    "_sheets": "reads spreadsheets",
    "_tables": "reads tables of text",
}
"""Module → why its strings are not words for people."""

CODES: dict[str, str] = {
    "local recurrence": "a state of a course, as cards and event tables name it",
    " metastasis": "the end of the name of a state: lung metastasis",
    "lower limb": "what a user may write, in the example of a record",
    "no metastasis": "a state of a course",
    "death without metastasis": "a state of a course",
    "metastasis elsewhere": "a state of a course",
    "death from any cause": "an event of a card",
    "any metastasis": "an event of a card",
    "range over what is not known": "a kind of interval, in the JSON",
    "local-recurrence untimed": "a column that a counting plan names",
    "metastasis untimed": "a column that a counting plan names",
    " untimed": "the end of such a name",
    "at risk: ": "the start of the name of a column of event tables",
    "censored: ": "the start of such a name",
    "does not apply": "a status of a model, in the JSON",
    "cannot tell": "a status of a model, in the JSON",
    "not known": "a situation, in the JSON",
}
"""Text → why it is a code although it has a space, and no `Literal` declares it."""

_WORDS = re.compile(r"[A-Za-z]{2,}\S*\s+\S*[A-Za-z]")
_LETTERS = re.compile(r"[A-Za-z]{2,}")
_KEPT = re.compile(r"(%\(\w+\)[sd]|%[sd]|\{[^{}]*\}|</?\w[^>]*>|&\w+;)")
_MARKUP = re.compile(
    r"</|/>|<\w+[ >]|/\*|^\w+/[\w.+-]+;|\\[bdsw(]|;\s*[\w-]+:|[{}]\s*\.|'(none|self)'|^(inline|attachment); |max-age="
    r"|^_[a-z]"  # a name of ours: no sentence begins with it
)
_ACCENTS = str.maketrans("aeiouyAEIOUY", "áéíóúýÁÉÍÓÚÝ")
_NO_DIGITS = str.maketrans("0123456789", "ghijklmnop")


def reads_as_words(text: str) -> bool:
    """Whether a string is words for people, as far as its form tells."""
    return bool(_WORDS.search(text)) and not _MARKUP.search(text)


def pseudo(text: str, place: str = "") -> str:
    """The pseudo-text of a text; placeholders and white space at its ends stay."""
    inner = text.strip()
    if not inner or inner[0] == "‹":
        return text
    start = len(text) - len(text.lstrip())
    end = len(text.rstrip())
    mark = hashlib.sha256(place.encode()).hexdigest()[:3].translate(_NO_DIGITS)
    said = "".join(
        part if position % 2 else part.translate(_ACCENTS) for position, part in enumerate(_KEPT.split(inner))
    )
    return f"{text[:start]}‹{mark}›{said}‹{mark}›{text[end:]}"


@cache
def declared_codes() -> frozenset[str]:
    """Every text that a `Literal` anywhere in the package declares."""
    found: set[str] = set(CODES)
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Subscript) and getattr(node.value, "id", None) == "Literal":
                found |= {
                    c.value for c in ast.walk(node.slice) if isinstance(c, ast.Constant) and isinstance(c.value, str)
                }
    return frozenset(found)


class _Rewriter(ast.NodeTransformer):
    """Rewrites the words of one module."""

    def __init__(self, module: str) -> None:
        self.module = module

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        return node if isinstance(node.value, ast.Constant) else self.generic_visit(node)

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        return node if getattr(node.value, "id", None) == "Literal" else self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        function = node.func
        if isinstance(function, ast.Attribute) and getattr(function.value, "id", None) == "re":
            node.args[1:] = [self.visit(argument) for argument in node.args[1:]]
            return node
        return self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        if isinstance(node.value, str) and node.value not in declared_codes() and reads_as_words(node.value):
            return ast.copy_location(ast.Constant(pseudo(node.value, self._place(node))), node)
        return node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:
        parts = [v.value for v in node.values if isinstance(v, ast.Constant)]
        words = any(" " in p and _LETTERS.search(p) for p in parts) and not any(_MARKUP.search(p) for p in parts)
        for position, value in enumerate(node.values):
            if isinstance(value, ast.FormattedValue):
                value.value = self.visit(value.value)
            elif (
                isinstance(value, ast.Constant) and words and _LETTERS.search(value.value) and value.value not in CODES
            ):
                node.values[position] = ast.copy_location(ast.Constant(pseudo(value.value, self._place(value))), value)
        return node

    def _place(self, node: ast.expr) -> str:
        return f"{self.module}:{node.lineno}:{node.col_offset}"


class _Loader(importlib.machinery.SourceFileLoader):
    def get_code(self, fullname: str) -> Any:
        path = self.get_filename(fullname)
        tree = ast.parse(self.get_data(path), path)
        module = fullname.removeprefix(f"{PACKAGE}.")
        if module not in NOT_WORDS:
            tree = ast.fix_missing_locations(_Rewriter(module).visit(tree))
        return compile(tree, path, "exec", dont_inherit=True)

    def exec_module(self, module: ModuleType) -> None:
        super().exec_module(module)
        if module.__name__ == f"{PACKAGE}._files":
            _read_as_pseudo(module)


_PROSE = re.compile(
    r"^(plain(_\w+)?|statement|note|\w+_note|text|lead|title|heading|caution|action|signs|help|why|ask|because|"
    r"clinical|offers|claim|known_problems|not_for|assumption|describe|read_in|checked_against|what)$"
)


def _read_as_pseudo(files: Any) -> None:
    """The prose of the YAML becomes pseudo-text as it is read; names, codes, keys and citations stay."""
    read_folder = files.read_folder

    def changed(value: Any, prose: bool = False) -> Any:
        if isinstance(value, dict):
            return {k: changed(v, bool(_PROSE.match(k)) if isinstance(k, str) else False) for k, v in value.items()}
        if isinstance(value, list):
            return [changed(v, prose) for v in value]
        return pseudo(value) if prose and isinstance(value, str) and reads_as_words(value) else value

    files.read_folder = lambda folder: changed(read_folder(folder))
    files.VALIDATED_IS_KEPT = False


class _Finder(importlib.abc.MetaPathFinder):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname.partition(".")[0] != PACKAGE:
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if spec is not None and isinstance(spec.loader, importlib.machinery.SourceFileLoader):
            spec.loader = _Loader(spec.loader.name, spec.loader.path)
        return spec


def install() -> None:
    """From now on the package is imported with pseudo-text."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())
