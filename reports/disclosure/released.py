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

    Raises ValueError where the plan is not protected as the profile asks.
    """

    plan: Plan
    document: Document
    profile: Profile = Profile.INTERNAL

    def __post_init__(self) -> None:
        done = Profile.INTERNAL if self.plan.protection is None else self.plan.protection.profile
        if done != self.profile:
            raise ValueError(f"a plan protected as {done} cannot be released as {self.profile}.")
