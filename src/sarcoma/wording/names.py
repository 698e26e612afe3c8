"""Names as people are shown them: without the codes and asides of registers, in the language in use."""

from __future__ import annotations

import re

from sarcoma.evidence import HistologicType
from sarcoma.wording.language import _

_NOT_SPECIFIED = re.compile(r",? \(?(?:NOS|SAI|EOE|not otherwise specified|sin otra indicación)\)?$", re.IGNORECASE)
"""What classifications write behind a name that stands for itself, in English and in Spanish."""

_FORMERLY = re.compile(r"(?:,\s*|\s*\()(?:formerly|antes|anteriormente)\s[^(),]*(\)?)")


def type_name(kind: HistologicType) -> str:
    """The name of a histologic type. One that only says the family is told as such."""
    name = without_asides(_(kind.name))
    if kind.id.endswith("-nos"):
        return _("%(name)s, not named more exactly") % {"name": name}
    return name


def without_asides(name: str) -> str:
    """A name without "NOS" and without what something was called before."""
    return _FORMERLY.sub(_kept, _NOT_SPECIFIED.sub("", name)).strip()


def _kept(aside: re.Match[str]) -> str:
    """A bracket that was opened before the aside stays closed."""
    return aside.group(1) if aside.group().startswith(",") else ""
