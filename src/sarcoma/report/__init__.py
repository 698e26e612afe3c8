"""Documents: an outlook and a validation as text, as a page, on paper and as plain data.

`__init__.pyi` lists what the room offers; it is loaded at first use, so that the command line starts fast.
"""

from sarcoma._lazy import attach

__getattr__, __dir__ = attach(__name__, __file__)
