"""The answers: each question with its headline, what is nearest, and why studies and models differ."""

from __future__ import annotations

from sarcoma.evidence import library
from sarcoma.outlook import ModelAnswer, OutlookFigure
from sarcoma.outlook.answer import Answer, NearFigure
from sarcoma.outlook.basis import models_on
from sarcoma.outlook.nearness import Question
from sarcoma.report.models import ModelWriter
from sarcoma.wording import answer as words
from sarcoma.wording import figures, type_profile
from sarcoma.wording.outlook import note as say_note

_BESIDE = 4
"""So many of the nearest figures stand beside a headline; all of them follow in the evidence."""


class AnswerWriter(ModelWriter):
    """Adds the answers to what a writer can write."""

    def answers(self) -> None:
        """Every question that is asked, the survival of people only if asked for."""
        self.page.heading("In short")
        for note in self.outlook.notes:
            self.page.caution(say_note(note))
        for given in self.outlook.answers:
            if given.question == "survival" and not self.survival:
                continue
            if given.question in ("where", "left") and given.headline.kind == "does-not-spread":
                continue  # said once, of the first question
            self._answer(given)

    def answers_to(self, *questions: Question) -> None:
        """Some questions, each with every figure that can answer it."""
        for question in questions:
            given = self.outlook.answer_to(question)
            if given.headline.kind == "has-spread":
                self.page.subheading(words.question(question))
                self.page.text(words.headline(given, plain=self.plain))
            else:
                self._answer(given, whole=True)

    def _answer(self, given: Answer, *, whole: bool = False) -> None:
        page = self.page
        nearest = [near for near in given.nearest if self.shows(near.figure)]
        if not nearest and given.headline.kind == "has-spread":
            return
        page.subheading(words.question(given.question))
        lead = [f for f in given.headline.figures if self.shows(f)]
        page.item(words.headline(given, plain=self.plain), key=tuple(f.origin for f in lead) or None, strong=True)
        placed = (*given.nearest, *given.less_near)
        if given.headline.kind == "does-not-spread" and given.question == "spread":
            for text, key in type_profile.instead(self.outlook, plain=self.plain):
                page.item(text, key=key, indent=2)
        first = next((n for n in placed if lead and n.figure.origin == lead[0].origin), None)
        if first is not None:
            page.note(self._of_whom(first), indent=2)
        if given.all_types_together:
            page.note(words.all_types_together(), indent=2)
        for model, on in models_on(given.question, self.outlook.models):
            self._model_in_short(model, on)
        said = {f.origin for f in lead}
        beside = [n for n in nearest if n.figure.origin not in said]
        less_near = [n for n in given.less_near if self.shows(n.figure) and n.figure.origin not in said]
        for near in [*beside, *less_near] if whole else beside[:_BESIDE]:
            page.item(self._said(near.figure), key=near.figure.origin, indent=2)
        for differing in self.outlook.disagreements:
            if differing.question == given.question:
                page.note(words.disagreement(differing), indent=2)
        if given.withheld and not self.plain:
            named = dict.fromkeys(name for one in given.withheld for name in one.statements)
            reasons = [library().general_statements[n].because for n in named if n in library().general_statements]
            page.note(words.withheld(len(given.withheld), reasons), indent=2)

    def _of_whom(self, near: NearFigure) -> str:
        parts = [near.figure.population or "", near.figure.period or ""]
        n = figures.how_many(near.figure) or (f"n={near.figure.n:,}" if near.figure.n else "")
        whose = "; ".join(p for p in (*parts, n, *([] if self.plain else [figures.marks(near.figure)])) if p)
        return f"{whose[:1].upper()}{whose[1:]}. {words.nearness(near, plain=self.plain)}"

    def _said(self, figure: OutlookFigure) -> str:
        more = figures.how_many(figure) or (f"n={figure.n:,}" if figure.n and not self.plain else "")
        return self.say(figure) + (f" ({more})" if more else "")

    def _model_in_short(self, model: ModelAnswer, on: tuple[OutlookFigure, ...]) -> None:
        """The last horizon of a model, with how it did in other people."""
        if self.plain and (model.card.audience == "teams" or not model.card.personal):
            return
        figure = on[-1]
        sentence = (
            f"{model.card.short_name}: {self.say(figure)}" if on is model.also else self._model_sentence(model, figure)
        )
        tested = words.tested(model.card)
        self.page.item(f"{sentence} {tested}" if self.plain else f"{sentence}. {tested}", key=model.card.id, indent=2)
