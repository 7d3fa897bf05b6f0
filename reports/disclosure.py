"""The one door between a plan and what leaves the program as a file.

Every writer takes a `Released` and nothing else, so no format can pass beside it.
"""

from dataclasses import dataclass
from enum import StrEnum

from forecasting.errors import UsageError
from planning.plan import Plan
from reports.document import Document


class Profile(StrEnum):
    """Who may see an export: the agency itself, others who work with it, everyone."""

    INTERNAL = "internal"
    SHARED = "shared"
    PUBLIC = "public"


@dataclass(frozen=True)
class Released:
    """A plan and its document, cleared for one profile.

    `plan` is None for a report that is a document alone, without the plan's own files.

    Raises UsageError for profiles whose protection of small counts does not exist yet:
    better no file than one that tells too much.
    """

    plan: Plan | None
    document: Document
    profile: Profile = Profile.INTERNAL

    def __post_init__(self) -> None:
        if self.profile is not Profile.INTERNAL:
            raise UsageError(
                f"exports with profile {self.profile.value!r} are not available yet: "
                "small counts are not protected.",
                fix="Use --profile internal, and keep the files inside the agency.",
            )


def parse_profile(name: str) -> Profile:
    """The profile with this name. Raises UsageError for an unknown one."""
    known = [profile.value for profile in Profile]
    if name not in known:
        raise UsageError(f"profile {name!r} is not known.", fix=f"Use one of: {', '.join(known)}.")
    return Profile(name)
