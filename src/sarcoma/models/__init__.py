"""Prognostic models as data: cards, and their execution on one record or many."""

from sarcoma.models.card import Card
from sarcoma.models.catalogue import card, cards, read_card
from sarcoma.models.execute import Predictions, predict
from sarcoma.models.predictor import Requirement

__all__ = ["Card", "Predictions", "Requirement", "card", "cards", "predict", "read_card"]
