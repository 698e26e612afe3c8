"""Validation: how well models predict in a cohort, and how to update them."""

from sarcoma.cohort.validation.result import Validation
from sarcoma.cohort.validation.subject import Subject
from sarcoma.cohort.validation.validate import validate

__all__ = ["Subject", "Validation", "validate"]
