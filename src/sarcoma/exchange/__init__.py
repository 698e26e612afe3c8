"""Cases from other systems and outlooks back into them: FHIR by mCODE.

Reading: `read_bundle` makes a `Reading` of a Bundle – a record, and where each field of it came from. `code_tables` are
the codes that are known, each with where it was read.
"""

from sarcoma.exchange.codes import Code, CodeTables, code_tables
from sarcoma.exchange.fhir import read_bundle
from sarcoma.exchange.reading import Origin, Reading, Refused, Remark, StatedStage, Unread

__all__ = [
    "Code",
    "CodeTables",
    "Origin",
    "Reading",
    "Refused",
    "Remark",
    "StatedStage",
    "Unread",
    "code_tables",
    "read_bundle",
]
