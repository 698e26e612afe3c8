"""The mathematics: NumPy and SciPy only, no knowledge of sarcoma, files or frames.

Rooms: `counting` (courses, histories, event tables), `curves` (estimates from counts), `pairs` (concordance),
`regression` (Cox, Fine–Gray), `multistate` (individual prediction), `measures` (how good a prediction is). The names
that they offer, but for those of `measures`, are here too, with the transforms of covariates that the cards share.
They are loaded at first use: SciPy takes longer to load than a card to run.
"""

from sarcoma._lazy import attach

__getattr__, __dir__ = attach(__name__, __file__)
