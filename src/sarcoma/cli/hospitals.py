"""`sarcoma site …` and `sarcoma network …`: hospitals that share no rows."""

from __future__ import annotations

import gc
import json
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sarcoma._files import format_of, read_yaml, write_file
from sarcoma.cli._shared import Force, Json, app, keep_apart, print_json, say, to_json
from sarcoma.errors import EvidenceError, HospitalsError

if TYPE_CHECKING:
    from sarcoma.hospitals import Ledger

site = typer.Typer(
    help="A hospital that answers a network without sharing rows: what may leave is in its policy.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
network = typer.Typer(
    help="Hospitals asked together: a question as a file, their answers combined.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.add_typer(site, name="site")
app.add_typer(network, name="network")

_MOST_BYTES = 64 << 20
PolicyFile = Annotated[str, typer.Option("--policy", help="What the hospitals have agreed on (YAML).")]


@site.callback()
def _site() -> None:
    gc.enable()


@network.callback()
def _network() -> None:
    gc.enable()


@site.command("key")
def key(
    to: Annotated[Path, typer.Option("--to", help="Where the private key goes; it never leaves the hospital.")],
    force: Force = False,
) -> None:
    """Make a key for masked sums and seals; its public half goes into the policy.

    Example: sarcoma site key --to site.key
    """
    from sarcoma.hospitals import masks

    keep_apart({"--to": to}, {}, force=force)
    private = masks.new_key()
    write_file(to, private.hex() + "\n", HospitalsError, private=True)
    to.chmod(0o600)
    say(f"Written: {to.name}, for this hospital alone. For the policy: {masks.public_key(private)}")


@site.command("answer")
def answer(
    question: Annotated[Path, typer.Argument(help="The question (JSON).")],
    cohort: Annotated[Path, typer.Option("--cohort", help="The folder of this hospital's standard cohort.")],
    policy: PolicyFile,
    name: Annotated[str, typer.Option("--site", help="This hospital's name in the question.")],
    ledger: Annotated[Path, typer.Option("--ledger", help="What was answered before; made where it is not there.")],
    key_file: Annotated[
        Path | None, typer.Option("--key", help="This hospital's private key: for masked sums, and to seal.")
    ] = None,
    combiner: Annotated[
        str | None, typer.Option("--seal-for", help="The public key of who combines; the answer is then sealed.")
    ] = None,
    dropped_out: Annotated[
        list[str] | None,
        typer.Option(
            "--dropped-out",
            help="A hospital that told you itself that it did not answer before: masked sums are asked again.",
        ),
    ] = None,
    log: Annotated[Path | None, typer.Option("--log", help="Where what leaves is written down (.md).")] = None,
    to: Annotated[Path | None, typer.Option("--to", help="The answer (.json); with --send only.")] = None,
    send: Annotated[
        bool, typer.Option("--send/--dry-run", help="Write the answer and the ledger; else only show what would leave.")
    ] = False,
    force: Force = False,
) -> None:
    """Answer a question from a cohort. Shows what would leave and writes nothing, unless --send.

    Example: sarcoma site answer question.json --cohort cohort --policy policy.yaml --site north --ledger ledger.json
    """
    from sarcoma.cohort import Cohort
    from sarcoma.hospitals import Ledger, log_text, partial, question_of, read_policy, rows_of

    if send and (to is None or log is None):
        raise HospitalsError("--send needs --to answer.json and --log log.md: what leaves is written down first")
    outputs = {"--to": to, "--ledger": ledger} if send else {}
    inputs: dict[str, Any] = {"the question": question, "the cohort": cohort, "--policy": policy, "--key": key_file}
    keep_apart(outputs | ({"--log": log} if send else {}), inputs, force=True)
    keep_apart({"--to": to} if send else {}, {}, force=force)
    if to is not None:
        format_of(to, (".json",))
    agreed, asked = read_policy(policy), question_of(_json(question))
    if agreed.signed_off is None:
        raise HospitalsError("signed_off: nobody has signed the policy; name, role and date stand in the file")
    private = None if key_file is None else _key(key_file)
    rows = rows_of(Cohort.open(cohort), asked)
    with Ledger.held(ledger) if send else nullcontext(Ledger.read(ledger)) as kept:
        kept.check(asked, rows, agreed, dropped_out=tuple(dropped_out or ()))
        grids = kept.earlier_grids(asked, rows)
        found = partial(rows, asked, agreed, site=name, key=private, combiner=combiner, earlier_grids=grids)
        after: Ledger = kept.with_answer(asked, rows, found)
        text = log_text(found, asked, rows, agreed, sent=send)
        if not send or to is None or log is None:
            say(text, end="")
            say("Nothing was written. To send it: add --send --to answer.json --log log.md")
            return
        write_file(log, (_log(log) or "# What has left this hospital\n\n") + text, HospitalsError)
        after.write(ledger)
        write_file(to, json.dumps(found.to_data(), ensure_ascii=False, allow_nan=False), HospitalsError)
        say(f"Written: {to.name}, to be sent; what it holds: {log.name}")


@network.command("ask")
def ask_(
    question: Annotated[Path, typer.Argument(help="What is asked (YAML): kind, id, sites, grid and what it is of.")],
    policy: PolicyFile,
    to: Annotated[Path, typer.Option("--to", help="The question for the hospitals (.json).")],
    force: Force = False,
) -> None:
    """Make a question that the policy allows; send the file to every hospital.

    Example: sarcoma network ask survival.yaml --policy policy.yaml --to question.json
    """
    from sarcoma.hospitals import ask, read_policy

    keep_apart({"--to": to}, {"the question": question, "--policy": policy}, force=force)
    format_of(to, (".json",))
    try:
        data = read_yaml(_text(question), question.name[:80])
    except EvidenceError as error:
        raise HospitalsError(str(error)) from None
    if not isinstance(data, dict):
        raise HospitalsError(f"{question.name[:80]}: holds no question")
    asked = ask(data, read_policy(policy))
    write_file(to, json.dumps(asked.to_data(), ensure_ascii=False, indent=1), HospitalsError)
    say(f"Written: {to.name}, for {', '.join(asked.sites)}")


@network.command("combine")
def combine_(
    question: Annotated[Path, typer.Argument(help="The question (JSON) that was sent.")],
    answers: Annotated[list[Path], typer.Argument(help="The answers, one of each hospital.")],
    policy: PolicyFile,
    to: Annotated[Path, typer.Option("--to", help="The result, or the question of the next round (.json).")],
    key_file: Annotated[
        Path | None, typer.Option("--key", help="The private key of who combines: checks the seals.")
    ] = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Combine the answers of all hospitals: a result, or the question of the next round.

    Example: sarcoma network combine question.json north.json south.json west.json --policy policy.yaml --to result.json
    """
    from sarcoma.hospitals import answer_of, combine, question_of, read_policy

    read: dict[str, Any] = {"the question": question, "--policy": policy, "--key": key_file}
    keep_apart({"--to": to}, read | {f"answer {i + 1}": path for i, path in enumerate(answers)}, force=force)
    format_of(to, (".json",))
    private = None if key_file is None else _key(key_file)
    asked = question_of(_json(question))
    found = combine([answer_of(_json(path)) for path in answers], asked, read_policy(policy), key=private)
    again = hasattr(found, "nonce")
    data = found.to_data()
    write_file(to, json.dumps(data, ensure_ascii=False, indent=1) if again else to_json(data), HospitalsError)
    if as_json:
        print_json({"to": str(to), "next_round": again, **data})
        return
    say(found)
    for note in getattr(found, "notes", ()):
        say(f"Note: {note}")
    say(f"Written: {to.name}, {'the question of the next round; send it to every hospital' if again else 'the result'}")


def _log(path: Path) -> str:
    """What has been written down before; nothing where there is no log yet."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError):
        raise HospitalsError(f"--log: {path.name[:80]} is not a log.md in UTF-8; name that of this hospital") from None


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise HospitalsError(f"{path.name[:80]}: is larger than any question or answer")
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise HospitalsError(f"{path.name[:80]}: cannot be read as UTF-8 text") from None


def _json(path: Path) -> dict[str, Any]:
    try:
        data = json.loads(_text(path), parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise HospitalsError(f"{path.name[:80]}: is not JSON, or holds a number that is none") from None
    if not isinstance(data, dict):
        raise HospitalsError(f"{path.name[:80]}: holds no question and no answer")
    return data


def _no_number(_: str) -> None:
    raise ValueError


def _key(path: Path) -> bytes:
    try:
        return bytes.fromhex(_text(path).strip())
    except ValueError:
        raise HospitalsError(f"{path.name[:80]}: holds no key; make one: sarcoma site key") from None
