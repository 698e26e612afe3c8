"""What is known in general: sources, facts, histologic types, sites, treatments, claims.

The evidence is YAML in `data/`; this room gives it types and answers queries.
"""

from sarcoma.evidence.change import Change, Release
from sarcoma.evidence.chapter import Chapter, Part, Picture, PicturedFigure
from sarcoma.evidence.claim import Claim, Organisation, Question
from sarcoma.evidence.door import Door, DoorStep
from sarcoma.evidence.due_list import Due, due, overdue_reviews, overdue_topics
from sarcoma.evidence.entry import Entry, Review, review_state
from sarcoma.evidence.fact import SURVIVAL_MEASURES, Fact, Figure
from sarcoma.evidence.general_statement import Covered, GeneralStatement
from sarcoma.evidence.histology import Group, Grouping, HistologicType
from sarcoma.evidence.library import Library, library, staging_tables
from sarcoma.evidence.people import People
from sarcoma.evidence.primary_site import PrimarySite, sites_of
from sarcoma.evidence.profile import Profile
from sarcoma.evidence.regulator import Country, Regulator
from sarcoma.evidence.risk_row import RiskRow
from sarcoma.evidence.rule import Condition, Rule
from sarcoma.evidence.site import MetastaticSite, RedFlag, Symptom
from sarcoma.evidence.source import Source, SourceStatus
from sarcoma.evidence.staging import StagingTables
from sarcoma.evidence.topic_review import TopicReview
from sarcoma.evidence.treatment import Approval, Conditions, Guideline, Treatment
from sarcoma.evidence.trial_register import TrialRegister

__all__ = [
    "SURVIVAL_MEASURES",
    "Approval",
    "Change",
    "Chapter",
    "Claim",
    "Condition",
    "Conditions",
    "Country",
    "Covered",
    "Door",
    "DoorStep",
    "Due",
    "Entry",
    "Fact",
    "Figure",
    "GeneralStatement",
    "Group",
    "Grouping",
    "Guideline",
    "HistologicType",
    "Library",
    "MetastaticSite",
    "Organisation",
    "Part",
    "People",
    "Picture",
    "PicturedFigure",
    "PrimarySite",
    "Profile",
    "Question",
    "RedFlag",
    "Regulator",
    "Release",
    "Review",
    "RiskRow",
    "Rule",
    "Source",
    "SourceStatus",
    "StagingTables",
    "Symptom",
    "TopicReview",
    "Treatment",
    "TrialRegister",
    "due",
    "library",
    "overdue_reviews",
    "overdue_topics",
    "review_state",
    "sites_of",
    "staging_tables",
]
