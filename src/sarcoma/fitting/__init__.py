"""Fitting: a recipe and a cohort give a model card."""

from sarcoma.fitting.fit import fit
from sarcoma.fitting.recipe import Recipe, read_recipe, recipe_of

__all__ = ["Recipe", "fit", "read_recipe", "recipe_of"]
