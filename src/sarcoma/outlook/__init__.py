"""One person: which models apply, what they say, and the evidence around it.

The room is callable: `sarcoma.outlook(patient)` is `sarcoma.outlook.outlook(patient)`.
"""

import sys
import types
from typing import Any

from sarcoma.outlook.answers import ModelAnswer
from sarcoma.outlook.course import CourseFigure, course_at
from sarcoma.outlook.figure import OutlookFigure
from sarcoma.outlook.outlook import Outlook, SiteOutlook, TreatmentOutlook, outlook
from sarcoma.outlook.scenarios import Scenario
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
    "outlook",
    "why",
]


class _CallableRoom(types.ModuleType):
    """So that the room's one verb is the room's own name."""

    def __call__(self, *args: Any, **kwargs: Any) -> Outlook:
        return outlook(*args, **kwargs)


sys.modules[__name__].__class__ = _CallableRoom
