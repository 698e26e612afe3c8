"""What two sets of records have to agree in."""

from __future__ import annotations

import numpy as np

from sarcoma.patient import DERIVED, Coded, Members, Numeric, Records, field_specs

COLUMNS = [*DERIVED, *(n for n, s in field_specs().items() if s.kind not in ("date", "metastases", "topography"))]


def same(one: Records, other: Records, name: str) -> None:
    a, b = one.column(name), other.column(name)
    assert type(a) is type(b)
    if isinstance(a, Numeric) and isinstance(b, Numeric):
        np.testing.assert_array_equal(a.values, b.values)
        assert (a.low, a.high) == (b.low, b.high)
    elif isinstance(a, (Coded, Members)) and isinstance(b, (Coded, Members)):
        assert [a.states[code] for code in a.codes] == [b.states[code] for code in b.codes]
