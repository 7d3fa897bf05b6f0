"""What planners write themselves: their name, role and reasons. Checked before it is kept.

It is text of the planner's own and stands on reports, so no child may be told apart in it. What
can be recognised is refused: long numbers, control characters, very long texts. What is refused
is not repeated, but for its own form, and there only what holds no such number.
"""

import unicodedata

from features.personal import holds_national_id
from forecasting.errors import UsageError

MOST_NAME = 80
MOST_REASON = 500


def checked_text(text: str, *, what: str, most: int = MOST_NAME) -> str:
    """The text without blanks around it. Raises UsageError saying what is wrong with it."""
    kept = unicodedata.normalize("NFC", text).strip(" ")
    if not kept:
        raise UsageError(f"the {what} is empty.", fix=f"Give a {what} in words.")
    if len(kept) > most:
        raise UsageError(f"the {what} has {len(kept)} characters.", fix=f"Use {most} at most.")
    if any(unicodedata.category(letter).startswith(("C", "Zl", "Zp")) for letter in kept):
        raise UsageError(
            f"the {what} has control characters or line breaks.", fix="Write it on one line."
        )
    if holds_national_id(kept):
        raise UsageError(
            f"the {what} holds a number that may be a person's.",
            fix="Leave numbers of persons out: nobody may be told apart by a plan.",
        )
    return kept


def repeatable(text: str) -> str:
    """What was written, for its own form to show again; nothing where it may tell of a person.

    A wrong text is shown so that it can be mended; one far too long is cut.
    """
    return "" if holds_national_id(text) else text[: 2 * MOST_REASON]
