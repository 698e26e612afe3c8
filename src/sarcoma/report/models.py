"""Models and survival: what each model says, the populations side by side, the scenarios."""

from __future__ import annotations

from sarcoma.outlook import CourseFigure, ModelAnswer, OutlookFigure, Scenario
from sarcoma.outlook.answers import tested_elsewhere
from sarcoma.outlook.figure import citation
from sarcoma.report.writer import Writer
from sarcoma.wording import figures
from sarcoma.wording import models as model_words
from sarcoma.wording import survival as survival_words
from sarcoma.wording.answer import NOT_TESTED
from sarcoma.wording.language import _
from sarcoma.wording.outlook import SCENARIO_LIMITS
from sarcoma.wording.outlook import note as say_note


class ModelWriter(Writer):
    """Adds models and survival to what a writer can write."""

    def model(self, model: ModelAnswer, indent: int = 0) -> None:
        """What one model says."""
        card = model.card
        if self.plain and card.audience == "teams":
            return
        page = self.page
        for figure in model.figures:
            page.item(self._model_sentence(model, figure), key=card.id, indent=indent, strong=True)
        estimand = figures.estimand(card.outcome, plain=self.plain)
        population = card.population.description + (f", {card.population.period}" if card.population.period else "")
        facts = [estimand, f"made from {card.population.n:,} {population}" if card.population.n else population]
        if not self.plain:
            facts += [card.interval_note, f"provenance {card.provenance.grade}", citation(card.citation)]
            facts += [figures.MARK_WORDS[m] for m in card.provenance.marks]
        page.note("; ".join(f for f in facts if f), indent=indent + 2)
        if not tested_elsewhere(card):
            page.caution(_(NOT_TESTED), indent=indent + 2)
        for note in dict.fromkeys(n for f in model.figures for n in figures.notes(f) if f.group is None):
            page.note(f"{note[0].upper()}{note[1:]}.", indent=indent + 2)
        if model.course is not None and len(model.course.states) > 2:  # of two states, the figures say all
            self.course(model.course, indent + 2)
        for caution in model.plain_cautions if self.plain else model.cautions:
            page.caution(caution, indent=indent + 2)
        for why in model_words.ranged(model):
            page.note(why, indent=indent + 2)
        if not self.plain:
            for assumption in model.assumptions:
                page.note(f"Assumption: {assumption}", indent=indent + 2)

    def course(self, course: CourseFigure, indent: int = 0) -> None:
        """Where 100 people like this are at each horizon."""
        page = self.page
        times = [figures.horizon(h) for h in course.horizons_months]
        page.blank()
        whole = course.low == course.high
        start = "from now, " if course.start_months > 0 else ""
        page.subheading(f"Of 100 people like this, {start}after …", indent)
        page.columns("", times, indent)
        parts = [figures.parts_of_100(row) for row in course.low] if whole else []
        for k, state in enumerate(course.states):
            if whole:
                cells = [str(parts[t][k]) if parts[t][k] else "< 1" for t in range(len(times))]
            else:
                cells = [
                    f"{100 * low[k]:.0f}–{100 * high[k]:.0f}" for low, high in zip(course.low, course.high, strict=True)
                ]
            page.columns(state, cells, indent)
        if not whole:
            page.note("Each is a range, because not everything is known.", indent=indent)

    def _model_sentence(self, model: ModelAnswer, figure: OutlookFigure) -> str:
        outcome = model.card.outcome
        number = figures.quantity(figure, plain=self.plain)
        time = figures.horizon(figure.horizon_months, plain=self.plain)
        group = f", group “{figure.group}”" if figure.group else ""
        if not self.plain:
            return f"{model.card.short_name}: {model_words.outcome_at(model.card, figure)} {number}{group}"
        subject = "people like this" if figure.personal else "people in this group"
        if outcome.probability_of == "no-event":
            end = f"are alive {time} later" if time else "are alive"
        else:
            end = f"{outcome.plain_event}" + (f" within {time}" if time else "")
        return f"{number[0].upper()}{number[1:]} {subject} {end}."

    def models_that_do_not_apply(self) -> None:
        """For clinicians: which models say nothing here, and why."""
        rest = [
            m for m in self.outlook.models if m.status != "applies" and not (self.plain and m.card.audience == "teams")
        ]
        if not rest or self.plain:
            return
        page = self.page
        page.heading("Models that do not apply, or that cannot be told")
        for model in rest:
            page.item(model_words.says_nothing(model), key=model.card.id)

    def survival_part(self) -> None:
        """Survival: models side by side, published populations, scenarios. Only if asked for."""
        page, outlook = self.page, self.outlook
        page.heading("Survival")
        page.text(
            "These numbers describe groups of people treated in the past. They cannot tell what will happen to one "
            "person."
        )
        for note in outlook.notes:
            page.caution(say_note(note))
        about = [m for m in outlook.models if m.status == "applies" and m.card.outcome.about_survival]
        personal = [m for m in about if m.card.personal and not (self.plain and m.card.audience == "teams")]
        context = [m for m in about if not m.card.personal]
        at_start = [
            m
            for m in outlook.models_at_start
            if m.card.outcome.about_survival and not (self.plain and m.card.audience == "teams")
        ]
        if personal:
            page.blank()
            page.subheading("Models that apply")
            for model in personal:
                self.model(model)
        elif not context and not at_start and outlook.situation != "metastatic":
            page.blank()
            page.text("No published model here fits this record, so there is no figure for this person.")
        if context:
            page.blank()
            page.subheading("Groups, for orientation")
            for model in context:
                self.model(model)
        if at_start:
            page.blank()
            page.subheading("What held at the start")
            page.caution("Counted from the model's own start, which lies behind: not what is left now.")
            for model in at_start:
                self.model(model)
        if outlook.baselines:
            page.blank()
            page.subheading("After metastasis: published populations, side by side")
            page.text(
                "They differ because they counted different people. They are not averaged."
                if not self.plain
                else "The studies looked at different people, so their numbers differ."
            )
            self.figures(outlook.baselines)
        shown = [s for s in outlook.scenarios if self.shows(s.median)]
        if shown:
            page.blank()
            page.subheading("Three scenarios, where only a median is published")
            for scenario in shown:
                self._scenario(scenario)
            for limit in SCENARIO_LIMITS:
                page.note(limit)
        if any(self.shows(f) for f in outlook.type_survival):
            page.blank()
            page.subheading("Figures for this type or situation")
            self.figures(outlook.type_survival)
        if any(self.shows(f) for f in outlook.stage_survival):
            page.blank()
            page.subheading("By stage at diagnosis, all types together")
            self.figures(outlook.stage_survival)

    def _scenario(self, scenario: Scenario) -> None:
        median = scenario.median
        whose = "; ".join(p for p in (median.population or median.what, median.group, median.period) if p)
        worst, typical, best = survival_words.ways(scenario, plain=self.plain)
        self.page.item(
            f"{whose}: typical {typical} (the half in the middle); worst case {worst} (the few with the shortest "
            f"time); best case {best} (the few with the longest). Calculated from a median of "
            f"{figures.quantity(median, plain=self.plain)}.",
            key=(scenario.method, median.origin),
        )
