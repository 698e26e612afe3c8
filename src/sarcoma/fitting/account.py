"""What a fitted card says of how it was made, in sentences and counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from sarcoma.cohort.cohort import Cohort
from sarcoma.evidence import library
from sarcoma.fitting.design import Material, limits_of
from sarcoma.fitting.estimate import FittedHazard, Plan
from sarcoma.fitting.internal_validation import Optimism
from sarcoma.fitting.recipe import Recipe
from sarcoma.models.fit_record import CaseMix


def account(
    recipe: Recipe,
    cohort: Cohort,
    material: Material,
    planned: Plan,
    fits: Sequence[FittedHazard],
    judgements: Sequence[Optimism],
    told: Told,
) -> tuple[str, ...]:
    """The plain account: who, what was missing, what was fitted, how it was judged."""
    about = cohort.about
    out = "; ".join(f"{n:,} × {reason}" for reason, n in material.left_out.items())
    said = [
        f"Of {about.rows_in:,} patients in the files {about.rows_used:,} could be used, and {len(material.people):,} "
        "of these made the model" + (f"; left out: {out}." if out else "."),
        *_missing(recipe, material),
        "Each transition has a hazard of its own: cause-specific Cox regression, Efron's method for ties, time since "
        "the time zero."
        + (
            " Patients are at risk from the time at which they came under observation."
            if material.counted.entry.any() and len(planned.course.states) == 2
            else ""
        ),
    ]
    if recipe.penalty is not None:
        cap = recipe.penalty.events_per_df
        chosen = "chosen by Akaike's criterion" if recipe.penalty.strength == "aic" else "given by the recipe"
        said.append(
            f"Coefficients are shrunken by a ridge penalty, {chosen} for each transition"
            + (
                f", and stronger where there are fewer than {cap:g} events for each effective degree of freedom."
                if cap
                else "."
            )
        )
    for f in fits:
        few = "too few events" if f.events < recipe.least_events else "as the recipe has it"
        if (why := planned.without.get(f.transition)) is not None:
            few = f"because their regression has no finite answer ({why.rstrip('.')}), so everyone has the same hazard"
        degrees = f"{f.degrees:.1f} effective degrees of freedom" if f.names else f"no predictors, {few}"
        said.append(f"{f.transition[0]} → {f.transition[1]}: {f.events} events among {f.at_risk} people; {degrees}.")
    if planned.dropped:
        said.append("Never seen, so not in the model: " + "; ".join(f"{a} → {b}" for a, b in planned.dropped) + ".")
    if told.limited is not None:
        said.append(told.limited)
    if told.thinned is not None:
        said.append(told.thinned)
    said.append(_optimism(recipe, told))
    if told.not_judged:
        said.append("Not judged: " + "; ".join(f"{what} ({why})" for what, why in told.not_judged.items()) + ".")
    unsteady = list(
        dict.fromkeys(f"{j.measure} of {j.target.title}" for j in judgements if told.samples and not j.steady)
    )
    if unsteady:
        said.append(
            f"Not corrected, because predictions hardly differ and many samples gave no value: {'; '.join(unsteady)}."
        )
    if recipe.validation.by_centre:
        said.append("Each centre was left out in turn, and judged by the model of the others.")
    if recipe.audience == "teams":
        said.append("It has not been validated on other patients: for sarcoma teams only until then.")
    return tuple(said)


@dataclass(frozen=True)
class Told:
    """What happened on the way that the account tells.

    samples : bootstrap samples drawn. not_judged : measures without an answer, and why. limited : horizons that were
    left out. thinned : that the baselines were thinned, and by how much that moves a probability.
    """

    samples: int
    not_judged: dict[str, str] = field(default_factory=dict)
    limited: str | None = None
    thinned: str | None = None


def _optimism(recipe: Recipe, told: Told) -> str:
    if not told.samples:
        return "No bootstrap samples were drawn: how much better it looks here than it is, is not known."
    imputed = ", each with one of the imputed data sets" if recipe.missing.method == "multiple-imputation" else ""
    fewer = ""
    if told.samples < recipe.validation.bootstrap:
        fewer = f" ({recipe.validation.bootstrap} are asked for; in a cohort as large fewer are drawn)"
    return (
        f"Optimism comes from {told.samples} bootstrap samples of patients in which every step was "
        f"repeated{imputed}{fewer}."
    )


def _missing(recipe: Recipe, material: Material) -> list[str]:
    used = material.used
    gaps = [
        f"{coding.predictor.label} {n}"
        for name, coding in material.codings.items()
        if (n := int((~material.columns[name].known & used).sum()))
    ]
    how = recipe.missing
    if how.method == "complete-case":
        return ["Only patients whose predictors are all known were used."]
    if not gaps:
        return ["No predictor was missing, so nothing was imputed."]
    return [
        f"Not known: {', '.join(gaps)}. They were imputed {how.imputations} times by chained equations with predictive "
        f"mean matching ({how.donors} donors, {how.cycles} cycles), from each other and the outcome"
        + (f", and from {', '.join(how.also)}" if how.also else "")
        + "; a value that the record rules out was not imputed. Fits were pooled by Rubin's rules."
    ]


def case_mix(recipe: Recipe, material: Material) -> tuple[CaseMix, ...]:
    """What the people of the model were like."""
    found = []
    for name, coding in material.codings.items():
        column, used = material.columns[name], material.used
        known = column.values[used & column.known]
        types = library().types if coding.predictor.field == "histologic_type" else {}
        missing = int((used & ~column.known).sum())
        if recipe.predictors[name].coded:
            counts = Counter(known.tolist())
            text = "; ".join(
                f"{types[level].name if level in types else level}: {n}" for level, n in counts.most_common()
            )
        else:
            low, middle, high = np.quantile(known.astype(float), [0.25, 0.5, 0.75])
            ends = limits_of(known.astype(float))
            text = f"median {middle:.3g} (quartiles {low:.3g} to {high:.3g}, range {ends[0]:g} to {ends[1]:g})"
        found.append(
            CaseMix(label=coding.predictor.label, values=text + (f"; not known: {missing}" if missing else ""))
        )
    return tuple(found)


def late_entry_statement(tau: float, low: float | None, high: float | None) -> str:
    """What the test of independent entry says, in words."""
    known = (
        "Patients came under observation late, and before it nobody could be seen to die; they count as at risk only "
        "from then on. "
    )
    if low is None or high is None:
        return known + (
            "Whether entry and survival are independent, as the curve needs, was not tested: no bootstrap samples were "
            "drawn."
        )
    if low <= 0 <= high:
        return known + (
            "Entry and survival look independent (the interval of Kendall's τ holds 0), as the curve needs; a weak "
            "dependence cannot be excluded."
        )
    side = "pessimistic" if tau < 0 else "optimistic"
    who = "died sooner" if tau < 0 else "lived longer"
    return known + (
        f"Entry is not quite independent of survival: those who came later {who}. The curve is then probably somewhat "
        f"{side}."
    )
