"""The tables of reports as CSV: one row a figure, unrounded, for those who go on with them elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sarcoma._plain_text import guarded_frame
from sarcoma.cohort.checks import Checked
from sarcoma.cohort.description import Description
from sarcoma.survival.measures import Measure
from sarcoma.validation.result import Validation


def described_csv(described: Description) -> str:
    """Every figure of a description, with the question that it answers."""
    names = ("what", "group", "kind", "unit", "horizon", "value", "low", "high", "n", "events", "at_risk", "suppressed")
    rows = [
        {"question": s.question, **{name: getattr(v, name) for name in names}}
        for s in described.sections
        for v in s.values
    ]
    return _csv(("question", *names), rows)


def checked_csv(checked: Checked) -> str:
    """Every finding, with how many it is about; without ids."""
    names = ("rule", "severity", "title", "count", "of", "means", "mend")
    return _csv(names, [{name: getattr(f, name) for name in names} for f in checked.findings])


def validated_csv(validation: Validation) -> str:
    """Every measure of every model, by horizon or of the whole follow-up."""
    rows = []
    for m in validation.models:
        for at in m.horizons:
            about = {"model": m.subject.id, "setting": m.setting, "months": at.months, "people": at.people}
            about["events"] = at.events
            rows.append(about | {"measure": "predicted, mean", "value": float(at.predicted)})
            if at.observed is not None:
                rows.append(about | {"measure": "observed"} | _measured(at.observed))
            rows += [about | {"measure": name} | _measured(found) for name, found in at.measures.items()]
        if m.whole is not None:
            about = {"model": m.subject.id, "setting": m.setting, "months": None, "people": m.whole.people}
            about["events"] = m.whole.events
            rows += [
                about | {"measure": f"{name}, whole follow-up"} | _measured(v) for name, v in m.whole.measures.items()
            ]
    names = ("model", "setting", "months", "people", "events", "measure", "value", "se", "low", "high", "estimand")
    return _csv(names, rows)


def _measured(found: Measure) -> dict[str, Any]:
    numbers = {name: float(getattr(found, name)) for name in ("value", "se", "low", "high")}
    return {name: v if v == v else None for name, v in numbers.items()} | {"estimand": found.estimand}


def _csv(names: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> str:
    import polars as pl

    frame = pl.DataFrame({name: [row.get(name) for row in rows] for name in names}, strict=False)
    text: str = guarded_frame(frame).write_csv()
    return text
