"""Why a field is not known: reasons as codes, which are what is compared, each with its sentence for people."""

from __future__ import annotations

from sarcoma.wording.reading import REASONS


class Reason(str):
    """A reason: its sentence as text, its `code` as what it means. Compare reasons, never their sentences."""

    code: str

    def __new__(cls, code: str) -> Reason:
        made = super().__new__(cls, REASONS[code])
        made.code = code
        return made

    def __reduce__(self) -> tuple[type[Reason], tuple[str]]:
        return Reason, (self.code,)


ABSENT = Reason("absent")
AFTER_DIAGNOSIS = Reason("after-diagnosis")
AMBIGUOUS_TYPE = Reason("ambiguous-type")
BEFORE_DIAGNOSIS = Reason("before-diagnosis")
CONTRADICTS = Reason("contradicts")
DISAGREE = Reason("disagree")
FREE_TEXT = Reason("free-text")
IMPROVED = Reason("improved")
INVALID_DATE = Reason("invalid-date")
KARNOFSKY = Reason("karnofsky")
NODE = Reason("node")
NOT_A_QUANTITY = Reason("not-a-quantity")
NOT_FNCLCC = Reason("not-fnclcc")
NOT_YET = Reason("not-yet")
NO_BIRTH_DATE = Reason("no-birth-date")
NO_DRUG_BEFORE = Reason("no-drug-before")
NO_ONSET = Reason("no-onset")
NO_SUCH_VALUE = Reason("no-such-value")
ONLY_EXAMINED = Reason("only-examined")
OPERATION_UNKNOWN = Reason("operation-unknown")
ORDER = Reason("order")
OUT_OF_RANGE = Reason("out-of-range")
PRECISION = Reason("precision")
PROCEDURE_UNREAD = Reason("procedure-unread")
RECURRENCE = Reason("recurrence")
SAME_DAY = Reason("same-day")
SEX_OTHER = Reason("sex-other")
SUSPECTED = Reason("suspected")
UNIT = Reason("unit")
UNKNOWN_CODE = Reason("unknown-code")
UNKNOWN_WHETHER_SPREAD = Reason("unknown-whether-spread")
FOCUS_OR_SPECIMEN = Reason("focus-or-specimen")
OF_A_METASTASIS = Reason("of-a-metastasis")
OPERATION_OF_A_METASTASIS = Reason("operation-of-a-metastasis")
ORDERED = Reason("ordered")
UNLINKED = Reason("unlinked")
