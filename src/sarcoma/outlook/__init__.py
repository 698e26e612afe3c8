"""One person: which models apply, what they say, and the evidence around it."""

import sys
import types
import warnings
from typing import Any

from sarcoma.outlook.answers import ModelAnswer
from sarcoma.outlook.course import CourseFigure, course_at
from sarcoma.outlook.figure import OutlookFigure
from sarcoma.outlook.outlook import Outlook, SiteOutlook, outlook_of
from sarcoma.outlook.scenarios import Scenario
from sarcoma.outlook.treatments import TreatmentOutlook
from sarcoma.outlook.why import Origin, why

__all__ = [
    "CourseFigure",
    "ModelAnswer",
    "Origin",
    "Outlook",
    "OutlookFigure",
    "Scenario",
    "SiteOutlook",
    "TreatmentOutlook",
    "course_at",
    "outlook_of",
    "why",
]


class _Room(types.ModuleType):
    """`sarcoma.outlook(patient)`, as version 0.1 had it, still answers in 0.2."""

    def __call__(self, *args: Any, **kwargs: Any) -> Outlook:
        warnings.warn("sarcoma.outlook(…) is now sarcoma.outlook_of(…)", DeprecationWarning, stacklevel=2)
        return outlook_of(*args, **kwargs)


sys.modules[__name__].__class__ = _Room
