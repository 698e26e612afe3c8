"""The mapping of a cBioPortal study that has none of its own: from the columns and timelines that the format defines.

The format (docs.cbioportal.org, "File Formats") counts OS_MONTHS in months and timelines in days from the initial
diagnosis. A study that describes its OS_MONTHS otherwise (from sequencing, say) is not mapped by guess.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import polars as pl

from sarcoma.cohort.reading.event_codes import status_codes
from sarcoma.cohort.reading.mapping import read_cohort_map
from sarcoma.cohort.reading.source import Draft
from sarcoma.patient import Metastasis, words

ID, ZERO = "PATIENT_ID", "START_DATE"
_TYPES = ("CANCER_TYPE_DETAILED", "HISTOLOGICAL_DIAGNOSIS", "ONCOTREE_CODE")
_FIELDS: dict[str, tuple[str, ...]] = {
    "age": ("AGE", "AGE_AT_DIAGNOSIS", "DIAGNOSIS_AGE", "AGE_AT_INITIAL_PATHOLOGIC_DIAGNOSIS"),
    "sex": ("SEX", "GENDER"),
    "histologic_type": _TYPES,
    "grade": ("FNCLCC_GRADE", "TUMOR_GRADE", "GRADE", "HISTOLOGICAL_GRADE"),
    "size_cm": ("TUMOR_SIZE_CM", "TUMOR_SIZE", "TUMOUR_SIZE"),
    "depth": ("TUMOR_DEPTH", "DEPTH"),
    "margin": ("MARGIN_STATUS", "RESIDUAL_TUMOR", "MARGIN"),
    "site": ("PRIMARY_SITE", "TUMOR_SITE", "TUMOR_TISSUE_SITE"),
}
_CAUSES = {"dead with tumor": "sarcoma", "alive or dead tumor free": "other"}
"""What a disease-specific status says of someone who died, without the number before the colon."""
_OTHER_TRACKS = r"treat|surg|specimen|sequenc|sample|lab|imag|radi|procedure|biops|patholog|medic|drug"
_DIAGNOSIS = r"\bdiag\w*os"  # the portal's own files misspell it: diagonosis
_MOST_CODES = 60
_SAID: tuple[tuple[str, str, str], ...] = (
    (
        "metastasis",
        r"metasta|\bmets?\b|distant[ -]*(recur|relaps|progress|disease|spread)",
        r"\bno\b|non-?metasta|without|negative|metastasectom|resect|treat",
    ),
    (
        "local-recurrence",
        r"\bloco-?regional|\blocal(ly)?[ -]*(recur|relaps|progress|fail)",
        r"\bno\b|without|negative|distant|metasta",
    ),
    ("death", r"^(\d:)?(dead|death|died|decease|expired)", r"\bnot?\b|\bor\b|alive|living"),
    ("last-contact", r"last[ -]*(contact|follow|seen|known|alive)|^(\d:)?(alive|living)", r"\bnot?\b|\bor\b|dead|died"),
)


def study_mapping(
    main: pl.DataFrame,
    timelines: Mapping[str, pl.DataFrame],
    meta: Mapping[str, str],
    described: Mapping[str, str],
) -> Draft:
    """The mapping of a study.

    Parameters
    ----------
    main : patients with their first sample. timelines : other tables, by name. meta : what meta_study.txt says.
    described : what the header of the patients' file says of each column.
    """
    draft = Draft(
        {
            "name": meta.get("name") or meta.get("cancer_study_identifier") or "a cBioPortal study",
            "source": f"cBioPortal study {meta.get('cancer_study_identifier', 'without an identifier')}",
            **({"citation": meta["citation"]} if meta.get("citation") else {}),
            "id": ID,
            "unknown": ["", "NA", "[Not Available]", "[Unknown]", "[Not Applicable]", "Not Available"],
            "origin": {
                "event": "diagnosis",
                "note": "as cBioPortal's format defines it; make sure that the study keeps to it",
            },
        }
    )
    if "CANCER_TYPE" in main.columns:
        kinds = main["CANCER_TYPE"].cast(pl.String).str.strip_chars().drop_nulls().unique().sort().to_list()
        ours = [kind for kind in kinds if re.search("sarcoma|soft tissue", kind, re.IGNORECASE)]
        if ours and len(ours) < len(kinds):
            draft.mapping["only"] = {"CANCER_TYPE": ours}
            draft.unsure.append(f"only patients whose CANCER_TYPE is {' or '.join(ours[:6])} are taken")
    draft.mapping["fields"] = _fields(main, draft)
    draft.mapping["events"] = [*_survival(main, described, draft), *_timeline_events(timelines, draft)]
    if not any(e["event"] in ("death", "last-contact") for e in draft.mapping["events"]):
        draft.refused = "there is neither OS_MONTHS with OS_STATUS nor a timeline with deaths and last contacts"
    draft.mapping["notes"] = [f"The mapping was made from the format: {text}." for text in draft.unsure]
    return draft


def _fields(main: pl.DataFrame, draft: Draft) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for name, columns in _FIELDS.items():
        present = [c for c in columns if c in main.columns]
        if present:
            fields[name] = present[0]
    if isinstance(fields.get("histologic_type"), str):
        values = read_cohort_map("msk-met").fields["histologic_type"]["values"]  # OncoTree's codes and names
        fields["histologic_type"] = {"columns": [c for c in _TYPES if c in main.columns], "values": dict(values)}
    if "size_cm" in fields:
        draft.unsure.append(f"{fields['size_cm']} is taken as centimetres")
    return fields


def _survival(main: pl.DataFrame, described: Mapping[str, str], draft: Draft) -> list[dict[str, Any]]:
    if not {"OS_MONTHS", "OS_STATUS"} <= set(main.columns):
        return []
    said = described.get("OS_MONTHS", "")
    if re.search(r"\b(since|from|after)\b", said, re.IGNORECASE) and not re.search(_DIAGNOSIS, said, re.IGNORECASE):
        draft.refused = "this study describes its OS_MONTHS as running from something else than the diagnosis"
    elif not re.search(_DIAGNOSIS, said, re.IGNORECASE):
        draft.unsure.append("OS_MONTHS is taken as running from the diagnosis; the study does not say")
    cells = main["OS_STATUS"].cast(pl.String).str.strip_chars().drop_nulls()
    unknown = draft.mapping["unknown"]
    counts = {
        v: n for v, n in sorted(cells.value_counts().iter_rows()) if v not in unknown and not words.means_unknown(v)
    }
    codes = status_codes("OS_STATUS", counts)
    if not codes.settled:
        draft.mapping["unconfirmed"] = [codes.as_question()]
        draft.refused = "OS_STATUS has codes that the format does not define, so who died has to be confirmed"
    dead, alive = (codes.dead, codes.alive) if codes.settled else ((), ())
    time = {"column": "OS_MONTHS", "unit": "months", "label": "OS_MONTHS"}
    events: list[dict[str, Any]] = []
    if dead or not codes.settled:
        cause = {"cause": _cause(main)} if "DSS_STATUS" in main.columns else {}
        events.append({"event": "death", "when": {"OS_STATUS": list(dead)}, **time, **cause})
    if alive or not codes.settled:
        events.append({"event": "last-contact", "when": {"OS_STATUS": list(alive)}, **time})
    return events


def _cause(main: pl.DataFrame) -> dict[str, Any]:
    """Causes of death by the disease-specific status; others are not known, and named."""
    values = {}
    for value in main["DSS_STATUS"].cast(pl.String).str.strip_chars().drop_nulls().unique().sort().to_list():
        said = _CAUSES.get(value.casefold().removeprefix("0:").removeprefix("1:"))
        if said is not None:
            values[value] = said
    return {"column": "DSS_STATUS", "values": values}


def _timeline_events(timelines: Mapping[str, pl.DataFrame], draft: Draft) -> list[dict[str, Any]]:
    events = []
    for name, frame in timelines.items():
        if not {ID, ZERO} <= set(frame.columns) or re.search(_OTHER_TRACKS, name, re.IGNORECASE):
            continue
        codes = {column: _codes(frame, column) for column in frame.columns}
        for event, pattern, but in _SAID:
            for column, values in codes.items():
                some = [v for v in values if re.search(pattern, v.casefold()) and not re.search(but, v.casefold())]
                if some:
                    ends = event in ("death", "last-contact")
                    event_map = {
                        "event": event,
                        "table": name,
                        "when": {column: some},
                        "column": ZERO,
                        "unit": "days",
                        "label": name,
                        **({"fallback": True} if ends else {}),
                        **(_organ(frame, column, some) if event == "metastasis" else {}),
                    }
                    events.append(event_map)
                    if not ends:
                        draft.unsure.append(f"{event} is {column} in {name} where it is {' or '.join(some[:4])}")
                    break
    return events


def _codes(frame: pl.DataFrame, column: str) -> list[str]:
    if column in (ID, ZERO, "STOP_DATE", "SAMPLE_ID"):
        return []
    values = frame[column].cast(pl.String).str.strip_chars().drop_nulls().unique().sort().to_list()
    return [v for v in values if v and not words.means_unknown(v)] if len(values) <= _MOST_CODES else []


def _organ(frame: pl.DataFrame, status: str, said: list[str]) -> dict[str, Any]:
    """The column of organs of a timeline: most of its cells are words that the record knows for organs."""
    spec = Metastasis.model_fields["organ"].metadata[0]
    rows = frame.filter(pl.col(status).cast(pl.String).str.strip_chars().is_in(said))
    for column in rows.columns:
        values = (
            _codes(rows, column) if column != status and re.search(r"site|organ|anatom|locat", column, re.I) else []
        )
        known = []
        for value in values:
            try:
                known.append(spec.clean(value))
            except ValueError:
                continue
        if known:
            return {"organ": column}
    return {}
