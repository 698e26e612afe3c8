"""Counting: courses, histories, event tables."""
