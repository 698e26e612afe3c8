from .course import Course as Course
from .event_table import EventTable as EventTable
from .histories import Histories as Histories
