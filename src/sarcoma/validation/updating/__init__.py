"""Updating a model: the ladder of updates, and the card that it gives."""
