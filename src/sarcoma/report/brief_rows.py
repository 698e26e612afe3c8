"""The rows of a brief: case, alarms, stage, answers, options, what is missing and what is not covered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sarcoma._dataclass import replace
from sarcoma.outlook import ModelAnswer, Outlook, OutlookFigure
from sarcoma.outlook.answer import Answer, NearFigure
from sarcoma.outlook.answers import tested_elsewhere
from sarcoma.outlook.basis import models_on
from sarcoma.outlook.figure import citation, sources_changed
from sarcoma.outlook.first import first_alarms
from sarcoma.outlook.nearness import Question
from sarcoma.outlook.treatments import STEPS, TreatmentOutlook
from sarcoma.patient import field_specs
from sarcoma.report.draft import Draft
from sarcoma.report.models import ModelWriter
from sarcoma.report.screen import Piece, Row
from sarcoma.report.stage_in_short import grade_text, open_fields, stage_text
from sarcoma.wording import answer as words
from sarcoma.wording import figures, type_profile
from sarcoma.wording import treatments as treatment_words
from sarcoma.wording.language import N_, _
from sarcoma.wording.models import outcome_at
from sarcoma.wording.outlook import note_in_short
from sarcoma.wording.record import SITUATIONS, known_value

LABELS: Mapping[str, tuple[str, str]] = {
    "alarms": ("Alarms", N_("Get help")),
    "stage": ("Stage", N_("Stage")),
    "spread": ("Spread", N_("Spread")),
    "local": ("Recurrence", N_("Coming back")),
    "survival": ("Survival", N_("Survival")),
    "where": ("Where", N_("Where to")),
    "treatments": ("Options", N_("Treatment")),
    "missing": ("Missing", N_("Not known")),
    "not-covered": ("Not covered", N_("Not covered")),
}
"""Labels of the rows, for clinicians and in plain words."""

_MOST_KEYS = 2
_MOST_CHANGES = 2
_VALUE_SAYS_ALL = frozenset(("histologic_type", "site", "size_cm", "depth", "age", "sex", "grade"))
_FIRST = ("histologic_type", "site", "size_cm", "depth", "grade", "age", "metastases", "surgery", "margin")


class BriefRows(ModelWriter):
    """What a brief has to say, row by row, the main piece of each first. `lines`: each piece on a line of its own."""

    def __init__(
        self, outlook: Outlook, *, plain: bool, survival: bool, country: str | None = None, lines: bool = False
    ) -> None:
        super().__init__(outlook, Draft(), plain=plain, survival=survival, country=country)
        self._joint = "\n" if lines else " "

    def case(self) -> Row:
        """The case: whether it has spread, and every fact that was told."""
        told = sorted(
            (k for k in self.outlook.known if not k.assumed),
            key=lambda k: _FIRST.index(k.field) if k.field in _FIRST else len(_FIRST),
        )
        facts = [known_value(k) if k.field in _VALUE_SAYS_ALL else f"{k.label.lower()}: {known_value(k)}" for k in told]
        situation = SITUATIONS[self.outlook.situation][self.plain].removesuffix(".")
        said = [*facts[:1], f"{situation[:1].lower()}{situation[1:]}", *facts[1:]] if facts else [situation]
        return Row("", tuple(Piece(text) for text in said), "case", least=min(2, len(said)), joint=" · ")

    def stage(self) -> Row:
        """Stage and grade as assigned, what is still possible, and what would change it."""
        outlook = self.outlook
        by_system = [Piece(stage_text(one, plain=self.plain), one.origins[:1]) for one in outlook.staging]
        grade = Piece(grade_text(outlook), counts=False)
        would = [_name(name) for name in open_fields(outlook)]
        text = _("Would change it: %(fields)s.") % {"fields": ", ".join(would)}
        change = [Piece(text, counts=False)] if would else []
        pieces = (*by_system[:1], grade, *change, *by_system[1:])
        return Row(self._label("stage"), pieces, "stage", least=len(pieces) - len(by_system[1:]))

    def answers(self) -> list[Row]:
        """Spread, recurrence, survival if it was asked for, and where; what lies behind this person is left out."""
        asked: list[Question] = ["spread", "local", *(["survival"] if self.survival else []), "where"]  # type: ignore[list-item]
        shown = []
        for question in asked:
            kind = self.outlook.answer_to(question).headline.kind
            if kind != "has-spread" and not (question == "where" and kind == "does-not-spread"):
                shown.append(self.answer_row(question))
        return shown

    def headlines(self) -> list[Row]:
        """The answers, each with its headline alone."""
        rows = self.answers()
        return [replace(row, pieces=row.pieces[:1], least=1, more=0, section="", joint="; ") for row in rows]

    def models(self) -> Iterator[Piece]:
        """Every model that applies, by its key, with its last number."""
        for model in self.outlook.models:
            if model.status == "applies" and model.figures and self.shows(model.figures[-1]):
                figure = model.figures[-1]
                text = f"{model.card.id}: {outcome_at(model.card, figure)} {figures.quantity(figure)}"
                end = _net(model) + ("" if tested_elsewhere(model.card) else _(" (not tested elsewhere)"))
                yield Piece(text, end=end, whole=bool(figure.sources_changed))

    def missing(self) -> Row:
        """What is not known, and what it would change: the fields that most models wait for first."""
        outlook = self.outlook
        names = {
            m.card.id: m.card.short_name for m in outlook.models if not (self.plain and m.card.audience == "teams")
        }
        stage = set(open_fields(outlook))
        pieces = []
        for missing in sorted(outlook.missing, key=lambda m: -len(m.needed_by) - 2 * (m.field in stage)):
            for_stage = [_("stage")] if missing.field in stage else []
            changes = [*for_stage, *(names[key] for key in missing.needed_by if key in names)]
            more = f" +{len(changes) - _MOST_CHANGES}" if len(changes) > _MOST_CHANGES else ""
            why = f" → {', '.join(changes[:_MOST_CHANGES])}{more}" if changes and not self.plain else ""
            pieces.append(Piece(f"{_name(missing.field)}{why}"))
        nothing = (Piece(_("nothing that the tables or the models here ask for"), counts=False),)
        return Row(self._label("missing"), tuple(pieces) or nothing, "missing", joint="; ")

    # -- what stands on the screen

    def alarms(self) -> Row:
        every = first_alarms(self.outlook, most=99)
        fit = [flag for flag in every if flag.when]
        pieces, before = [], ""
        for flag in fit or every:
            now = flag.urgency == "emergency"
            when = (_("now: ") if now else _("the same day: ")) if before != flag.urgency else ""
            before = flag.urgency
            title = _(flag.plain_title) if self.plain else flag.title
            pieces.append(Piece(f"{when}{title}"))
        rest = len(every) - len(pieces)
        return Row(
            self._label("alarms"), tuple(pieces), "alarms", least=len(fit) or 1, more=rest, joint="; ", firm=bool(fit)
        )

    def answer_row(self, question: Question) -> Row:
        """One answer: its headline, the nearest source, the models, and the other figures that are as near."""
        given = self.outlook.answer_to(question)
        lead = [f for f in given.headline.figures if self.shows(f)]
        keys = tuple(f.origin for f in lead)
        pieces = [self._headline(given, lead)]
        if question == "survival" and self.plain and lead:
            pieces.append(Piece(_("Of groups of people; nobody can tell it for one person."), counts=False))
        if given.headline.kind == "does-not-spread":
            pieces += [
                Piece(text, (key,), counts=False) for text, key in type_profile.instead(self.outlook, plain=self.plain)
            ]
        placed = (*given.nearest, *given.less_near)
        first = next((near for near in placed if lead and near.figure.origin == lead[0].origin), None)
        models = list(self._models_on(question))
        tested = question == "survival" and any(tested_elsewhere(m.card) for m in self._personal("survival")[:1])
        pieces += [models.pop(0)] if tested else []  # what a tested model says of this person stands on every screen
        pieces += [Piece(self._study(first), counts=False)] if first is not None else []
        least = 1 if question == "where" else len(pieces) - (tested and self.plain and first is not None)
        pieces += models
        others = [n for n in given.nearest if n.figure.origin not in keys and self.shows(n.figure)]
        pieces += [self._said(near.figure) for near in others]
        if first is not None:
            pieces.append(Piece(words.nearness(first, plain=self.plain), counts=False))
        less = sum(self.shows(near.figure) and near.figure.origin not in keys for near in given.less_near)
        section = "spread" if question == "local" else question
        told = tuple(piece for piece in pieces if piece.text)
        return Row(self._label(question), told, section, least, more=less, joint=self._joint, firm=tested)

    def _headline(self, given: Answer, lead: list[OutlookFigure]) -> Piece:
        """The headline; over how many studies it is where not all are named, and whether all types stand in it."""
        keys = tuple(figure.origin for figure in lead)
        end = ""
        if len(keys) > _MOST_KEYS:
            end = _(", over %(n)s studies, two of them") % {"n": len(keys)}
        unseen = next((figures.how_many(figure) for figure in lead if figure.people_not_seen), "")
        end += f" ({unseen})" if unseen else ""
        end += _(" (all types together)") if given.all_types_together and keys else ""
        text = words.headline(given, plain=self.plain)
        return Piece(text, keys[:_MOST_KEYS], end=end, whole=any(figure.sources_changed for figure in lead))

    def _models_on(self, question: Question) -> Iterator[Piece]:
        on = list(models_on(question, self.outlook.models))
        if question == "spread":
            on += [
                (m, m.figures)
                for m in self.outlook.models
                if m.status == "applies" and m.figures and m.card.outcome.question == "nodes"
            ]
        for model, shown in on:
            if not (self.plain and (model.card.audience == "teams" or not model.card.personal)):
                yield self._model(model, shown)

    def _model(self, model: ModelAnswer, on: tuple[OutlookFigure, ...]) -> Piece:
        figure = on[-1]
        text = (
            f"{model.card.short_name}: {self.say(figure)}" if on is model.also else self._model_sentence(model, figure)
        )
        tested = tested_elsewhere(model.card)
        if self.plain:
            net = model.card.outcome.estimand == "net"
            end = f", {figures.estimand(model.card.outcome, plain=True)}." if net else "."
            end += "" if tested else f" {_(words.NOT_TESTED)}"
        else:
            end = _net(model) + ("" if tested else f" ({_(words.NOT_TESTED).rstrip('.').lower()})") + "."
        return Piece(text, (model.card.id,), end=end, whole=bool(figure.sources_changed))

    def _study(self, near: NearFigure) -> str:
        """The nearest source: who was counted, when, how many, by whom."""
        figure = near.figure
        cited = [] if self.plain else [", ".join(citation(key) for key in figure.sources)]
        n = f"n={figure.n:,}" if figure.n and not self.plain else ""
        no_range = not self.plain and figure.value is not None and figure.low is None and not figure.numerator
        marks = [] if self.plain else [figures.marks(figure) if not figures.how_many(figure) else ""]
        parts = [*cited, figure.population or "", figure.period or "", n, *marks]
        parts += [_("no interval printed")] if no_range else []
        text = "; ".join(part for part in parts if part)
        return _("Nearest: %(study)s.") % {"study": text} if text else ""

    def _said(self, figure: OutlookFigure) -> Piece:
        more, text = figures.how_many(figure), self.say(figure)
        end = f" ({more})." if more else "."
        return Piece(f"{text[:1].upper()}{text[1:]}", (figure.origin,), end=end, whole=bool(figure.sources_changed))

    def options(self) -> list[Row]:
        outlook, rows = self.outlook, []
        gone = [t for t in outlook.treatments if t.treatment.no_longer_available]
        here = [t for t in outlook.treatments if not t.treatment.no_longer_available]
        of_type = {_(profile.plain) for profile in outlook.profiles.profiles if profile.plain}
        special = tuple(
            Piece(text, (key,), counts=False)
            for text, key in treatment_words.of_this_type(outlook, plain=self.plain)
            if text not in of_type
        )
        if special:
            rows.append(Row("", special, "treatments"))
        for step in STEPS:
            group = tuple(Piece(self._treatment(t)) for t in here if t.step == step)
            if group:
                start = f"{treatment_words.step(step, plain=self.plain)} – "
                rows.append(Row("", group, "", joint="; ", start=start))
        if gone:
            start = _("No longer available: ")
            rows.append(Row("", tuple(Piece(self._treatment(t)) for t in gone), "", len(gone), joint="; ", start=start))
        if not rows:
            rows.append(
                Row("", (Piece(_("No treatment with studies for this was found."), counts=False),), "treatments")
            )
        rows[0] = replace(rows[0], label=self._label("treatments"))
        rows[-1] = replace(rows[-1], section="treatments")
        return rows

    def _treatment(self, shown: TreatmentOutlook) -> str:
        treatment = shown.treatment
        changed = figures.changed_sources(sources_changed(treatment.sources))
        return (_(treatment.plain_name) if self.plain else treatment.name) + "".join(f" ({said})" for said in changed)

    def not_covered(self) -> list[Row]:
        outlook = self.outlook
        pieces = [Piece(note_in_short(code), counts=False) for code in outlook.notes]
        least = max(1, len(pieces))
        withheld = {one.origin: one for given in self._asked() for one in given.withheld}
        if withheld:
            one, several = (
                _("One general figure does not fit and is withheld."),
                _("%(n)s general figures do not fit and are withheld."),
            )
            pieces.append(Piece(one if len(withheld) == 1 else several % {"n": len(withheld)}, counts=False))
        if not self.plain:
            pieces += list(self._silent_models())
        if not pieces:
            return []
        return [
            Row(self._label("not-covered"), tuple(pieces), "not-covered", least=least, explained=True, firm=least > 1)
        ]

    def _silent_models(self) -> Iterator[Piece]:
        every = self.outlook.models
        applying = sum(model.status == "applies" for model in every)
        said = _("%(apply)s of %(n)s models apply.") % {"apply": applying, "n": len(every)}
        yield Piece(said, counts=False)

    def _asked(self) -> list[Answer]:
        return [given for given in self.outlook.answers if self.survival or given.question != "survival"]

    def _personal(self, question: Question) -> list[ModelAnswer]:
        """The models on a question that this reader may see, in reading order."""
        every = [model for model, _figures in models_on(question, self.outlook.models)]
        return [m for m in every if not self.plain or (m.card.audience == "everyone" and m.card.personal)]

    def _label(self, name: str) -> str:
        clinical, lay = LABELS[name]
        return _(lay) if self.plain else clinical


def _net(model: ModelAnswer) -> str:
    """That a figure is net or crude; every death needs no word."""
    estimand = model.card.outcome.estimand
    return f" ({estimand})" if estimand in ("net", "crude") else ""


def _name(field: str) -> str:
    """A field within a sentence; abbreviations stay as they are."""
    name = field_specs()[field].label
    return name if name.split()[0].isupper() else name[:1].lower() + name[1:]
