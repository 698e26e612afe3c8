"""Trials: public registers, by a kind and a country that the reader chooses on the page itself."""

from __future__ import annotations

from dataclasses import dataclass

from sarcoma.evidence import TrialRegister, library
from sarcoma.wording.language import _
from sarcoma.wording.names import without_asides


@dataclass(frozen=True, slots=True)
class RegisterShown:
    """A register with the address that fits what was chosen; `by_type` and `by_country`: its list can tell them."""

    name: str
    holds: str
    url: str
    by_type: bool
    by_country: bool


def known_type(said: str) -> str:
    """The id of a type in scope that was chosen; "" for anything else."""
    kind = library().types.get(said)
    return said if kind is not None and not kind.out_of_scope else ""


def name_for_search(type_id: str) -> str:
    """The name under which registers, which are in English, know a type."""
    if not type_id:
        return ""
    kind = library().types[type_id]
    return without_asides(library().types[kind.now_called or type_id].name).split(" / ")[0]


def registers(type_id: str, country_id: str) -> list[RegisterShown]:
    """The registers, those of the reader's country first."""
    country = library().country(country_id) if country_id else None
    decide = set(country.regulators) if country is not None else set()
    every = sorted(library().registers.values(), key=lambda register: not decide & set(register.first_for))
    name = name_for_search(type_id)
    return [_shown(register, name, country.name if country is not None else "") for register in every]


def _shown(register: TrialRegister, type_name: str, country_name: str) -> RegisterShown:
    by_type = bool(type_name and register.search)
    return RegisterShown(
        register.name,
        _(register.holds),
        register.address(type_name, country_name),
        by_type,
        by_type and bool(country_name and register.search_in),
    )
