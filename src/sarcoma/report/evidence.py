"""The evidence around one person: risk of spread, where to, treatments."""

from __future__ import annotations

from sarcoma.outlook import OutlookFigure, SiteOutlook, TreatmentOutlook
from sarcoma.outlook.figure import citation
from sarcoma.outlook.treatments import STEPS
from sarcoma.report.answers import AnswerWriter
from sarcoma.report.approvals import approval_lines
from sarcoma.wording import figures, type_profile
from sarcoma.wording import treatments as words
from sarcoma.wording.outlook import note as say_note

RESULT_MEASURES = {
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


class EvidenceWriter(AnswerWriter):
    """Adds the published evidence to what a writer can write."""

    def spread(self) -> None:
        """Risk of spread: cohorts like this person, models, nodes, timing, risk factors, follow-up."""
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
        for note in outlook.notes:
            page.caution(say_note(note))
        page.blank()
        shown = self.figures(outlook.spread)
        if not shown:
            page.text("No published cohort here is close to this record.")
        self.figures(outlook.spread_general) if not shown else None
        others = [m for m in outlook.models if m.status == "applies" and not m.card.outcome.about_survival]
        local = [m for m in others if m.card.outcome.question == "local-recurrence"]
        nodes = [m for m in others if m.card.outcome.question == "nodes"]
        if outlook.recurrence or local:
            page.blank()
            page.subheading("Coming back at the same place")
            for model in local:
                self.model(model)
            self.figures(outlook.recurrence)
        page.blank()
        page.subheading("Lymph nodes")
        for model in nodes:
            self.model(model)
        self.figures(outlook.nodes)
        if any(self.shows(f) for f in outlook.timing):
            page.blank()
            page.subheading("When spread is found")
            self.figures(outlook.timing)
        if outlook.risk_factors:
            page.blank()
            page.subheading("What raises the risk")
            for fact in outlook.risk_factors:
                self.fact(fact)
        special = list(type_profile.in_place_of(outlook, "follow-up-plan", "chest-imaging", plain=self.plain))
        if outlook.follow_up or special:
            page.blank()
            page.subheading("Follow-up")
            for text, key in special:
                page.item(text, key=key)
            for fact in outlook.follow_up:
                self.fact(fact)

    def sites(self) -> None:
        """Where this type tends to spread, with symptoms and red flags."""
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
        if not self.figures(site.shares, indent=2):
            self.figures(site.general_shares, indent=2)
        words = [s.plain if self.plain else s.clinical for s in site.site.symptoms]
        if words:
            page.text(f"Symptoms: {'; '.join(words)}.", indent=2)
        for flag in site.red_flags:
            self.red_flag(flag)

    def treatments(self) -> None:
        """Treatments with evidence for this type and these markers."""
        page, outlook = self.page, self.outlook
        self._told: set[str] = set()
        page.heading("Treatments with evidence for this type")
        if not self.plain:
            page.text(
                "Trials and cohorts; those of local treatment compare people who were chosen for it (confounding by "
                "indication)."
            )
        for text, key in words.of_this_type(outlook, plain=self.plain):
            page.item(text, key=key)
        for flag in outlook.treatment_alarms:
            self.red_flag(flag)
        for step in STEPS:
            group = [t for t in outlook.treatments if t.step == step]
            if group:
                page.blank()
                page.subheading(words.step(step, plain=self.plain))
                for treatment in group:
                    self._treatment(treatment)
        if outlook.treatment_facts:
            page.blank()
            page.subheading("What else was found for this type")
            for fact in outlook.treatment_facts:
                self.fact(fact)

    def _treatment(self, shown: TreatmentOutlook) -> None:
        page, treatment = self.page, shown.treatment
        name = treatment.plain_name if self.plain else treatment.name
        text = treatment.plain if self.plain else treatment.statement
        hidden = not self.survival and figures.names_survival(text, None)
        flag = " – no longer available" if treatment.no_longer_available else ""
        page.item(f"{name}{flag}" + ("" if hidden else f": {self.fill(text, None)}"), key=treatment.id)
        if not self.plain:
            self._results(shown)
        for condition in shown.open_conditions:
            page.note(f"Depends on: {condition}", indent=4)
        withdrawn = treatment.plain_withdrawal if self.plain else treatment.withdrawal
        if withdrawn:
            page.text(f"! {withdrawn}", indent=4)
        for line in approval_lines(treatment, self.country):
            page.note(line, indent=4)
        caution = treatment.plain_caution if self.plain else treatment.caution
        if caution:
            page.caution(self.fill(caution, None), indent=4)

    def _results(self, shown: TreatmentOutlook) -> None:
        """Results trial by trial; a trial told above is only named again."""
        page, again = self.page, []
        for fact in shown.facts:
            figures = [f for f in shown.figures if f.origin.startswith(f"{fact.key}.")]
            figures = [f for f in figures if self.shows(f) and f.measure in RESULT_MEASURES]
            if not figures:
                continue
            if fact.key in self._told:
                again.append(fact.key)
                continue
            self._told.add(fact.key)
            sources = ", ".join(dict.fromkeys(citation(s) for f in figures for s in f.sources))
            page.item("; ".join(p for p in (fact.population, fact.period, sources) if p), key=fact.key, indent=4)
            for what, group in _by_outcome(figures).items():
                page.note(f"{what}: {'; '.join(_in_arm(f) for f in group)}", indent=6)
        if again:
            page.note(f"Results above: {', '.join(again)}", indent=4)


def _by_outcome(shown: list[OutlookFigure]) -> dict[str, list[OutlookFigure]]:
    """Figures of one trial by outcome and time, in the order of the trial."""
    found: dict[str, list[OutlookFigure]] = {}
    for figure in shown:
        found.setdefault(figures.timed(figure), []).append(figure)
    return found


def _in_arm(figure: OutlookFigure) -> str:
    """A result with its arm, its own population and its marks."""
    arm = f"{figure.group} " if figure.group else ""
    marks = f" ({figures.marks(figure)})" if figures.marks(figure) else ""
    return f"{arm}{figures.quantity(figure)}{marks}"
