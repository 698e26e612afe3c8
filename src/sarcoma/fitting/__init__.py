"""Fitting: a recipe and a cohort give a model card."""

from sarcoma.fitting.fit import fit
from sarcoma.fitting.recipe import Recipe, read_recipe

__all__ = ["Recipe", "fit", "read_recipe"]
