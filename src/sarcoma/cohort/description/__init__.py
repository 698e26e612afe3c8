"""The living article: the questions that articles answer from old studies, answered from a cohort."""

from sarcoma.cohort.description.estimates import ENOUGH, share
from sarcoma.cohort.description.figures import Bar, Bars, Description, Kind, Line, Picture, Section, Value
from sarcoma.cohort.description.questions import describe

__all__ = ["ENOUGH", "Bar", "Bars", "Description", "Kind", "Line", "Picture", "Section", "Value", "describe", "share"]
