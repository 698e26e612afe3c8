"""Cases of counting, drawn as tables in text: the patients, what an engine has to count of them, whom it leaves out.

Empty cells: it did not happen, nobody. Of events "?" is a time that is not known. Only columns that a case is about are
drawn; of the event table, only columns with something in them.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from sarcoma.cohort import PLANS, CountingPlan, full_course, where_first

EVENTS = ("local-recurrence", "metastasis", "death")


def table(text: str) -> tuple[list[str], list[list[str]]]:
    """The header and the rows of a table drawn with |."""
    lines = [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()]
    return lines[0], lines[1:]


def patients(text: str) -> dict[str, np.ndarray]:
    """The columns that an engine takes."""
    header, rows = table(text)
    drawn = {name: [row[i] for row in rows] for i, name in enumerate(header)}
    n = len(rows)

    def numbers(name: str, empty: float) -> np.ndarray:
        return np.array([empty if cell in ("", "?") else float(cell) for cell in drawn.get(name, [""] * n)])

    columns: dict[str, np.ndarray] = {"entry": numbers("entry", 0.0), "end": numbers("end", np.nan)}
    for event in EVENTS:
        columns[event] = numbers(event, np.nan)
        columns[f"{event} untimed"] = np.array([cell == "?" for cell in drawn.get(event, [""] * n)])
    columns["organ"] = np.array(drawn.get("organ", [""] * n), dtype=object)
    return columns


def drawn(event_table: Any) -> list[dict[str, float]]:
    """An event table as rows with what is not 0: at each time who is at risk, and what happens."""
    columns = event_table.columns()
    rows = []
    for i, time in enumerate(columns["time"]):
        counts = {name: float(column[i]) for name, column in columns.items() if name != "time" and column[i]}
        rows.append({"time": float(time), **counts})
    return rows


def expected(text: str) -> list[dict[str, float]]:
    """The same from a table drawn in text."""
    header, rows = table(text)
    return [{name: float(cell) for name, cell in zip(header, row, strict=True) if cell} for row in rows]


class Case(NamedTuple):
    name: str
    plan: CountingPlan
    patients: str
    counted: str
    left_out: dict[str, int]


CASES = [
    Case(
        "a death and a censoring on one day: who is censored is at risk",
        PLANS["survival"],
        """
        end | death
        5   | 5
        5   |
        8   | 8
        """,
        """
        time | at risk: alive | censored: alive | alive → dead
        5    | 3              | 1               | 1
        8    | 1              |                 | 1
        """,
        {},
    ),
    Case(
        "who enters late is at risk after entry, not on the day of it",
        PLANS["survival"],
        """
        entry | end | death
        0     | 5   | 5
        5     | 9   | 9
        7     | 7   |
        """,
        """
        time | at risk: alive | censored: alive | alive → dead
        5    | 1              |                 | 1
        9    | 1              |                 | 1
        """,
        {"no time under observation": 1},
    ),
    Case(
        "late entry ignored",
        PLANS["survival"].model_copy(update={"delayed_entry": "ignored"}),
        """
        entry | end | death
        0     | 5   | 5
        5     | 9   | 9
        """,
        """
        time | at risk: alive | alive → dead
        5    | 2              | 1
        9    | 1              | 1
        """,
        {},
    ),
    Case(
        "survival runs from the metastasis, of those who had one",
        PLANS["survival-from-metastasis"],
        """
        entry | end | metastasis | death
        0     | 40  | 24         | 40
        35    | 50  | 30         | 50
        0     | 30  |            | 30
        0     | 12  | ?          | 12
        """,
        """
        time | at risk: alive | alive → dead
        5    | 1              |
        16   | 2              | 1
        20   | 1              | 1
        """,
        {"had a metastasis at a time that is not known": 1},
    ),
    Case(
        "spread: the first reason counts, and a metastasis found at death is a metastasis",
        PLANS["spread"],
        """
        entry | end | metastasis | death
        0     | 40  | 24         | 40
        0     | 24  | 24         | 24
        0     | 20  | 0          |
        35    | 50  | 30         | 50
        0     | 12  | ?          | 12
        0     | 7   |            | 7
        0     | 9   |            |
        """,
        """
        time | at risk: no metastasis | censored: no metastasis | no metastasis → metastasis | no metastasis → death without metastasis
        7    | 4                      |                         |                            | 1
        9    | 3                      | 1                       |                            |
        24   | 2                      |                         | 2                          |
        """,
        {
            "had a metastasis at a time that is not known": 1,
            "had it at the origin of time": 1,
            "had it before observation began": 1,
        },
    ),
    Case(
        "the first event: of two on one day the metastasis counts",
        PLANS["first-event"],
        """
        end | local-recurrence | metastasis | death
        30  | 10               | 10         |
        30  | 10               | 12         | 30
        30  |                  |            | 30
        30  | ?                | 15         |
        """,
        """
        time | at risk: disease-free | disease-free → local recurrence | disease-free → metastasis | disease-free → death
        10   | 3                     | 1                               | 1                         |
        30   | 1                     |                                 |                           | 1
        """,
        {"had a local recurrence at a time that is not known": 1},
    ),
    Case(
        "the first event, in another order of ties: of two on one day the recurrence counts",
        PLANS["first-event"].model_copy(update={"ties": ("local-recurrence", "metastasis")}),
        """
        end | local-recurrence | metastasis
        30  | 10               | 10
        """,
        """
        time | at risk: disease-free | disease-free → local recurrence
        10   | 1                     | 1
        """,
        {},
    ),
    Case(
        "where the first metastasis is: organs that nobody asked for are another one",
        where_first(("lung",)),
        """
        end | metastasis | organ
        30  | 4          | lung
        30  | 6          | several organs at once
        30  | 8          | liver
        30  | 9          | unknown
        10  |            |
        """,
        """
        time | at risk: no metastasis | censored: no metastasis | no metastasis → lung | no metastasis → several organs at once | no metastasis → another organ or not known
        4    | 5                      |                         | 1                    |                                        |
        6    | 4                      |                         |                      | 1                                      |
        8    | 3                      |                         |                      |                                        | 1
        9    | 2                      |                         |                      |                                        | 1
        10   | 1                      | 1                       |                      |                                        |
        """,
        {},
    ),
    Case(
        "the full course: all that happens on one day is one transition",
        PLANS["full-course"],
        """
        entry | end | local-recurrence | metastasis | death
        0     | 40  | 12               | 24         | 40
        0     | 20  | 10               | 10         |
        0     | 15  |                  | 15         | 15
        6     | 8   | 3                |            | 8
        0     | 50  | ?                |            |
        """,
        """
        time | at risk: disease-free | at risk: local recurrence | at risk: both | censored: both | disease-free → local recurrence | disease-free → both | disease-free → dead | local recurrence → both | local recurrence → dead | both → dead
        6    | 3                     |                           |               |                |                                 |                     |                     |                         |                         |
        8    | 3                     | 1                         |               |                |                                 |                     |                     |                         | 1                       |
        10   | 3                     |                           |               |                |                                 | 1                   |                     |                         |                         |
        12   | 2                     |                           | 1             |                | 1                               |                     |                     |                         |                         |
        15   | 1                     | 1                         | 1             |                |                                 |                     | 1                   |                         |                         |
        20   |                       | 1                         | 1             | 1              |                                 |                     |                     |                         |                         |
        24   |                       | 1                         |               |                |                                 |                     |                     | 1                       |                         |
        40   |                       |                           | 1             |                |                                 |                     |                     |                         |                         | 1
        """,
        {"had a local recurrence at a time that is not known": 1},
    ),
    Case(
        "the full course by the organ of the first metastasis",
        full_course(("lung",)),
        """
        end | metastasis | death | organ
        30  | 4          | 30    | lung
        20  | 6          | 20    | bone
        """,
        """
        time | at risk: disease-free | at risk: lung metastasis | at risk: metastasis elsewhere | disease-free → lung metastasis | disease-free → metastasis elsewhere | lung metastasis → dead | metastasis elsewhere → dead
        4    | 2                     |                          |                               | 1                              |                                     |                        |
        6    | 1                     | 1                        |                               |                                | 1                                   |                        |
        20   |                       | 1                        | 1                             |                                |                                     |                        | 1
        30   |                       | 1                        |                               |                                |                                     | 1                      |
        """,
        {},
    ),
]
