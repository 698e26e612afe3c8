"""Fitting: a recipe and a cohort give a model card."""

from sarcoma.cohort.fitting.fit import fit
from sarcoma.cohort.fitting.recipe import Recipe, read_recipe

__all__ = ["Recipe", "fit", "read_recipe"]
