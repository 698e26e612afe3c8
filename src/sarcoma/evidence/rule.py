"""Rules on a Patient record, as data: to whom a fact or a model applies.

A rule is a list of conditions that must all hold. Each condition has three answers for a
record – holds, does not hold, cannot tell – and the patient room computes them.

    - {field: age, at_least: 18, because: adults only}
    - {field: site, in: [upper-limb, lower-limb]}
    - {field: histologic_type, grouping: family, in: [liposarcoma]}
    - any_of:
        - [{field: grade, in: ["1"]}]
        - [{field: metastasectomy, in: [done]}, {field: grade, in: ["2", "3"]}]
"""

from __future__ import annotations

from functools import cached_property
from typing import Annotated
from weakref import WeakValueDictionary

from sarcoma._frozen import AfterValidator, Field, model_validator
from sarcoma.evidence.entry import Entry, Text


class Condition(Entry):
    """One test of one field, or a choice between lists of tests (`any_of`).

    `in`/`not_in` are for coded fields, the four bounds for numbers (in the field's unit).
    `because` is what a reader is told when the condition does not hold.
    """

    field: str | None = None
    grouping: str | None = None
    in_: tuple[str, ...] | None = Field(default=None, alias="in")
    not_in: tuple[str, ...] | None = None
    at_least: float | None = None
    above: float | None = None
    at_most: float | None = None
    below: float | None = None
    any_of: tuple[tuple[Condition, ...], ...] | None = None
    because: Text | None = None

    @cached_property
    def _hash(self) -> int:
        return hash(tuple(getattr(self, name) for name in self.field_names))

    def __hash__(self) -> int:
        """Worked out once: what is known of one person is asked by the same conditions again and again."""
        return self._hash

    __eq__ = Entry.__eq__  # a class with a hash of its own would have none of its parent's

    @property
    def bounds(self) -> tuple[float | None, ...]:
        return (self.at_least, self.above, self.at_most, self.below)

    @model_validator(mode="after")
    def _tests_one_thing(self) -> Condition:
        coded = self.in_ is not None or self.not_in is not None
        numeric = any(b is not None for b in self.bounds)
        if self.any_of is not None:
            if self.field is not None or coded or numeric:
                raise ValueError("a condition is either `any_of` or a test of one `field`")
        elif self.field is None:
            raise ValueError("a condition needs a `field`, for example {field: age, at_least: 18}")
        elif coded == numeric:
            raise ValueError(f"condition on {self.field}: give either `in`/`not_in` or a bound such as `at_least`")
        return self

    @cached_property
    def named(self) -> frozenset[str]:
        """The codes that `in` or `not_in` names."""
        return frozenset((self.in_ if self.in_ is not None else self.not_in) or ())

    @property
    def tests(self) -> tuple[Condition, ...]:
        """The tests of one field of which it is made."""
        return (self,) if self.field else tuple(t for every in self.any_of or () for c in every for t in c.tests)

    @cached_property
    def fields(self) -> tuple[str, ...]:
        """The fields that it asks."""
        inner = [name for every in self.any_of or () for c in every for name in c.fields]
        return tuple(dict.fromkeys([*inner, *([self.field] if self.field else [])]))

    @cached_property
    def reason(self) -> str:
        """What a reader is told where it does not hold."""
        return self.because or self.describe()

    def describe(self) -> str:
        """The condition in words, for people who read which rule failed."""
        if self.any_of is not None:
            return " or ".join("(" + " and ".join(c.describe() for c in every) + ")" for every in self.any_of)
        name = (self.field or "").replace("_", " ")
        if self.grouping:
            name += f" ({self.grouping} group)"
        if self.in_ is not None:
            return f"{name}: {' or '.join(self.in_)}"
        if self.not_in is not None:
            return f"{name}: not {' or '.join(self.not_in)}"
        words = ("at least", "above", "at most", "below")
        return f"{name} " + " and ".join(f"{w} {b:g}" for w, b in zip(words, self.bounds, strict=True) if b is not None)


_SHARED: WeakValueDictionary[Condition, Condition] = WeakValueDictionary()


def shared(condition: Condition) -> Condition:
    """The one object that stands for all conditions that say the same."""
    return _SHARED.setdefault(condition, condition)


def _all_shared(rule: tuple[Condition, ...]) -> tuple[Condition, ...]:
    return tuple(shared(condition) for condition in rule)


Rule = Annotated[tuple[Condition, ...], AfterValidator(_all_shared)]
"""All conditions must hold. Conditions that say the same are one object, so that each is answered once for a person."""
