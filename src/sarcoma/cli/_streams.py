"""The standard output, whatever it can hold: what its encoding lacks is written in ASCII, a full disk is named."""

from __future__ import annotations

import codecs
import os
import sys
import unicodedata
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TextIO

_AS_ASCII = "sarcoma-as-ascii"
"""The name of the error handler of codecs."""
_OURS = "sarcoma-ascii"
_PAIRS = (
    ("…", "..."), ("→", "->"), ("←", "<-"), ("≥", ">="), ("≤", "<="), ("≈", "~"), ("±", "+/-"), ("×", "x"), ("·", "-"),
    ("°", " deg"), ("µ", "u"), ("μ", "u"), ("ß", "ss"), ("ø", "o"), ("Ø", "O"), ("æ", "ae"), ("Æ", "AE"), ("œ", "oe"),
    ("Œ", "OE"), ("ł", "l"), ("Ł", "L"), ("✓", "yes"), ("✗", "no"), ("█", "#"), ("░", "."), ("\u00a0", " "),
    ("\u202f", " "),
)  # fmt: skip
_IN_ASCII = {
    **dict.fromkeys("‐‑‒–—―−─━∙", "-"),
    **dict.fromkeys("│┃", "|"),
    **dict.fromkeys("•●▪■○", "*"),
    **dict.fromkeys("‘’‚′", "'"),
    **dict.fromkeys("“”„«»″", '"'),
    **dict.fromkeys("\u200b\ufeff\u2060\u00ad", ""),
    **dict(_PAIRS),
}


def in_ascii(text: str) -> str:
    """Text in ASCII: signs by what people type for them, letters without their accents, anything else as `?`."""
    return "".join(_in_ascii(sign) for sign in text)


def _in_ascii(sign: str) -> str:
    if sign.isascii():
        return sign
    if sign in _IN_ASCII:
        return _IN_ASCII[sign]
    if unicodedata.combining(sign):
        return ""
    bare = unicodedata.normalize("NFKD", sign)
    bare = "".join(_IN_ASCII.get(part, part) for part in bare if not unicodedata.combining(part))
    return bare if bare and bare.isascii() else "?"


def _replaced(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return in_ascii(error.object[error.start : error.end]), error.end


def _plain_ascii(name: str) -> codecs.CodecInfo | None:
    """ASCII by a name that the command line's library does not know: it writes UTF-8 where it reads `ascii`."""
    if name.replace("_", "-") != _OURS:
        return None
    a = codecs.lookup("ascii")
    return codecs.CodecInfo(
        a.encode, a.decode, a.streamreader, a.streamwriter, a.incrementalencoder, a.incrementaldecoder, name=_OURS
    )


def prepare() -> None:
    """Let the standard output and error take any text; a stream that is closed swallows it."""
    codecs.register_error(_AS_ASCII, _replaced)
    codecs.register(_plain_ascii)
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 - as long as the process
        elif hasattr(stream, "reconfigure"):
            with suppress(ValueError, OSError, LookupError):
                is_ascii = codecs.lookup(stream.encoding).name == "ascii"
                stream.reconfigure(encoding=_OURS if is_ascii else None, errors=_AS_ASCII)


def can_hold(text: str, stream: TextIO | None = None) -> bool:
    """Whether the encoding of the standard output has every sign of a text."""
    try:
        text.encode((stream or sys.stdout).encoding or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def let_go() -> None:
    """Throw away what is still to be written to a standard output that takes no more."""
    with suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def finish(run: Callable[[], int]) -> int:
    """What `run` answers, once all of its output is written; 0 where nobody reads on, 2 where there is no room."""
    try:
        code = run()
        sys.stdout.flush()
    except BrokenPipeError:
        let_go()
        return 0
    except OSError as error:
        from sarcoma._files import no_room

        why = no_room(error)
        if why is None:
            raise
        let_go()
        with suppress(OSError):
            print(f"Error: the output cannot be written: {why}.", file=sys.stderr)
        return 2
    return code
