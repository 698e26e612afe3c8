"""Writer: what every part of the text report uses – what may be shown, and how one figure or fact is written."""

from __future__ import annotations

from collections.abc import Sequence

from sarcoma.evidence import Fact, RedFlag
from sarcoma.outlook import Outlook, OutlookFigure
from sarcoma.outlook.figure import citation
from sarcoma.report.draft import Draft
from sarcoma.wording import figures


class Writer:
    """Writes onto one page. `survival` figures are shown only if asked for; `plain` is for lay readers.

    `country`: what its regulators decided stands first.
    """

    def __init__(
        self, outlook: Outlook, page: Draft, *, plain: bool, survival: bool, country: str | None = None
    ) -> None:
        self.outlook, self.page, self.plain, self.survival = outlook, page, plain, survival
        self.country = country

    def shows(self, figure: OutlookFigure) -> bool:
        """Whether a figure is for this reader, who has or has not asked for survival."""
        if figure.about_survival and not self.survival:
            return False
        return not (self.plain and figure.audience == "teams")

    def fill(self, text: str, fact: Fact | None) -> str:
        """A text with its figures put in."""
        return figures.fill(text, fact, plain=self.plain, show=lambda f: self.survival or not f.about_survival)

    def figure(self, figure: OutlookFigure, indent: int = 0) -> None:
        """One published figure: number first, then whose it is."""
        self.page.item(self.say(figure), key=figure.origin, indent=indent)
        self._population(figure, indent + 2)

    def say(self, figure: OutlookFigure) -> str:
        """What a figure measures and its number; a median in words that need no explanation."""
        number = figures.quantity(figure, plain=self.plain)
        if self.plain and figure.measure == "median-overall-survival" and figure.plain_what is None:
            return f"half of the people lived longer than {number}"
        return f"{figures.timed(figure, plain=self.plain)}: {number}"

    def _population(self, figure: OutlookFigure, indent: int, others: Sequence[OutlookFigure] = ()) -> None:
        """Whose a figure is: group, population, period, its marks, and for clinicians size and sources.

        `others` are of the same people: their marks count too.
        """
        parts = [figure.group or "", figure.population or "", figure.period or ""]
        if figure.n and not figure.numerator and not self.plain:
            parts.append(f"n={figure.n:,}")
        every = (figure, *others)
        if self.plain:
            parts += dict.fromkeys(said for one in every for said in figures.plain_marks(one))
        else:
            parts += dict.fromkeys(said for one in every if (said := figures.marks(one)))
            parts.append(", ".join(dict.fromkeys(citation(s) for one in every for s in one.sources)))
        line = "; ".join(p for p in parts if p)
        if line:
            self.page.note(line, indent=indent)

    def figures(self, figures: tuple[OutlookFigure, ...], indent: int = 0) -> bool:
        """Several figures; whether any of them was shown."""
        shown = [f for f in figures if self.shows(f)]
        by_population: dict[tuple[object, ...], list[OutlookFigure]] = {}
        for figure in shown:
            owner = figure.origin.partition(".")[0]
            by_population.setdefault((owner, figure.group, figure.population, figure.period), []).append(figure)
        for group in by_population.values():
            if len(group) == 1:
                self.figure(group[0], indent)
            else:
                values = "; ".join(self.say(f) for f in group)
                self.page.item(values, key=group[0].origin.partition(".")[0], indent=indent)
                self._population(group[0], indent + 2, group[1:])
        return bool(shown)

    def fact(self, fact: Fact, indent: int = 0) -> None:
        """One fact in the wording of the reader."""
        if self.plain and not figures.for_everyone(fact):
            return
        text = fact.plain if self.plain else fact.statement
        if not self.survival and figures.names_survival(text, fact):
            return
        self.page.item(self.fill(text, fact), key=fact.key, indent=indent)

    def red_flag(self, flag: RedFlag) -> None:
        """Signs that need help, and what to do."""
        title = flag.plain_title if self.plain else flag.title
        signs = flag.plain_signs if self.plain else flag.signs
        action = flag.plain_action if self.plain else flag.action
        window = flag.plain_window if self.plain else flag.window
        when = f"{self.fill(window, None)} " if window else ""
        self.page.item(
            f"{title}: {'; '.join(signs)}. {when}{action}", key=flag.id, indent=2, strong=flag.urgency == "emergency"
        )
        if flag.inferred and not self.plain:
            self.page.note(f"Inferred: {flag.inferred}.", indent=4)
