"""What a writer gets: a plan and its document, cleared for one profile.

Every writer takes a `Released` and nothing else, so no format can pass beside it.
"""

from dataclasses import dataclass

from planning.plan import Plan
from reports.disclosure.rules import Profile
from reports.document import Document


@dataclass(frozen=True)
class Released:
    """A plan and its document, cleared for one profile.

    `plan` is None for a report that is a document alone, without the plan's own files: then
    the document tells for whom it was made.

    Raises ValueError where the plan is not protected as the profile asks.
    """

    plan: Plan | None
    document: Document
    profile: Profile = Profile.INTERNAL

    def __post_init__(self) -> None:
        done = self.document.profile if self.plan is None else profile_of(self.plan)
        if done != self.profile:
            raise ValueError(f"a plan protected as {done} cannot be released as {self.profile}.")


def profile_of(plan: Plan) -> str:
    """The profile that the plan is protected for."""
    return Profile.INTERNAL if plan.protection is None else plan.protection.profile
