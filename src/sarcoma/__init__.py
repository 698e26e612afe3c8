"""Sarcoma Outlook: from what is known about a soft tissue sarcoma to an honest, checkable outlook.

>>> import sarcoma
>>> patient = sarcoma.Patient(age=62, type="LMS", site="lower limb", size=7, depth="deep", grade=3, surgery="resected")
>>> sarcoma.outlook(patient).situation
'localised'
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sarcoma import evidence, models, outlook, patient
    from sarcoma.errors import SarcomaError
    from sarcoma.patient import Patient

__version__ = "0.1.0"

__all__ = ["Patient", "SarcomaError", "__version__", "evidence", "models", "outlook", "patient"]

_MEMBERS = {"Patient": "sarcoma.patient", "SarcomaError": "sarcoma.errors"}


def __getattr__(name: str) -> Any:
    """Rooms and members are imported at first use, so that the command line starts fast."""
    if name in _MEMBERS:
        return getattr(import_module(_MEMBERS[name]), name)
    if name in __all__:
        return import_module(f"sarcoma.{name}")
    raise AttributeError(f"module 'sarcoma' has no attribute {name!r}")
