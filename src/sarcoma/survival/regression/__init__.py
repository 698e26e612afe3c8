"""Cox and Fine–Gray regression, their checks, and Rubin's rules.

`__init__.pyi` lists what the room offers. It is loaded at first use: SciPy takes longer to load than a card to run.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
