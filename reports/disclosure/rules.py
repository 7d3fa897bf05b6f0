"""Who may see an export, and from how many children on a count is shown to them."""

from dataclasses import dataclass
from enum import StrEnum

from forecasting.errors import UsageError

# The recommended threshold, and the lowest that is accepted (Statistics Norway: "fewer than 3").
THRESHOLD = 5
FLOOR = 3
ROUNDED_TO = 5
# Rows of the extract are told in whole ones of so many.
ROWS = 100


class Profile(StrEnum):
    """Who may see an export: the agency itself, others who work with it, everyone."""

    INTERNAL = "internal"
    SHARED = "shared"
    PUBLIC = "public"


@dataclass(frozen=True)
class Rules:
    """Counts from 1 to `threshold` - 1 are hidden in all profiles but the internal one.

    Raises UsageError for a threshold below 3.
    """

    profile: Profile = Profile.INTERNAL
    threshold: int = THRESHOLD

    def __post_init__(self) -> None:
        if self.threshold < FLOOR:
            raise UsageError(
                f"the threshold for small counts is {self.threshold}, but at least {FLOOR}.",
                fix=f"Set threshold = {THRESHOLD} in [disclosure], or another number from {FLOOR}.",
            )

    @property
    def protects(self) -> bool:
        """Whether anything is hidden."""
        return self.profile is not Profile.INTERNAL

    @property
    def rounded_to(self) -> int:
        """Shown counts are a multiple of this."""
        return ROUNDED_TO if self.profile is Profile.PUBLIC else 1


def parse_profile(name: str) -> Profile:
    """The profile with this name. Raises UsageError for an unknown one."""
    known = [profile.value for profile in Profile]
    if name not in known:
        raise UsageError(f"profile {name!r} is not known.", fix=f"Use one of: {', '.join(known)}.")
    return Profile(name)
