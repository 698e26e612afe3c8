"""For a paper: tables as CSV, Excel, Word and PDF, figures as SVG, PNG and PDF files of their own."""

from sarcoma.report.paper.baseline import table_of_baseline
from sarcoma.report.paper.curves import figure_of_curves, table_of_curves
from sarcoma.report.paper.figure import PaperFigure
from sarcoma.report.paper.forest import figure_of_hazards
from sarcoma.report.paper.hazards import table_of_hazards
from sarcoma.report.paper.table import PaperTable

__all__ = [
    "PaperFigure",
    "PaperTable",
    "figure_of_curves",
    "figure_of_hazards",
    "table_of_baseline",
    "table_of_curves",
    "table_of_hazards",
]
