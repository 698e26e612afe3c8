"""Reporting and appraisal checklists, filled where the software knows the answer."""

from sarcoma.report.checklists.fill import Checklist, Filled, filled

__all__ = ["Checklist", "Filled", "filled"]
