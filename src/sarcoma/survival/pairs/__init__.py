"""Concordance: which of two people the event comes to first.

`__init__.pyi` lists what the room offers. It is loaded at first use: SciPy takes longer to load than a card to run.
"""

from sarcoma._lazy import attach

__getattr__, __dir__ = attach(__name__, __file__)
