"""Sarcoma Outlook: from what is known about a soft tissue sarcoma to an honest, checkable outlook.

>>> import sarcoma
>>> patient = sarcoma.Patient(age=62, type="LMS", site="lower limb", size=7, depth="deep", grade=3, surgery="resected")
>>> sarcoma.outlook_of(patient).situation
'localised'

One room for each part of the work: `evidence`, `patient`, `models`, `outlook` for one person; `cohort`, `survival`,
`fitting`, `validation` for many, `hospitals` for many hospitals; `exchange` for cases from other systems.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from sarcoma import _parts
from sarcoma._version import __version__

if TYPE_CHECKING:
    from sarcoma import (
        cohort,
        evidence,
        exchange,
        fitting,
        hospitals,
        models,
        outlook,
        patient,
        report,
        survival,
        validation,
    )
    from sarcoma.errors import SarcomaError
    from sarcoma.outlook import Outlook, outlook_of
    from sarcoma.patient import Patient

__all__ = [
    "Outlook",
    "Patient",
    "SarcomaError",
    "__version__",
    "cohort",
    "evidence",
    "exchange",
    "fitting",
    "hospitals",
    "models",
    "outlook",
    "outlook_of",
    "patient",
    "report",
    "survival",
    "validation",
]

_parts.install()

_MEMBERS = {"Outlook": "outlook", "Patient": "patient", "SarcomaError": "errors", "outlook_of": "outlook"}


def __getattr__(name: str) -> Any:
    """Rooms and members are imported at first use, so that the command line starts fast."""
    if name in _MEMBERS:
        return getattr(import_module(f"sarcoma.{_MEMBERS[name]}"), name)
    if name in __all__:
        return import_module(f"sarcoma.{name}")
    raise AttributeError(f"module 'sarcoma' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
