"""What a validation found: for a terminal, as a page, on paper, as data."""

from sarcoma.report.validated.data import validated_data
from sarcoma.report.validated.document import validated_document
from sarcoma.report.validated.text import validated_text

__all__ = ["validated_data", "validated_document", "validated_text"]
