"""`sarcoma outlook --table`: an outlook a row, with the account of what could not be read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from sarcoma.cli._own_cards import own_cards
from sarcoma.errors import TableError

if TYPE_CHECKING:
    from sarcoma.outlook.table import TableOutlook


def outlook_table(
    table: Path,
    mapping: str | None,
    out: Path | None,
    account: Path | None,
    as_json: bool,
    cards: list[Path],
    sheet: str | None,
    header_row: int | None,
    *,
    force: bool,
) -> None:
    from sarcoma._files import format_of
    from sarcoma._tables import read_table
    from sarcoma.cli._shared import keep_apart, print_json, progress
    from sarcoma.outlook.table import table_outlook, write_account, write_frame
    from sarcoma.patient.mapping import read_mapping

    if out is None:
        raise TableError("say where the outlooks go, for example --out outlooks.parquet")
    place = account or out.with_suffix(".account.csv")
    inputs = {"--table": table, "--mapping": mapping, **{f"--card {path.name[:80]}": path for path in cards}}
    keep_apart({"--out": out, "--account": place}, inputs, force=force)
    format_of(out, (".parquet", ".csv"), "--out")
    format_of(place, (".csv",), "--account")
    own = own_cards(cards)
    known = read_mapping(mapping) if mapping is not None else None
    if known is not None:
        sheet, header_row = sheet or known.sheet, header_row or known.header_row
    frame = read_table(table, sheet=sheet, header_row=header_row)
    result = table_outlook(frame, known, lambda models: progress(models, "Models"), own)
    write_frame(result.frame, out)
    write_account(result.account, place)
    summary = _summary(result)
    if as_json:
        print_json({**summary, "out": str(out), "account": str(place)})
    else:
        _print_summary(summary, out, place)


def _summary(result: TableOutlook) -> dict[str, Any]:
    import numpy as np

    account = result.account
    models: dict[str, Any] = {}
    for card_id, said in result.predictions.items():
        values = said.value[said.status == 1]
        models[card_id] = {
            "applies": int((said.status == 1).sum()),
            "does_not_apply": int((said.status == 0).sum()),
            "cannot_tell": int((said.status == -1).sum()),
            "as_a_range": int((np.isnan(values[:, -1]) if len(values) else np.array([])).sum()),
            "probability_of": said.card.outcome.probability_of,
            "horizon_months": said.horizons_months[-1],
            "quartiles": [round(float(q), 4) for q in np.nanquantile(values[:, -1], [0, 0.25, 0.5, 0.75, 1])]
            if np.isfinite(values).any()
            else None,
        }
    return {
        "rows_in": account.rows_in,
        "rows_out": account.rows_out,
        "rows_refused": account.rows_refused,
        "refused_because": dict(account.reasons(refused=True)),
        "cells_left_unknown": dict(account.reasons(refused=False)),
        "models": models,
    }


def _print_summary(summary: dict[str, Any], out: Path, account: Path) -> None:
    from sarcoma.report.draft import Draft

    page = Draft()
    page.heading("Outlooks for a table")
    page.text(
        f"Rows in {summary['rows_in']:,} = rows out {summary['rows_out']:,} + rows refused {summary['rows_refused']:,}"
    )
    for title, key in (
        ("Refused", "refused_because"),
        ("Cells that could not be read, left unknown", "cells_left_unknown"),
    ):
        if summary[key]:
            page.blank()
            page.subheading(title)
            for reason, count in summary[key].items():
                page.item(f"{count:,} × {reason}")
    page.blank()
    page.subheading("Models")
    for card_id, row in summary["models"].items():
        text = f"{card_id}: applies {row['applies']:,}, does not {row['does_not_apply']:,}"
        text += f", cannot tell {row['cannot_tell']:,}"
        if row["as_a_range"]:
            text += f"; a range for {row['as_a_range']:,}"
        if row["quartiles"]:
            spread = " · ".join(f"{100 * q:.0f}%" for q in row["quartiles"])
            word = "event" if row["probability_of"] == "event" else "no event"
            text += f"; {word} at {row['horizon_months']:g} months, least to greatest by quarters: {spread}"
        page.item(text)
    page.blank()
    page.text(f"Written: {out.name} (probabilities 0–1) and {account.name} (what could not be read).")
    print(page, end="")
