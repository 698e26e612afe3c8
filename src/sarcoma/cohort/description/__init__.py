"""The living article: the questions that articles answer from old studies, answered from a cohort."""

from sarcoma.cohort.description.baseline import BaselineTable, baseline_table
from sarcoma.cohort.description.estimates import ENOUGH, share
from sarcoma.cohort.description.figures import Bar, Bars, Description, Kind, Line, Picture, Section, Value
from sarcoma.cohort.description.group_curves import GroupCurves, group_curves
from sarcoma.cohort.description.questions import describe
from sarcoma.cohort.description.variables import Variable, variable

__all__ = [
    "ENOUGH",
    "Bar",
    "Bars",
    "BaselineTable",
    "Description",
    "GroupCurves",
    "Kind",
    "Line",
    "Picture",
    "Section",
    "Value",
    "Variable",
    "baseline_table",
    "describe",
    "group_curves",
    "share",
    "variable",
]
