"""The card of a rung: its own id and version, its parent named, how it was made and how well it does here."""

from __future__ import annotations

from importlib.metadata import version

import numpy as np

from sarcoma.models import Card, predict
from sarcoma.models.card import Expected, Performance, Provenance, TestVector
from sarcoma.models.fit_record import FitRecord, PeopleDigest
from sarcoma.patient import Patient
from sarcoma.survival.measures import Measure
from sarcoma.validation.sample import EvaluationSample


def named_card(new: Card, parent: Card, sample: EvaluationSample, name: str, title: str, words: str) -> Card:
    """Its own id and version, its parent, and how it was made.

    name, title : of the rung. words : what it changed. sample : the people by whom it was updated.
    """
    about, outcome, horizons = sample.cohort.about, sample.outcome, sample.horizons
    people, events = len(sample), sample.events_by(sample.months[-1])
    update = f"{title} in {about.name}"
    fit_record = FitRecord(
        recipe=f"{title} of {parent.id} {parent.version}",
        cohort=about.name,
        data=about.cited(),
        people=PeopleDigest.of(sample.cohort.patients["id"]),
        licence=about.licence or "not stated by the cohort",
        account=(
            f"Parent: {parent.id}, version {parent.version}; its text, rules and predictors are kept.",
            f"Changed: {words}.",
            f"Fitted to {people:,} people with {events:,} events by {listed(horizons)} months, {outcome.estimand} "
            "probabilities, by pseudo-observations with a complementary log-log link.",
            "Its intervals are not known. How well it does was measured on the people who made the update, so it "
            "looks better than it is.",
        ),
        software=f"sarcoma-outlook {version('sarcoma-outlook')}",
        seed=0,
    )
    return new.model_copy(
        update={
            "id": f"{parent.id}-{name}",
            "version": f"{parent.version}+{name}.{_slug(about.name)}",
            "name": f"{parent.name}, {update}",
            "short_name": f"{parent.short_name}, updated",
            "parent": parent.id,
            "audience": "teams",
            "interval_note": "no interval: the uncertainty of the update was not carried over to one person's figure",
            "plain": f"{parent.plain} Its numbers were adjusted to the people of another cohort.",
            "performance": (),
            "population": parent.population.model_copy(
                update={
                    "description": f"{parent.population.description}; its numbers adjusted to {people:,} people with "
                    f"{events:,} events in {about.name}"
                }
            ),
            "licence_note": " ".join(
                (parent.licence_note or "", f"Updated with {about.cited()}; their licence: {fit_record.licence}.")
            ).strip(),
            "late_entry": None,
            "provenance": Provenance(
                grade=parent.provenance.grade,
                read_in=f"updated from {parent.id} {parent.version}, which was read in: {parent.provenance.read_in}",
                marks=parent.provenance.marks,
                note=parent.provenance.note,
            ),
            "known_problems": (*parent.known_problems, "the update was not judged on other people yet"),
            "fit_record": fit_record,
            "test_vectors": (),
        }
    )


def listed(horizons: tuple[float, ...]) -> str:
    """Horizons in a sentence."""
    return ", ".join(f"{h:g}" for h in horizons)


def _slug(name: str) -> str:
    words = "".join(c if c.isalnum() and c.isascii() else " " for c in name).lower().split()
    return "-".join(words)[:40].strip("-") or "cohort"


def test_vectors(card: Card, parent: Card) -> tuple[TestVector, ...]:
    """What the updated card gives for its parent's examples, moved to where it may first be used.

    An example of which the card says nothing there is left out.

    Raises
    ------
    CardError, RecordError : an example cannot be computed at all.
    """
    found = []
    for vector in parent.test_vectors:
        record = dict(vector.record)
        if card.landmarks.from_months > parent.landmarks.from_months:
            given = record.get("landmark_months", 0)
            record["landmark_months"] = (
                float(given if isinstance(given, (int, float)) else 0) + card.landmarks.from_months
            )
        said = predict(card, Patient(**record), intervals=False)
        values = said.value[0]
        if said.status[0] != 1 or np.isnan(values).any():
            continue
        probability = {f"{h:g}": round(float(p), 6) for h, p in zip(said.horizons_months, values, strict=True)}
        found.append(
            TestVector(
                record=record,
                expect=Expected(probability=probability, decimals=6),
                source="computed when the card was updated",
            )
        )
    return tuple(found)


def with_performance(card: Card, after: dict[str, Measure], people: int) -> Card:
    entries = tuple(
        Performance(
            setting="development",
            measure=f"{name} at {m.horizon:g} months (apparent)" if m.horizon == m.horizon else f"{name} (apparent)",
            value=round(m.value, 4),
            low=round(m.low, 4),
            high=round(m.high, 4),
            interval="95%, influence function",
            n=people,
            population="the people who made the update",
            source=card.citation,
        )
        for name, m in after.items()
        if np.isfinite([m.value, m.low, m.high]).all()
    )
    return card.model_copy(update={"performance": entries})
