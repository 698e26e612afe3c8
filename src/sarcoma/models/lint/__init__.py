"""Checking a card that a stranger wrote: what is wrong, what is doubtful, what a reader should know."""

from sarcoma.models.finding import Finding
from sarcoma.models.lint.lint import lint, lint_card
from sarcoma.models.lint.vectors import vector_problems

__all__ = ["Finding", "lint", "lint_card", "vector_problems"]
