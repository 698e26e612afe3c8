"""With this folder on the path and SARCOMA_PSEUDO=1, the package runs with pseudo-text; see `pseudo_text.py`."""

import os

if os.environ.get("SARCOMA_PSEUDO") == "1":
    import pseudo_text

    pseudo_text.install()
