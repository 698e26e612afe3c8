"""The command line. Rooms are imported inside commands, so that each starts as fast as it can.

An outlook that is asked for plainly starts without the library that reads command lines.
"""

from __future__ import annotations

import errno
import gc
import os
import sys

from sarcoma._plain_text import without_controls
from sarcoma.cli import _streams, outlook, outlook_options
from sarcoma.errors import RecordError, SarcomaError

__all__ = ["main"]


def main(argv: list[str] | None = None) -> None:
    """Run the command line: exit 0 when all is well, 2 for what the user can mend, 1 for a fault of ours."""
    gc.disable()  # one short run: collecting cycles would cost a tenth of a cold start
    arguments = (sys.argv[1:] if argv is None else argv) or ["--help"]
    _streams.prepare()
    sys.exit(_finished(arguments))


def _finished(arguments: list[str]) -> int:
    try:
        return _streams.finish(lambda: _run(arguments))
    except OSError as error:
        _streams.let_go()
        return _unexpected(error)


def _run(arguments: list[str]) -> int:
    try:
        code = _done(arguments)
    except SarcomaError as error:
        _explain(error)
        code = 2
    except KeyboardInterrupt:
        code = _stopped()
    except SystemExit as leaving:  # what the command line's library does where nobody reads on
        if isinstance(leaving.__context__, BrokenPipeError):
            raise leaving.__context__ from None
        raise
    except OSError as error:
        from sarcoma._files import no_room

        if isinstance(error, BrokenPipeError) or no_room(error) is not None:
            raise
        code = _unexpected(error)
    except RuntimeError as error:
        code = _stopped() if type(error).__name__ == "Abort" else _unexpected(error)  # a question left unanswered
    except Exception as error:  # no traceback and no value ever reaches the screen
        code = _unexpected(error)
    return code if isinstance(code, int) else 0


def _done(arguments: list[str]) -> object:
    given = outlook_options.given_plainly(arguments)
    if given is not None:
        outlook.run(**given)
        return 0
    from sarcoma.cli._commands import app, build

    build(arguments)
    return app(args=arguments, standalone_mode=False)


def _stopped() -> int:
    print("\nStopped.", file=sys.stderr)
    return 130


_OF_A_NAME = (errno.ENAMETOOLONG, errno.ELOOP, errno.EACCES, errno.EPERM, errno.ENOTDIR, errno.EISDIR, errno.EROFS)
"""What a file that somebody named can be wrong in, where no reader or writer has said more."""


def _explain(error: SarcomaError) -> None:
    if isinstance(error, RecordError):
        print("The record cannot be read:", file=sys.stderr)
        for problem in error.problems:
            print(f"  • {without_controls(str(problem))}", file=sys.stderr)
    else:
        print(f"Error: {without_controls(str(error))}", file=sys.stderr)


def _unexpected(error: Exception) -> int:
    if hasattr(error, "exit_code") and hasattr(error, "format_message"):  # a usage error of the command line
        kind = type(error).__name__
        option = getattr(error, "option_name", None) or getattr(getattr(error, "param", None), "name", None)
        known = f" ({option})" if option and isinstance(option, str) and len(option) < 40 else ""
        message = {
            "NoSuchOption": f"there is no such option{known}",
            "NoSuchCommand": "there is no such command",
            "MissingParameter": f"something is missing{known}",
            "BadOptionUsage": f"an option needs a value, or has one too many{known}",
            "BadParameter": f"an option has a value that it cannot take{known}",
            "BadArgumentUsage": "an argument is used wrongly",
        }.get(kind, "the command line could not be understood: check spelling, and quote values with blanks")
        print(f"Error: {message}. See: sarcoma --help, or sarcoma COMMAND --help", file=sys.stderr)
        return int(error.exit_code)
    if isinstance(error, OSError) and error.errno in _OF_A_NAME:
        why = os.strerror(error.errno).lower()
        print(f"Error: a file or folder that was named cannot be used: {why}.", file=sys.stderr)
        return 2
    if os.environ.get("SARCOMA_DEBUG"):
        raise error
    print(
        f"Error: a fault in the program ({type(error).__name__}), not in your input. Please report it; "
        "SARCOMA_DEBUG=1 shows where it happened.",
        file=sys.stderr,
    )
    return 1
