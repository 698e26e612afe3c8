"""Cases from other systems and outlooks back into them: FHIR by mCODE.

Reading: `read_bundle` makes a `Reading` of a Bundle – a record, and where each field came from –, `read_ndjson` of
everybody in a folder. `code_tables` are the codes that are known, each with where it was read. Writing: `record_bundle`
makes a Bundle of a record, by the table of `ELEMENTS`, from which it reads back; `outlook_bundle` one of an outlook.
"""

from sarcoma.exchange.codes import Code, CodeTables, code_tables
from sarcoma.exchange.elements import ELEMENTS, Element
from sarcoma.exchange.fhir import read_bundle
from sarcoma.exchange.ndjson import read_ndjson
from sarcoma.exchange.omop import omop_codes, read_omop
from sarcoma.exchange.outlook_bundle import outlook_bundle
from sarcoma.exchange.reading import Origin, Reading, Refused, Remark, StatedStage, Unread
from sarcoma.exchange.writing import record_bundle

__all__ = [
    "ELEMENTS",
    "Code",
    "CodeTables",
    "Element",
    "Origin",
    "Reading",
    "Refused",
    "Remark",
    "StatedStage",
    "Unread",
    "code_tables",
    "omop_codes",
    "outlook_bundle",
    "read_bundle",
    "read_ndjson",
    "read_omop",
    "record_bundle",
]
