"""The forms that a model may have: one class a kind, each in a file of its own, and each named here once."""

from collections.abc import Mapping
from typing import Annotated, Any, get_args

from pydantic import Discriminator, Tag

from sarcoma.models.forms.course import Course
from sarcoma.models.forms.cox import Cox
from sarcoma.models.forms.fine_gray import FineGray
from sarcoma.models.forms.form import Form
from sarcoma.models.forms.groups import Groups
from sarcoma.models.forms.logistic import Logistic
from sarcoma.models.forms.points import Points

FORMS: tuple[type[Form], ...] = (Cox, FineGray, Logistic, Points, Groups, Course)


def kinds_of(form: type[Form]) -> tuple[str, ...]:
    """What a card of this form may say in `kind`."""
    return get_args(form.model_fields["kind"].annotation)


KINDS = tuple(dict.fromkeys(kind for form in FORMS for kind in kinds_of(form)))


def _tag(raw: Any) -> str | None:
    """The form of a card: of those of its kind the one whose needs are there, else the first."""
    if isinstance(raw, Form):
        return type(raw).__name__
    of_kind = [form for form in FORMS if raw.get("kind") in kinds_of(form)] if isinstance(raw, Mapping) else []
    whole = [form for form in of_kind if all(raw.get(part) for part in form.needs)]
    return next((form.__name__ for form in (*whole, *of_kind)), None)


AnyForm = Annotated[
    Annotated[Cox, Tag("Cox")]
    | Annotated[FineGray, Tag("FineGray")]
    | Annotated[Logistic, Tag("Logistic")]
    | Annotated[Points, Tag("Points")]
    | Annotated[Groups, Tag("Groups")]
    | Annotated[Course, Tag("Course")],
    Discriminator(
        _tag,
        custom_error_type="kind",
        custom_error_message=f"Input should be {', '.join(map(repr, KINDS[:-1]))} or {KINDS[-1]!r}",
    ),
]
