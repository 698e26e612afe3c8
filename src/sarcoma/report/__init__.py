"""Words: an outlook as text and as plain data."""

from sarcoma.report.data import as_data
from sarcoma.report.text import TextReport
from sarcoma.wording.figures import NOTICE

__all__ = ["NOTICE", "TextReport", "as_data"]
