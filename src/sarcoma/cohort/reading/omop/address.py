"""The address of a database: where it is, which schema is meant, and no password in it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from sarcoma.cohort.reading.place import Place
from sarcoma.errors import CohortError

SCHEMES = ("postgresql", "postgres")
_SCHEMA = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")
_EXAMPLE = "postgresql://reader@db.example.org/registry?schema=cdm"


@dataclass(frozen=True, slots=True)
class Address:
    """An address as libpq takes it, and the schemas in which tables are looked for, in this order."""

    uri: str = field(repr=False)
    schemas: tuple[str, ...] = ()


def is_address(place: Place) -> bool:
    """Whether a place is the address of a PostgreSQL database."""
    return place.address is not None and place.address.partition("://")[0].lower() in SCHEMES


def address_of(place: Place) -> Address:
    """The address, without the schemas, which stand in it as `?schema=cdm` or `?schema=cdm,vocabulary`.

    Raises
    ------
    CohortError : it is no address of PostgreSQL, holds a password, or names a schema as none can be called.
    """
    if not is_address(place):
        raise CohortError(f"{place.name}: an address of PostgreSQL is needed, such as {_EXAMPLE}")
    try:
        parts = urlsplit(place.address or "")
        held, query = parts.password, parse_qsl(parts.query, keep_blank_values=True)
        _ = parts.port
    except ValueError:
        raise CohortError(f"the address cannot be read; write it like {_EXAMPLE}") from None
    if held or any(key.lower() in ("password", "passfile") for key, _ in query):
        raise CohortError(
            "the address holds a password, which others see in the list of processes: leave it out, and set PGPASSWORD "
            "or write it to ~/.pgpass"
        )
    schemas = [name for key, value in query if key == "schema" for name in value.split(",")]
    if any(_SCHEMA.fullmatch(name) is None for name in schemas):
        raise CohortError("schema: a name of letters, digits and _ is needed, such as ?schema=cdm or ?schema=cdm,vocab")
    rest = urlencode([(key, value) for key, value in query if key != "schema"])
    return Address(urlunsplit((parts.scheme, parts.netloc, parts.path, rest, "")), tuple(schemas))
