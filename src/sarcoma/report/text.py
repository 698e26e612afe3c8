"""The outlook as text for a terminal: for clinicians, and in plain words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal, get_args

from sarcoma._arguments import checked
from sarcoma.evidence import library
from sarcoma.outlook import Outlook
from sarcoma.outlook.first import first_alarms
from sarcoma.patient import field_specs
from sarcoma.patient.stage import Reading, Staging
from sarcoma.report.draft import Draft
from sarcoma.report.evidence import EvidenceWriter
from sarcoma.report.stage_in_short import open_fields
from sarcoma.wording import figures
from sarcoma.wording import staging as stage_words
from sarcoma.wording.alive import standing
from sarcoma.wording.outlook import note
from sarcoma.wording.record import SITUATIONS, known_value

Section = Literal[
    "case", "alarms", "stage", "answers", "spread", "survival", "where", "treatments", "missing", "not-covered",
    "questions", "sources",
]  # fmt: skip
"""The parts of the whole, by the names that a terminal takes."""
SECTIONS: tuple[Section, ...] = get_args(Section)


class TextReport(EvidenceWriter):
    """One outlook as text; `str()` gives it."""

    @checked
    def __init__(
        self,
        outlook: Outlook,
        *,
        plain: bool,
        survival: bool,
        width: int = 80,
        colour: bool = False,
        page: Draft | None = None,
        country: str | None = None,
    ) -> None:
        super().__init__(outlook, page or Draft(), plain=plain, survival=survival, country=country)
        self._width, self._colour = width, colour

    def __str__(self) -> str:
        self.write()
        return self.page.document().text(self._width, colour=self._colour)

    def write(self) -> None:
        """Everything onto the page: the case, the answers, what can be done, what is missing, then the evidence."""
        self._case()
        self._alarms()
        self._grade_and_stage()
        self.answers()
        self.sites()
        self.treatments()
        self._missing()
        self._not_covered()
        if self.outlook.situation != "metastatic":
            self.spread()
        if self.survival:
            self.survival_part()
        self._questions()
        self._closing()

    def write_section(self, section: Section) -> None:
        """One part of the whole: an answer with all its figures and the evidence beneath it."""
        parts: Mapping[Section, Callable[[], None]] = {
            "case": self._case,
            "alarms": self._alarms,
            "stage": self._grade_and_stage,
            "answers": self.answers,
            "spread": self._spread_whole,
            "survival": self._survival_whole,
            "where": self._where_whole,
            "treatments": self.treatments,
            "missing": self._missing,
            "not-covered": self._not_covered,
            "questions": self._questions,
            "sources": self._closing,
        }
        parts[section]()

    def _spread_whole(self) -> None:
        self.answers_to("spread", "local", "left")
        if self.outlook.situation != "metastatic":
            self.spread()

    def _where_whole(self) -> None:
        self.answers_to("where")
        self.sites()

    def _survival_whole(self) -> None:
        self.answers_to("survival")
        self.survival_part()

    def write_evidence(self) -> None:
        """The published evidence alone: risk of spread, sites, treatments, survival."""
        self.standing()
        if self.outlook.situation != "metastatic":
            self.spread()
        self.sites()
        self.treatments()
        if self.survival:
            self.survival_part()

    def standing(self) -> None:
        """Whether a clinician has read this, and whether somebody should have looked at it again."""
        for said in standing(self.outlook):
            self.page.caution(said)

    def _case(self) -> None:
        self._opening()
        self._record()

    def _alarms(self) -> None:
        self.page.heading("When to get help" if self.plain else "Alarms")
        for flag in first_alarms(self.outlook, most=99):
            self.red_flag(flag)

    def _opening(self) -> None:
        page = self.page
        page.heading("Sarcoma outlook")
        page.text(figures.NOTICE)
        self.standing()
        page.blank()
        page.text(SITUATIONS[self.outlook.situation][self.plain] + ("" if self.plain else "."))
        for flag in self.outlook.red_flags:
            if flag.id == "anything-sudden":
                page.blank()
                page.text(flag.plain_action if self.plain else flag.action)

    def _record(self) -> None:
        page = self.page
        page.heading("What you told us" if self.plain else "What is known")
        for known in self.outlook.known:
            if not known.assumed:
                page.row(known.label, known_value(known))
        assumed = [k for k in self.outlook.known if k.assumed]
        if assumed:
            said = "; ".join(f"{k.label.lower()}: {known_value(k)}" for k in assumed)
            page.text(f"Taken so because nothing was said: {said}. Say “unknown” where it is not known.", indent=2)

    def _missing(self) -> None:
        page, stage = self.page, open_fields(self.outlook)
        page.heading("Not known" if not self.plain else "Not known yet")
        names = {m.card.id: m.card.short_name for m in self.outlook.models}
        for missing in self.outlook.missing:
            needed = [*(["the stage"] if missing.field in stage else []), *(names[c] for c in missing.needed_by)]
            why = f"would sharpen or allow: {', '.join(needed)}" if needed else ""
            page.row(missing.label, field_specs()[missing.field].help if self.plain else why)
        if not self.outlook.missing:
            page.text("Nothing that the tables or the models here ask for is unknown.")

    def _not_covered(self) -> None:
        """Why published figures do not fit as they stand, what is withheld, and models that say nothing."""
        page, outlook = self.page, self.outlook
        page.heading("What is not covered")
        for code in outlook.notes:
            page.caution(note(code))
        asked = [given for given in outlook.answers if self.survival or given.question != "survival"]
        withheld = {one.origin: one.statements for given in asked for one in given.withheld}
        named = dict.fromkeys(name for names in withheld.values() for name in names)
        every = library().general_statements
        statements = {name: every[name] for name in named if name in every}
        if withheld:
            page.text(f"General figures that do not fit and are withheld: {len(withheld)}.")
            for name, statement in statements.items():
                page.item(statement.plain if self.plain else statement.because, key=f"statement-{name}")
        elif not outlook.notes:
            page.text("No published figure is withheld from this record.")
        self.models_that_do_not_apply()

    def _grade_and_stage(self) -> None:
        page, outlook = self.page, self.outlook
        page.heading("Grade and stage")
        grades = outlook.grades
        if outlook.grade_given:
            text = (
                "FNCLCC grade X: it could not be assessed."
                if grades == ("X",)
                else f"FNCLCC grade {grades[0]}, as given."
            )
        elif len(grades) == 1:
            text = f"FNCLCC grade {grades[0]}, from its parts."
        elif not outlook.profiles.graded:
            text = "This type is not graded by FNCLCC."
        else:
            text = f"FNCLCC grade not known; still possible: {', '.join(grades)}."
        page.item(text, key="FNCLCC")
        if self.plain:
            page.note("The grade says how wild the cells look and how fast they divide: 1 is slow, 3 is fast.")
        for staging in outlook.staging:
            self._staging(staging)
        if outlook.situation == "metastatic" and any(s.m and s.m.as_assigned == "M0" for s in outlook.staging):
            page.note(
                "A metastasis was found later. The stage at diagnosis does not change; the disease now is metastatic."
            )

    def _staging(self, staging: Staging) -> None:
        page, group = self.page, staging.group
        parts = [_reading(r) for r in (staging.t, staging.n, staging.m) if r is not None]
        title = f"{stage_words.title(staging)}, at diagnosis"
        page.item(f"{title}: {' '.join(parts)}" if parts else title, key=staging.origins[0])
        if group is not None and group.as_assigned:
            sure = len(group.possible) == 1
            how = "." if sure else " as the tables assign it: unassessed nodes count as N0, an unassessed grade as GX."
            page.text(f"{stage_words.word(staging).capitalize()} {group.as_assigned}{how}", indent=2)
        if group is not None and len(group.possible) > 1:
            page.text(f"Still possible while something is not known: {', '.join(group.possible)}.", indent=2)
        for said in stage_words.plain_notes(staging) if self.plain else stage_words.notes(staging):
            page.note(said)

    def _questions(self) -> None:
        self.page.heading("Questions for the team")
        if not self.outlook.questions:
            self.page.text("No question of the list fits this record.")
        for question in self.outlook.questions:
            self.page.item(question.plain if self.plain else question.text)

    def _closing(self) -> None:
        page = self.page
        page.heading("Where the numbers come from")
        page.text(
            "Every figure carries its key in brackets: “sarcoma why KEY” opens the source, the level of evidence and "
            "the arithmetic."
        )
        if self.plain:
            page.blank()
            page.subheading("People to talk to")
            page.text("“sarcoma people COUNTRY” lists people and groups who listen and help, country by country.")
            organisations(page, "international")
        if not self.survival:
            page.blank()
            page.text("Survival figures are not shown. Add --survival if you want to see them.")


def organisations(page: Draft, country: str | None = None) -> int:
    """People to talk to, in one country or in all, onto a page; how many there were."""
    every = tuple(library().organisations.values())
    found = every if country is None else library().organisations_in(country)
    for organisation in found:
        page.item(f"{organisation.name} ({organisation.country}): {organisation.offers}")
        page.note(organisation.url)
    return len(found)


def _reading(reading: Reading) -> str:
    """A category as assigned, with what is still possible."""
    if reading.as_assigned is None:
        return "/".join(reading.possible)
    if len(reading.possible) > 1:
        return f"{reading.as_assigned} (possible: {'/'.join(reading.possible)})"
    return reading.as_assigned
