"""Writing a card as the YAML that people read and edit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import yaml

from sarcoma.models.card import Card, Performance

_WIDTH = 120


class _Dumper(yaml.SafeDumper):
    """Blocks for what has a name; rows of numbers and short words on a line."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - what is repeated is written out
        return True


def _list(dumper: _Dumper, data: list[Any]) -> yaml.Node:
    flat = all(isinstance(v, (int, float)) for v in data) or (
        all(isinstance(v, str) for v in data) and sum(map(len, data)) < 90
    )
    return dumper.represent_sequence("tag:yaml.org,2002:seq", data, flow_style=flat)


def _float(dumper: _Dumper, value: float) -> yaml.Node:
    text = f"{value:.10g}"
    if "e" in text:
        mantissa, exponent = text.split("e")  # YAML 1.1 reads 1e-05 as text: 1.0e-05
        text = f"{mantissa if '.' in mantissa else mantissa + '.0'}e{exponent}"
    elif "." not in text:
        text += ".0"
    return dumper.represent_scalar("tag:yaml.org,2002:float", text)


_Dumper.add_representer(list, _list)
_Dumper.add_representer(float, _float)


def card_yaml(card: Card) -> str:
    """A card as YAML; read again it is the same card."""
    return _yaml(card.model_dump(mode="json", by_alias=True, exclude_none=True, exclude_defaults=True))


def performance_yaml(entries: Sequence[Performance]) -> str:
    """Entries of `performance` as YAML, to be put into a card."""
    return _yaml(
        {"performance": [e.model_dump(mode="json", exclude_none=True, exclude_defaults=True) for e in entries]}
    )


def _yaml(data: Any) -> str:
    return yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDTH)
