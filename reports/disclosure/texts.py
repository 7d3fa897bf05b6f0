"""Numbers of children inside texts: assumptions, findings, and the basis."""

import re
from dataclasses import replace

from forecasting.basis import Basis
from forecasting.errors import UsageError
from forecasting.findings import Finding
from planning.plan import Assumption
from reports.document import HIDDEN

# A number, with its separators; not the digits of a code such as r06.
NUMBER = re.compile(r"(?<!\w)\d(?:[\d\u00a0.,]*\d)?")
ROWS = 100


def assumption(row: Assumption, *, threshold: int) -> Assumption:
    """An assumption that tells no small count, nor one that a later export could be held to.

    The number of stays behind an estimate grows from month to month by those that ended, so it
    is told as a bound with one digit. What is computed from it alone is hidden, and so is the
    mean of a few. Raises UsageError where a plan does not say which numbers count children.
    """
    if row.children is None:
        return row
    if row.children < 0:
        raise UsageError(
            "this plan was made before plans said which of their numbers count children.",
            fix="Make the plan again, or use --profile internal.",
        )
    few = row.children < threshold
    said = f"0\u2013{threshold - 1}" if few else f"\u2265\u00a0{one_digit(row.children)}"
    return replace(
        row,
        value=HIDDEN.value if row.counted or few else row.value,
        source=re.sub(rf"\b{row.children}\b", said, row.source),
        children=None,
        counted=False,
    )


def one_digit(number: int) -> int:
    """The number rounded down to its first digit."""
    scale = int(10 ** (len(str(number)) - 1))
    return number // scale * scale


def finding(found: Finding) -> Finding:
    """A finding that says what was found, with every number in it hidden.

    Which of them count children is not known, so none is told.
    """
    return replace(
        found,
        message=NUMBER.sub(HIDDEN.value, found.message),
        fix=NUMBER.sub(HIDDEN.value, found.fix),
        row=None,
        value=None,
    )


def basis(made: Basis) -> Basis:
    """The basis with whole hundreds of rows, and without the name of the file.

    All rows less those of shown months would be those of hidden months; a name may say whose
    children they are.
    """
    return replace(made, data_rows=made.data_rows // ROWS * ROWS, data_name="")
