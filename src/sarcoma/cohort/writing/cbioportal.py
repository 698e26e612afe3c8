"""A study folder of cBioPortal: patients, one sample each (the primary tumour) and a timeline of what happened.

File format: docs.cbioportal.org, "File Formats". `sarcoma_mapping.yaml`, which the portal does not look at, says what
the columns mean, so that the same cohort is read back. A portal draws survival from every pair of `…_STATUS` and
`…_MONTHS`, as if all had been followed from the start: with delayed entry, or without a common start, there are none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from sarcoma._files import write_file
from sarcoma._months import DAYS_PER_MONTH
from sarcoma._plain_text import guarded_frame, without_controls
from sarcoma.cohort.cohort import KEPT, ORIGINS, About, Cohort
from sarcoma.cohort.reading.readers.cbioportal import MAPPING
from sarcoma.cohort.writing.losses import Loss
from sarcoma.cohort.writing.study_columns import Column, columns_of, number_text
from sarcoma.errors import CohortError
from sarcoma.patient import words

if TYPE_CHECKING:
    import polars as pl

NAME = "cbioportal"
_DATA = {
    "clinical_patient": "PATIENT_ATTRIBUTES",
    "clinical_sample": "SAMPLE_ATTRIBUTES",
    "timeline_status": "TIMELINE",
}
FILES = (*(f"{part}_{name}.txt" for name in _DATA for part in ("data", "meta")), MAPPING, "meta_study.txt")
_ID = re.compile(r"[A-Za-z0-9._-]{1,200}")
_STATUS = {
    "death": "Deceased",
    "last-contact": "Last contact",
    "metastasis": "Distant metastasis",
    "local-recurrence": "Local recurrence",
}
_TITLES = {
    "PATIENT_ID": "Patient identifier",
    "SAMPLE_ID": "Sample identifier",
    "OS_STATUS": "Overall survival status",
    "OS_MONTHS": "Overall survival (months)",
    "DSS_STATUS": "Disease-specific survival status",
    "DSS_MONTHS": "Disease-specific survival (months)",
}


def write(cohort: Cohort, folder: Path) -> tuple[Loss, ...]:
    """Write the study: all files beside first, then each takes its place; `meta_study.txt`, without which a portal
    takes nothing, comes last.

    Raises
    ------
    CohortError : an id is none that a portal takes, or the folder cannot be written to.
    """
    files, losses = study_of(cohort)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=".study-", suffix=".part", dir=folder) as beside:
            for name in FILES:
                write_file(Path(beside) / name, files[name], CohortError)
            for name in FILES:
                (Path(beside) / name).replace(folder / name)
    except OSError:
        raise CohortError(f"{folder.name[:80]}: this folder cannot be written to") from None
    return losses


def study_of(cohort: Cohort) -> tuple[Mapping[str, str], tuple[Loss, ...]]:
    """The files of the study by name, and what they do not carry.

    Raises
    ------
    CohortError : an id is none that a portal takes.
    """
    _refuse_ids(cohort)
    columns, losses = columns_of(cohort.patients)
    course, undated = _course(cohort)
    patients = [c for c in (*columns, *undated) if not c.of_tumour]
    entry = _entry(cohort)
    if entry is not None:
        patients.append(entry)
        losses.append(Loss("survival for the portal to draw, which knows no delayed entry", len(cohort)))
    elif cohort.about.origin == "inclusion":
        losses.append(Loss("survival for the portal to draw, as there is no common start", len(cohort)))
    else:
        patients += _survival(cohort)
    samples = [c for c in columns if c.of_tumour]
    ids = cohort.patients["id"].to_list()
    study = _identifier(cohort.about)
    identifying = [Column("PATIENT_ID", "STRING", ids, "Patient identifier")]
    tumour = [
        *identifying,
        Column("SAMPLE_ID", "STRING", [f"{name}-primary" for name in ids], "The primary tumour"),
        Column("SAMPLE_TYPE", "STRING", ["Primary"] * len(ids), "Type of the sample"),
        Column("CANCER_TYPE", "STRING", ["Soft Tissue Sarcoma"] * len(ids), "Cancer type"),
    ]
    files = {
        "data_clinical_patient.txt": _clinical([*identifying, *patients]),
        "data_clinical_sample.txt": _clinical([*tumour, *samples]),
        "data_timeline_status.txt": _tab_separated(course),
        MAPPING: _mapping(cohort, columns, undated, has_entry=entry is not None),
        "meta_study.txt": _meta(_study(cohort, study)),
    }
    for name, kind in _DATA.items():
        files[f"meta_{name}.txt"] = _meta(
            {
                "cancer_study_identifier": study,
                "genetic_alteration_type": "CLINICAL",
                "datatype": kind,
                "data_filename": f"data_{name}.txt",
            }
        )
    if cohort.about.rows_refused:
        losses.append(Loss("rows that were refused when the cohort was read, and why", cohort.about.rows_refused))
    return files, tuple(losses)


def _refuse_ids(cohort: Cohort) -> None:
    ids = cohort.patients["id"].to_list()
    strange = sum(_ID.fullmatch(name) is None or words.means_unknown(name) for name in ids)
    if strange:
        raise CohortError(
            f"id: {strange:,} of {len(ids):,} are none that cBioPortal takes: only letters, digits, points, "
            "underscores and hyphens, for example P-0012; give the patients other ids and write again"
        )


def _identifier(about: About) -> str:
    bare = re.sub(r"[^a-z0-9]+", "_", about.name.casefold().encode("ascii", "ignore").decode()).strip("_")
    return bare[:60].strip("_") or "sarcoma_cohort"


def _study(cohort: Cohort, study: str) -> dict[str, str]:
    about = cohort.about
    said = [
        about.inclusion,
        about.source,
        about.period,
        f"{len(cohort):,} patients. Times are months since: {ORIGINS[about.origin]}",
    ]
    return {
        "type_of_cancer": "soft_tissue",
        "cancer_study_identifier": study,
        "name": about.name,
        "description": ". ".join(part.rstrip(". ") for part in said if part) + ".",
        **({"citation": about.citation} if about.citation else {}),
        "add_global_case_list": "true",
    }


def _meta(said: Mapping[str, str]) -> str:
    return "".join(f"{key}: {' '.join(without_controls(value).split())}\n" for key, value in said.items())


def _course(cohort: Cohort) -> tuple[pl.DataFrame, list[Column]]:
    """The timeline, in days as the portal counts and in months as they are; and what has no time, as attributes."""
    import polars as pl

    happened = cohort.events.filter(pl.col("event") != "entry")
    dated = happened.filter(pl.col("months").is_not_null())
    course = dated.select(
        PATIENT_ID="id",
        START_DATE=(pl.col("months") * DAYS_PER_MONTH).round().cast(pl.Int64).cast(pl.String),
        STOP_DATE=pl.lit(""),
        EVENT_TYPE=pl.lit("STATUS"),
        STATUS=pl.col("event").replace_strict(_STATUS, return_dtype=pl.String),
        ORGAN=pl.col("organ").fill_null(""),
        CAUSE=pl.col("cause").fill_null(""),
        MONTHS=pl.Series([number_text(months) for months in dated["months"]], dtype=pl.String),
    )
    columns = []
    without = happened.filter(pl.col("months").is_null() & pl.col("event").is_in(["metastasis", "local-recurrence"]))
    for (event, organ), rows in sorted(without.group_by("event", "organ"), key=lambda part: str(part[0])):
        of = set(rows["id"])
        name = "UNDATED_" + "_".join(p for p in (str(event), str(organ or "")) if p).upper().replace("-", "_")
        cells = ["YES" if patient in of else None for patient in cohort.patients["id"]]
        help_ = f"Happened at a time that is not known: {event}{f' ({organ})' if organ else ''}"
        columns.append(Column(name, "STRING", cells, help_, event=str(event), organ=organ and str(organ)))
    return course, columns


def _entry(cohort: Cohort) -> Column | None:
    """When observation begins, where it does not for everyone at the origin."""
    import polars as pl

    entries = cohort.events.filter((pl.col("event") == "entry") & pl.col("months").is_not_null())
    if not entries.height:
        return None
    begins = dict(entries.group_by("id").agg(pl.col("months").min()).iter_rows())
    cells = [number_text(begins.get(patient, 0.0)) for patient in cohort.patients["id"]]
    return Column("MONTHS_OF_ENTRY", "NUMBER", cells, "Months from the origin of time to when observation began")


def _survival(cohort: Cohort) -> list[Column]:
    """Overall survival, and survival from the sarcoma where causes are told, as pairs that the portal draws."""
    import polars as pl

    timed = cohort.events.filter(pl.col("months").is_not_null())
    deaths = (
        timed.filter(pl.col("event") == "death").group_by("id").agg(pl.col("months").min(), pl.col("cause").first())
    )
    death = {name: (months, cause) for name, months, cause in deaths.iter_rows()}
    contacts = timed.filter(pl.col("event") == "last-contact").group_by("id").agg(pl.col("months").max())
    last = dict(contacts.iter_rows())
    months, status, by_cause = [], [], []
    for name in cohort.patients["id"]:
        end, cause = death.get(name, (last.get(name), None))
        died = name in death
        months.append(number_text(end))
        status.append(None if end is None else "1:DECEASED" if died else "0:LIVING")
        of = "1:DEAD WITH TUMOR" if cause == "sarcoma" else "0:ALIVE OR DEAD TUMOR FREE"
        by_cause.append(None if end is None or (died and cause not in ("sarcoma", "other")) else of)
    origin = cohort.about.origin
    since = "since initial diagnosis" if origin == "diagnosis" else f"since: {ORIGINS[origin]}"
    columns = [
        Column("OS_STATUS", "STRING", status, "Overall survival status"),
        Column("OS_MONTHS", "NUMBER", months, f"Overall survival in months {since}"),
    ]
    if any(cause in ("sarcoma", "other") for _, cause in death.values()):
        told = [m if c is not None else None for m, c in zip(months, by_cause, strict=True)]
        columns += [
            Column("DSS_STATUS", "STRING", by_cause, "Death of the sarcoma; deaths of other causes are censored"),
            Column("DSS_MONTHS", "NUMBER", told, f"Disease-specific survival in months {since}"),
        ]
    return columns


def _clinical(columns: list[Column]) -> str:
    """A clinical file: four lines that describe the columns, their names, and a row a patient."""
    import polars as pl

    names = [c.name for c in columns]
    titles = [_TITLES.get(c.name) or (c.title or c.name.replace("_", " ").capitalize()) for c in columns]
    priority = ["0" if c.name.startswith("KEPT_") else "1" for c in columns]
    lines = [titles, [c.help for c in columns], [c.kind for c in columns], priority]
    header = "".join("#" + "\t".join(" ".join(cell.split()) for cell in line) + "\n" for line in lines)
    return header + _tab_separated(
        pl.DataFrame({n: pl.Series(c.cells, dtype=pl.String) for n, c in zip(names, columns, strict=True)})
    )


def _tab_separated(frame: pl.DataFrame) -> str:
    """The table without quotes, which a portal would take as part of the cell."""
    own = [
        name for name in frame.columns if name in ("PATIENT_ID", "SAMPLE_ID", "START_DATE", "MONTHS", "MONTHS_OF_ENTRY")
    ]
    safe = guarded_frame(frame.drop(own)).with_columns(frame.select(own)).select(frame.columns)
    return safe.write_csv(separator="\t", quote_style="never", null_value="")


def _mapping(cohort: Cohort, columns: list[Column], undated: list[Column], *, has_entry: bool) -> str:
    """What the columns mean, for our own reader."""
    import yaml

    about = cohort.about
    told = ("source", "citation", "licence", "period", "inclusion")
    timed = {"table": "timeline_status", "column": "MONTHS", "unit": "months"}
    events: list[dict[str, Any]] = [{"event": e, "when": {"STATUS": [text]}, **timed} for e, text in _STATUS.items()]
    for event in events:
        if event["event"] == "death":
            event["cause"] = {"column": "CAUSE", "values": {c: c for c in ("sarcoma", "other", "unknown")}}
        if event["event"] == "metastasis":
            event["organ"] = "ORGAN"
    for column in undated:
        organ = {"organ": {"value": column.organ}} if column.organ else {}
        at = {"column": column.name, "unit": "months", "unknown": ["YES"]}
        events.append({"event": column.event, "when": {column.name: ["YES"]}, **at, **organ})
    fields = {c.field: c.name for c in columns if c.field and c.field != "id" and not c.field.startswith(KEPT)}
    own = {field: fields.pop(field) for field in ("age_at_origin", "centre") if field in fields}
    mapping = {
        "name": about.name,
        **{key: getattr(about, key) for key in told if getattr(about, key) is not None},
        **({"notes": list(about.notes)} if about.notes else {}),
        "id": "PATIENT_ID",
        "unknown": [""],
        "origin": {"event": about.origin, **({"note": about.origin_note} if about.origin_note else {})},
        "assumes": False,
        **({"entry": {"column": "MONTHS_OF_ENTRY", "unit": "months"}} if has_entry else {}),
        **({"age_at_origin": {"column": own["age_at_origin"], "unit": "age"}} if "age_at_origin" in own else {}),
        **({"centre": own["centre"]} if "centre" in own else {}),
        "fields": fields,
        "events": events,
        "keep": {c.field.removeprefix(KEPT): c.name for c in columns if c.field and c.field.startswith(KEPT)},
    }
    head = "# What the columns of this study mean, for: sarcoma cohort read FOLDER. The portal does not look at it.\n"
    return head + yaml.safe_dump(mapping, sort_keys=False, allow_unicode=True, width=110)
