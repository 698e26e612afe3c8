"""The patients of a cohort at another moment than the origin: at the first metastasis, at the local recurrence."""

from __future__ import annotations

import numpy as np

from sarcoma._arguments import checked
from sarcoma.cohort.cohort import Cohort
from sarcoma.cohort.follow_up import FollowUp
from sarcoma.patient import Metastasis, Numeric, Records
from sarcoma.patient.columns import Column, coded, numeric


@checked
def records_at_metastasis(cohort: Cohort, follow_up: FollowUp) -> Records:
    """All patients as they were when their first metastasis was found; who had none (or at no known time) is as before.

    The age comes from the age at the origin. Where the origin is not the diagnosis, the months between diagnosis and
    metastasis are not known.
    """
    values = {name: list(cohort.records.values(name)) for name in ("metastases", "landmark_months")}
    from_diagnosis = cohort.about.origin == "diagnosis"
    for i, (months, organs) in enumerate(zip(follow_up.metastasis.tolist(), follow_up.first_organs, strict=True)):
        if months == months:
            when = months if from_diagnosis else None
            values["metastases"][i] = tuple(Metastasis(organ=o, months=when) for o in organs or ("unknown",))
            values["landmark_months"][i] = when
    happened = ~np.isnan(follow_up.metastasis)
    own = "age_at_origin" in cohort.patients.columns
    age = cohort.patients["age_at_origin"].to_list() if own else cohort.records.values("age")
    ages = np.array([np.nan if a is None else a for a in age], dtype=float) + follow_up.metastasis / 12
    derived: dict[str, Column] = {
        "age_at_metastasis": Numeric(ages, 0.0, 180.0),
        "months_since_metastasis": numeric([0.0 if h else None for h in happened.tolist()], -720.0, 720.0),
        "metastatic": coded(happened.tolist(), ("yes", "no")),
    }
    return cohort.records.changed(values, derived)


@checked
def records_at_recurrence(cohort: Cohort, follow_up: FollowUp) -> Records:
    """All patients as they were at their first local recurrence; who had none is as before."""
    changed = ("local_recurrence", "local_recurrence_months", "landmark_months", "metastases")
    values = {name: list(cohort.records.values(name)) for name in changed}
    from_diagnosis = cohort.about.origin == "diagnosis"
    for i, (months, spread) in enumerate(
        zip(follow_up.recurrence.tolist(), follow_up.metastasis.tolist(), strict=True)
    ):
        if months == months:
            when = months if from_diagnosis else None
            values["local_recurrence"][i], values["local_recurrence_months"][i] = True, when
            values["landmark_months"][i] = when
            if spread <= months:
                organs = follow_up.first_organs[i] or ("unknown",)
                at = spread if from_diagnosis else None
                values["metastases"][i] = tuple(Metastasis(organ=o, months=at) for o in organs)
    happened = [0.0 if m == m else None for m in follow_up.recurrence.tolist()]
    return cohort.records.changed(values, {"months_since_recurrence": numeric(happened, -720.0, 720.0)})
