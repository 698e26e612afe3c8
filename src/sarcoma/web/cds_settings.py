"""CDS settings: who may call the CDS service, and from where, as a file says it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, ValidationError, field_validator

from sarcoma._files import problems_of, read_yaml
from sarcoma.errors import EvidenceError, ServeError
from sarcoma.evidence.entry import Frozen, Text
from sarcoma.web.tokens import Tokens, read_keys

DISCOVERY = "/cds-services"
SERVICE = "/cds-services/sarcoma-outlook"
MOST_BYTES = 100_000


def _address(value: str) -> str:
    if not re.fullmatch(r"https?://[^\s/?#@]+(/[^\s?#]*)?", value):
        raise ValueError("an address such as https://outlook.example.org")
    return value.rstrip("/")


def _origin(value: str) -> str:
    if not re.fullmatch(r"https?://[a-z0-9.\-\[\]:]+", value):
        raise ValueError("an origin such as https://ehr.example.org: no path, no slash at its end, no *")
    return value


Address = Annotated[str, AfterValidator(_address)]
Origin = Annotated[str, AfterValidator(_origin)]


class CdsClient(Frozen):
    """A client that may call: the `iss` of its tokens, and the files of its public keys."""

    issuer: Text
    keys: tuple[Text, ...] = Field(min_length=1)


class CdsSettings(Frozen):
    """Everything that the file says.

    `address` is how clients reach this server; their tokens must name its services there (`aud`), or one of `audience`.
    `origins` are sites whose pages may call from a browser. `longest_seconds` bounds the time from `iat` to `exp`.
    """

    address: Address
    clients: tuple[CdsClient, ...] = Field(min_length=1)
    audience: tuple[Text, ...] = ()
    origins: tuple[Origin, ...] = ()
    discovery_needs_token: bool = False
    longest_seconds: float = Field(default=3600.0, gt=0, le=86_400)

    @field_validator("clients")
    @classmethod
    def _once(cls, value: tuple[CdsClient, ...]) -> tuple[CdsClient, ...]:
        if len({client.issuer for client in value}) < len(value):
            raise ValueError("an issuer stands twice: give all its keys in one place")
        return value

    def audience_of(self, path: str) -> tuple[str, ...]:
        """What a token for an address of ours may name."""
        return (self.address + path, *self.audience)


@dataclass(frozen=True, slots=True)
class CdsHooks:
    """The CDS service switched on: its settings, and what checks the tokens of its clients."""

    settings: CdsSettings
    tokens: Tokens


def read_cds_settings(path: Path) -> CdsHooks:
    """The settings in a YAML file, with the keys that it names; their files stand beside it, or at a whole path.

    Raises
    ------
    ServeError : a file cannot be read, or does not say what is needed; says where and what.
    """
    name = path.name[:80]
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise ServeError(f"{name}: too large for settings")
        read = read_yaml(content.decode("utf-8"), name)
    except OSError:
        raise ServeError(f"{name}: there is no such file that can be read") from None
    except UnicodeDecodeError:
        raise ServeError(f"{name}: cannot be read as UTF-8 text") from None
    except EvidenceError as error:
        raise ServeError(str(error)) from None
    try:
        settings = CdsSettings.model_validate(read)
    except ValidationError as error:
        where, text = problems_of(error)[0]
        raise ServeError(f"{name}: {where or 'settings'}: {text}{_example(where)}") from None
    clients = {
        client.issuer: tuple(key for file in client.keys for key in read_keys(path.parent / file))
        for client in settings.clients
    }
    return CdsHooks(settings, Tokens(clients, settings.longest_seconds))


_EXAMPLES = {
    "address": "https://outlook.example.org",
    "clients": "[{issuer: 'https://ehr.example.org', keys: [ehr.jwks.json]}]",
    "origins": "[https://ehr.example.org]",
    "audience": "[https://outlook.example.org/cds-services/sarcoma-outlook]",
    "discovery_needs_token": "true",
    "longest_seconds": "300",
}


def _example(where: str) -> str:
    found = _EXAMPLES.get(where.partition(".")[0])
    return f" (for example {where.partition('.')[0]}: {found})" if found else f" (it knows {', '.join(_EXAMPLES)})"
