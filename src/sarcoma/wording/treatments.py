"""What is said of treatments: the steps of the way, and what is special about a type."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sarcoma.evidence import library
from sarcoma.outlook import Outlook
from sarcoma.outlook.treatments import Step
from sarcoma.wording.language import N_, _

STEPS: Mapping[Step, tuple[str, str]] = {
    "tumour": ("The tumour itself", N_("First the tumour itself")),
    "lower-the-risk": ("To lower the risk of return or spread", N_("Then what lowers the risk that it comes back")),
    "first-line": ("Metastatic: first", N_("What is tried first")),
    "few-metastases": ("Few metastases: local treatment", N_("If there are only a few spots")),
    "later-line": ("Metastatic: later lines", N_("What is tried later")),
    "marker": ("Only with a marker that is not known yet", N_("Only if a test finds something special")),
    "comfort": ("Against symptoms, all along", N_("To feel better, all along")),
}
"""For clinicians (English), and for lay readers."""


def step(key: Step, *, plain: bool) -> str:
    """The heading of a step."""
    clinical, lay = STEPS[key]
    return _(lay) if plain else clinical


_PLANS: Mapping[str, str] = {
    "paediatric-protocol": N_("It is treated by a plan made for children, in a centre that knows that plan."),
}


def own_plan(outlook: Outlook) -> Iterator[tuple[str, str]]:
    """By which plan of its own a type is treated, if there is one: a text and the key that opens the profile."""
    plans = outlook.profiles.may_be("plan")
    if len(plans) == 1 and (words := _PLANS.get(next(iter(plans)))):
        yield _(words), f"profile-{outlook.profiles.profiles[0].id}"


def of_this_type(outlook: Outlook, *, plain: bool) -> Iterator[tuple[str, str]]:
    """What holds for the type and changes the way of treatment: a text and the key that opens the profile or statement.

    While it is open which profile holds, what each says is given.
    """
    for profile in outlook.profiles.profiles:
        if profile.plain:
            yield _(profile.plain), f"profile-{profile.id}"
    yield from own_plan(outlook)
    for name in outlook.profiles.withheld:
        statement = library().general_statements[name]
        if statement.covers.treatments:
            yield (
                (_(statement.plain) if plain else f"{statement.text} Not here: {statement.because}"),
                f"statement-{name}",
            )
