"""What is known in general: sources, facts, histologic types, sites, treatments, claims.

The evidence is YAML in `data/`; this room gives it types and answers queries.
"""

from sarcoma.evidence.chapter import Chapter, Part
from sarcoma.evidence.claim import Claim, Organisation, Question
from sarcoma.evidence.entry import Entry
from sarcoma.evidence.fact import SURVIVAL_MEASURES, Fact, Figure
from sarcoma.evidence.histology import Group, Grouping, HistologicType
from sarcoma.evidence.library import Library, library
from sarcoma.evidence.primary_site import PrimarySite, sites_of
from sarcoma.evidence.rule import Condition, Rule
from sarcoma.evidence.site import MetastaticSite, RedFlag, Symptom
from sarcoma.evidence.source import Source
from sarcoma.evidence.staging import StagingTables, staging_tables
from sarcoma.evidence.treatment import Approval, Treatment

__all__ = [
    "SURVIVAL_MEASURES",
    "Approval",
    "Chapter",
    "Claim",
    "Condition",
    "Entry",
    "Fact",
    "Figure",
    "Group",
    "Grouping",
    "HistologicType",
    "Library",
    "MetastaticSite",
    "Organisation",
    "Part",
    "PrimarySite",
    "Question",
    "RedFlag",
    "Rule",
    "Source",
    "StagingTables",
    "Symptom",
    "Treatment",
    "library",
    "sites_of",
    "staging_tables",
]
