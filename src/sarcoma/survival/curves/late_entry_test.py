"""Whether coming under observation late is independent of surviving, as every curve under delayed entry assumes."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from sarcoma._arguments import checked
from sarcoma.errors import InputError
from sarcoma.survival import _arrays


@checked
def conditional_tau(entry: ArrayLike, exit: ArrayLike, event: ArrayLike) -> tuple[float, int]:
    """Kendall's τ of entry and survival time among pairs whose order can be seen, and how many pairs these are.

    A pair counts if each came under observation before the other's end, the earlier end is an event and the entries
    differ: it is then known who died first, and both could have been seen to (Tsai, Biometrika 1990;77:169–177; Martin
    and Betensky, J Am Stat Assoc 2005;100:484–492). 0 under independence; below 0, people who came late died early.

    Parameters
    ----------
    entry, exit : (n,) of the same unit. event : (n,) whether the exit is the event.

    Raises
    ------
    InputError : no pair can be compared.

    Examples
    --------
    >>> conditional_tau(entry=[0, 2, 1], exit=[9, 5, 7], event=[1, 1, 0])
    (-1.0, 2)
    """
    _arrays.one_order(entry=entry, exit=exit, event=event)
    time = _arrays.floats("exit", exit, low=0.0)
    began, happened = _arrays.floats("entry", entry, len(time), low=0.0), _arrays.flags("event", event, len(time))
    time, began = _arrays.merge_near(time, began)
    order = np.argsort(time, kind="stable")
    start, end, died = began[order], time[order], happened[order]
    total = pairs = 0
    for i in np.flatnonzero(died).tolist():
        later = slice(i + 1, len(end))
        fair = (start[later] <= end[i]) & (end[later] > end[i])  # the other was under observation at this death
        sign = np.sign(start[later] - start[i])[fair]
        total += int(sign.sum())
        pairs += int((sign != 0).sum())
    if not pairs:
        raise InputError("entry", "no pair of people can be compared, so independence cannot be tested")
    return total / pairs, pairs
