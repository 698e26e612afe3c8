"""Hospitals that may not share rows: the same results from counts and sums, under a policy.

A `Question` (`question_of`) and a `Policy` (`read_policy`, `policy_of`) give at each site an `Answer` (`partial`), and
all answers together a result or the question of the next round (`combine`): pure functions, files, no network.
"""

from sarcoma._lazy import attach

__getattr__, __dir__ = attach(__name__, __file__)
