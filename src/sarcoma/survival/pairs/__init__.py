"""Concordance: which of two people the event comes to first."""
