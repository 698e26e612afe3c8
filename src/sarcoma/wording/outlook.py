"""What is said about an outlook as a whole, and about its scenarios."""

from __future__ import annotations

from collections.abc import Mapping

from sarcoma.outlook.figure import Start
from sarcoma.outlook.outlook import Note
from sarcoma.wording.language import N_, _

NOTES: Mapping[Note, str] = {
    "late-after-metastasis": N_(
        "The published figures start at the first metastasis. This record looks ahead from later, so they do not "
        "fit as they stand: the early deaths lie behind."
    ),
    "late-after-diagnosis": N_(
        "The published rates start at diagnosis or operation. This record looks ahead from later, so the risk that "
        "is left is smaller than they say; most spread shows itself in the first years."
    ),
    "child": N_(
        "Nearly all figures here are of adults and are left out: sarcoma in children and teenagers is another "
        "matter, and is treated in centres for children."
    ),
    "after-recurrence": N_(
        "The published rates are counted from the first tumour. After a local recurrence they do not fit, and are "
        "left out."
    ),
}


def note(code: Note) -> str:
    """What to bear in mind with every published figure, in the language in use."""
    return _(NOTES[code])


NOTES_IN_SHORT: Mapping[Note, str] = {
    "late-after-metastasis": N_("The figures start at the first metastasis; later on they do not fit as they stand."),
    "late-after-diagnosis": N_("The figures start at diagnosis or operation; the risk that is left is smaller."),
    "child": N_("Nearly all figures are of adults and are left out for children and teenagers."),
    "after-recurrence": N_("Figures of the first tumour do not fit after a local recurrence and are left out."),
}
"""The same where there is little room."""


def note_in_short(code: Note) -> str:
    """What to bear in mind with every published figure, in one line or two."""
    return _(NOTES_IN_SHORT[code])


SCENARIO_LIMITS = (
    N_("Reckoned from the median, not observed: a quarter of it, half to double, three times."),
    N_("The multiples come from trials of breast cancer treatment; they were not tested in sarcoma."),
    N_("The tail may be longer than three times the median, so the best case may be understated."),
)
"""What three scenarios cannot say."""


def counted_from(start: Start) -> str:
    """From when a conditional figure counts."""
    zero = start.time_zero.replace("-", " ")
    return f"counted from now, {start.months:.3g} months after the {zero}, of people who are {start.state} now"
