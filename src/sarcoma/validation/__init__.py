"""Validation: how well models predict in a cohort, and how to update them."""

from sarcoma.validation.result import Validation
from sarcoma.validation.subject import Subject
from sarcoma.validation.validate import validate

__all__ = ["Subject", "Validation", "validate"]
