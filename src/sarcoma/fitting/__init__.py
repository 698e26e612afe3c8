"""Fitting: a recipe and a cohort give a model card; `explore` gives hazard ratios without one."""

from sarcoma.fitting.exploratory import explore
from sarcoma.fitting.fit import fit
from sarcoma.fitting.recipe import Recipe, read_recipe, recipe_of

__all__ = ["Recipe", "explore", "fit", "read_recipe", "recipe_of"]
