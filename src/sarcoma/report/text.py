"""The outlook as text for a terminal: for clinicians, and in plain words."""

from __future__ import annotations

from sarcoma.evidence import Fact, RedFlag, library
from sarcoma.outlook import ModelAnswer, Outlook, OutlookFigure, Scenario, SiteOutlook, TreatmentOutlook
from sarcoma.outlook.figure import citation
from sarcoma.patient import field_specs
from sarcoma.patient.stage import Reading, Staging
from sarcoma.report import wording
from sarcoma.report.page import Page

CHAPTERS = {
    "extremity-trunk": "trunk and extremity",
    "retroperitoneum": "retroperitoneum",
    "head-neck": "head and neck",
    "viscera": "organs of abdomen and chest",
    "uterus": "uterus",
}

SITUATIONS = {
    "localised": ("Localised: no metastasis known", "The sarcoma has not spread, as far as is known."),
    "recurrent": (
        "Local recurrence; no metastasis known",
        "The sarcoma has come back at the same place. It has not spread elsewhere, as far as is known.",
    ),
    "metastatic": ("Metastatic", "The sarcoma has spread to another part of the body."),
    "not known": ("Whether there is a metastasis is not known", "Whether the sarcoma has spread is not known."),
}


class TextReport:
    """Writes one outlook. `survival` figures appear only if asked for; `plain` is for lay readers."""

    def __init__(self, outlook: Outlook, *, plain: bool, survival: bool, width: int = 80, colour: bool = False) -> None:
        self.outlook = outlook
        self.plain = plain
        self.survival = survival
        self.page = Page(width, colour=colour)

    def __str__(self) -> str:
        self._opening()
        self._record()
        self._grade_and_stage()
        if self.outlook.situation != "metastatic":
            self._spread()
        self._sites()
        self._treatments()
        if self.survival:
            self.survival_part()
        self._models_that_do_not_apply()
        self._questions()
        self._closing()
        return str(self.page)

    # -- small helpers

    def _shows(self, figure: OutlookFigure) -> bool:
        if figure.about_survival and not self.survival:
            return False
        return not (self.plain and figure.audience == "teams")

    def _fill(self, text: str, fact: Fact | None) -> str:
        return wording.fill(text, fact, plain=self.plain, show=lambda f: self.survival or not f.about_survival)

    def _label(self, field: str) -> str:
        return field_specs()[field].label.lower() if field in field_specs() else field.replace("_", " ")

    def figure(self, figure: OutlookFigure, indent: int = 0) -> None:
        """One published figure: number first, then whose it is."""
        number = wording.quantity(figure, plain=self.plain)
        time = wording.horizon(figure.horizon_months)
        what = figure.what
        if time and not any(word in what for word in ("year", "month", "week")):
            what += f" {'at' if figure.measure in _STANDING else 'within'} {time}"
        self.page.item(f"{what}: {number}", key=figure.origin, indent=indent)
        parts = [figure.group or "", figure.population or "", figure.period or ""]
        if figure.n and not figure.numerator and not self.plain:
            parts.append(f"n={figure.n:,}")
        if not self.plain:
            parts.append(wording.marks(figure))
            parts.append(", ".join(citation(s) for s in figure.sources))
        line = "; ".join(p for p in parts if p)
        if line:
            self.page.note(line, indent=indent + 2)

    def _figures(self, figures: tuple[OutlookFigure, ...], indent: int = 0) -> bool:
        shown = [f for f in figures if self._shows(f)]
        for figure in shown:
            self.figure(figure, indent)
        return bool(shown)

    # -- the parts

    def _opening(self) -> None:
        page = self.page
        page.heading("Sarcoma outlook")
        page.text(wording.NOTICE)
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
                page.row(known.label, known.value)
        assumed = [k for k in self.outlook.known if k.assumed]
        if assumed:
            said = "; ".join(f"{k.label.lower()}: {k.value}" for k in assumed)
            page.text(f"Taken so because nothing was said: {said}. Say “unknown” where it is not known.", indent=2)
        if self.outlook.missing:
            page.blank()
            page.subheading("Not known" if not self.plain else "Not known yet")
            names = {m.card.id: m.card.short_name for m in self.outlook.models}
            audience = {m.card.id: m.card.audience for m in self.outlook.models}
            for missing in self.outlook.missing:
                needed = [c for c in missing.needed_by if not (self.plain and audience[c] == "teams")]
                why = f"would sharpen or allow: {', '.join(names[c] for c in needed)}" if needed else ""
                help_text = field_specs()[missing.field].help if self.plain else why
                page.row(missing.label, help_text)

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
        title = f"{staging.system} at diagnosis, {CHAPTERS.get(staging.chapter, staging.chapter)}"
        page.item(f"{title}: {' '.join(parts)}" if parts else title, key=staging.origins[0])
        if group is not None and group.as_assigned:
            sure = len(group.possible) == 1
            how = "." if sure else " as the tables assign it: unassessed nodes count as N0, an unassessed grade as GX."
            page.text(f"Stage {group.as_assigned}{how}", indent=2)
        if group is not None and len(group.possible) > 1:
            page.text(f"Still possible while something is not known: {', '.join(group.possible)}.", indent=2)
        if staging.note:
            page.note(staging.note)

    def _spread(self) -> None:
        page, outlook = self.page, self.outlook
        page.heading("Risk of spread" if not self.plain else "May it spread?")
        intro = (
            "Published cohorts that this person resembles, side by side. They differ in whom they counted; they are "
            "not averaged."
            if not self.plain
            else "These are numbers from groups of people who were like you in some ways. Nobody can tell what will "
            "happen to one person."
        )
        page.text(intro)
        page.blank()
        shown = self._figures(outlook.spread)
        if not shown:
            page.text("No published cohort here is close to this record; figures for all types together:")
        self._figures(outlook.spread_general) if not shown else None
        others = [m for m in outlook.models if m.status == "applies" and not m.card.outcome.about_survival]
        local = [m for m in others if m.card.outcome.question == "local-recurrence"]
        nodes = [m for m in others if m.card.outcome.question == "nodes"]
        if outlook.recurrence or local:
            page.blank()
            page.subheading("Coming back at the same place")
            for model in local:
                self.model(model)
            self._figures(outlook.recurrence)
        page.blank()
        page.subheading("Lymph nodes")
        for model in nodes:
            self.model(model)
        self._figures(outlook.nodes)
        if any(self._shows(f) for f in outlook.timing):
            page.blank()
            page.subheading("When spread is found")
            self._figures(outlook.timing)
        if outlook.risk_factors:
            page.blank()
            page.subheading("What raises the risk")
            for fact in outlook.risk_factors:
                self._fact(fact)
        if outlook.follow_up:
            page.blank()
            page.subheading("Follow-up")
            for fact in outlook.follow_up:
                self._fact(fact)

    def _fact(self, fact: Fact, indent: int = 0) -> None:
        if self.plain and fact.audience == "teams":
            return
        text = fact.plain if self.plain else fact.statement
        if not self.survival and wording.names_survival(text, fact):
            return
        self.page.item(self._fill(text, fact), key=fact.key, indent=indent)

    def model(self, model: ModelAnswer, indent: int = 0) -> None:
        """What one model says."""
        card = model.card
        if self.plain and card.audience == "teams":
            return
        page = self.page
        for figure in model.figures:
            page.item(self._model_sentence(model, figure), key=card.id, indent=indent, strong=True)
        estimand = wording.ESTIMANDS.get(card.outcome.estimand, ("", ""))[self.plain]
        population = card.population.description + (f", {card.population.period}" if card.population.period else "")
        facts = [estimand, f"made from {card.population.n:,} {population}" if card.population.n else population]
        if not self.plain:
            facts += [card.interval_note, f"provenance {card.provenance.grade}", citation(card.citation)]
            facts += [wording.MARK_WORDS[m] for m in card.provenance.marks]
        page.note("; ".join(f for f in facts if f), indent=indent + 2)
        for caution in model.plain_cautions if self.plain else model.cautions:
            page.text(f"! {caution}", indent=indent + 2)
        if model.ranged_over:
            names = ", ".join(self._label(f) for f in model.ranged_over)
            page.note(f"A range, because not known: {names}.", indent=indent + 2)
        if not self.plain:
            for assumption in model.assumptions:
                page.note(f"Assumption: {assumption}", indent=indent + 2)

    def _model_sentence(self, model: ModelAnswer, figure: OutlookFigure) -> str:
        outcome = model.card.outcome
        number = wording.quantity(figure, plain=self.plain)
        time = wording.horizon(figure.horizon_months)
        group = f", group “{figure.group}”" if model.card.groups and figure.group else ""
        if not self.plain:
            if outcome.probability_of == "event":
                said = figure.what + (f" within {time}" if time else "")
            else:
                said = f"free of {outcome.event}" if outcome.event != "death from any cause" else "alive"
                said += f" at {time}" if time else ""
            return f"{model.card.short_name}: {said} {number}{group}"
        subject = "people like this" if figure.personal else "people in this group"
        if outcome.probability_of == "no-event":
            end = f"are alive {time} later" if time else "are alive"
        else:
            end = f"{outcome.plain_event}" + (f" within {time}" if time else "")
        return f"{number[0].upper()}{number[1:]} {subject} {end}."

    def survival_part(self) -> None:
        """Survival: models side by side, published populations, scenarios. Only if asked for."""
        page, outlook = self.page, self.outlook
        page.heading("Survival")
        page.text(
            "These numbers describe groups of people treated in the past. They cannot tell what will happen to one "
            "person."
        )
        about = [m for m in outlook.models if m.status == "applies" and m.card.outcome.about_survival]
        personal = [m for m in about if m.card.personal and not (self.plain and m.card.audience == "teams")]
        context = [m for m in about if not m.card.personal]
        if personal:
            page.blank()
            page.subheading("Models that apply")
            for model in personal:
                self.model(model)
        elif outlook.situation != "metastatic":
            page.blank()
            page.text("No published model here fits this record, so there is no figure for this person.")
        if context:
            page.blank()
            page.subheading("Groups, for orientation")
            for model in context:
                self.model(model)
        if outlook.baselines:
            page.blank()
            page.subheading("After metastasis: published populations, side by side")
            page.text(
                "They differ because they counted different people. They are not averaged."
                if not self.plain
                else "The studies looked at different people, so their numbers differ."
            )
            self._figures(outlook.baselines)
        shown = [s for s in outlook.scenarios if self._shows(s.median)]
        if shown:
            page.blank()
            page.subheading("Three scenarios, where only a median is published")
            for scenario in shown:
                self._scenario(scenario)
            for limit in shown[0].limits:
                page.note(limit)
        if any(self._shows(f) for f in outlook.type_survival):
            page.blank()
            page.subheading("Figures for this type or situation")
            self._figures(outlook.type_survival)
        if any(self._shows(f) for f in outlook.stage_survival):
            page.blank()
            page.subheading("By stage at diagnosis, all types together")
            self._figures(outlook.stage_survival)

    def _scenario(self, scenario: Scenario) -> None:
        number, median = wording.number, scenario.median
        whose = "; ".join(p for p in (median.population or median.what, median.group, median.period) if p)
        typical = f"{number(scenario.typical_from)}–{number(scenario.typical_to)} months (about half of people)"
        worst = f"{number(scenario.worst_at_most)} months or less (about 1 of 10)"
        best = f"{number(scenario.best_at_least)} months or more (about 1 of 10)"
        self.page.item(
            f"{whose}: typical {typical}; worst case {worst}; best case {best}. Calculated from a median of "
            f"{wording.quantity(median, plain=self.plain)}.",
            key=f"{scenario.method} and {median.origin}",
        )

    def _sites(self) -> None:
        page = self.page
        metastatic = self.outlook.situation == "metastatic"
        page.heading(
            "Where it has spread, and where this type tends to" if metastatic else "Where this type tends to spread"
        )
        for site in self.outlook.sites:
            self._site(site)

    def _site(self, site: SiteOutlook) -> None:
        page = self.page
        if not site.site.symptoms and not site.shares and not site.present:
            return
        name = site.site.plain_name if self.plain else site.site.name
        page.subheading(f"{name[0].upper()}{name[1:]}" + (" – known here" if site.present else ""))
        if not self._figures(site.shares, indent=2):
            self._figures(site.general_shares, indent=2)
        words = [s.plain if self.plain else s.clinical for s in site.site.symptoms]
        if words:
            page.text(f"Symptoms: {'; '.join(words)}.", indent=2)
        for flag in site.red_flags:
            self._red_flag(flag)

    def _red_flag(self, flag: RedFlag) -> None:
        title = flag.plain_title if self.plain else flag.title
        signs = flag.plain_signs if self.plain else flag.signs
        action = flag.plain_action if self.plain else flag.action
        self.page.item(
            f"{title}: {'; '.join(signs)}. {action}", key=flag.id, indent=2, strong=flag.urgency == "emergency"
        )

    def _treatments(self) -> None:
        page, outlook = self.page, self.outlook
        page.heading("Treatments with evidence for this type")
        if not self.plain:
            page.text(
                "Trials and cohorts; those of local treatment compare people who were chosen for it (confounding by "
                "indication)."
            )
        specific = [t for t in outlook.treatments if t.for_this_type]
        general = [t for t in outlook.treatments if not t.for_this_type]
        for flag in outlook.red_flags:
            if flag.during:
                self._red_flag(flag)
        for heading, group in (("For this type", specific), ("For soft tissue sarcoma in general", general)):
            if group:
                page.blank()
                page.subheading(heading)
                for treatment in group:
                    self._treatment(treatment)

    def _treatment(self, shown: TreatmentOutlook) -> None:
        page, treatment = self.page, shown.treatment
        name = treatment.plain_name if self.plain else treatment.name
        text = treatment.plain if self.plain else treatment.statement
        hidden = not self.survival and wording.names_survival(text, None)
        flag = " – no longer available" if treatment.no_longer_available else ""
        page.item(f"{name}{flag}" + ("" if hidden else f": {self._fill(text, None)}"), key=treatment.id)
        if not self.plain:
            for figure in shown.figures:
                if self._shows(figure) and figure.measure in _RESULT_MEASURES:
                    self.figure(figure, indent=4)
        for condition in shown.open_conditions:
            page.note(f"Depends on: {condition}", indent=4)
        for approval in treatment.approvals:
            marks = f" ({', '.join(m.replace('-', ' ') for m in approval.marks)})" if approval.marks else ""
            date = approval.date if "from-memory" not in approval.marks else "date not confirmed"
            page.note(
                f"{approval.regulator}, {date or 'date not seen'}: {approval.status.replace('-', ' ')} – "
                f"{approval.indication}{marks}",
                indent=4,
            )
        caution = treatment.plain_caution if self.plain else treatment.caution
        if caution:
            page.text(f"! {self._fill(caution, None)}", indent=4)

    def _models_that_do_not_apply(self) -> None:
        rest = [
            m for m in self.outlook.models if m.status != "applies" and not (self.plain and m.card.audience == "teams")
        ]
        if not rest or self.plain:
            return
        page = self.page
        page.heading("Models that do not apply, or that cannot be told")
        for model in rest:
            if model.status == "does not apply":
                page.item(f"{model.card.short_name} does not apply: {'; '.join(model.reasons)}.", key=model.card.id)
            else:
                names = ", ".join(self._label(f) for f in model.fields)
                page.item(f"{model.card.short_name}: cannot be told, not known: {names}.", key=model.card.id)

    def _questions(self) -> None:
        if not self.outlook.questions:
            return
        self.page.heading("Questions for the team")
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


def organisations(page: Page, country: str | None = None) -> int:
    """People to talk to, in one country or in all, onto a page; how many there were."""
    found = [
        o for o in library().organisations.values() if country is None or o.country.casefold() == country.casefold()
    ]
    for organisation in found:
        page.item(f"{organisation.name} ({organisation.country}): {organisation.offers}")
        page.note(organisation.url)
    return len(found)


_STANDING = {
    "overall-survival",
    "relative-survival",
    "net-survival",
    "disease-specific-survival",
    "event-free-survival",
    "progression-free",
    "local-control",
}
"""What is read at a time, not within it."""

_RESULT_MEASURES = {
    "response-rate",
    "median-progression-free-survival",
    "median-overall-survival",
    "overall-survival",
    "effect",
    "disease-control",
    "local-control",
    "symptom-relief",
    "median-duration-of-response",
    "event-free-survival",
    "progression-free",
}


def _reading(reading: Reading) -> str:
    """A category as assigned, with what is still possible."""
    if reading.as_assigned is None:
        return "/".join(reading.possible)
    if len(reading.possible) > 1:
        return f"{reading.as_assigned} (possible: {'/'.join(reading.possible)})"
    return reading.as_assigned
