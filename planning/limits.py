"""How far each purchase form can move from what exists, in one region and need group."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import ceil, floor

from forecasting.errors import UsageError
from forecasting.places import Form, Owner

# Shares of whole places: 1.1 x 10 is 11, not the 11.000000000000002 of the computer.
_ROUNDING = 1e-9
FRAMEWORK = (Form.GUARANTEED, Form.CALL_OFF)


@dataclass(frozen=True)
class FormLimit:
    """How far a form can move in a year; None: as far as one likes.

    `fewer` and `more` are shares of what exists, `new_places` what can be had where nothing
    does; places come and go by whole houses of `house` places, and a new place can be in use
    `lead_days` after the data date at the soonest.
    """

    fewer: float | None = None
    more: float | None = None
    new_places: int | None = None
    house: int = 1
    lead_days: int = 0

    def __post_init__(self) -> None:
        if self.house < 1:
            raise UsageError(f"a house of {self.house} places.", fix="Give 1 or more.")
        if self.fewer is not None and not 0 <= self.fewer <= 1:
            raise UsageError(f"fewer is {self.fewer}.", fix="Give a share from 0 to 1.")


@dataclass(frozen=True)
class OwnerLimit:
    """Least and greatest share of the committed places that an owner may run.

    In the nation, and in each region by itself.
    """

    least: float = 0.0
    most: float = 1.0
    region_least: float = 0.0
    region_most: float = 1.0

    def __post_init__(self) -> None:
        for least, most in ((self.least, self.most), (self.region_least, self.region_most)):
            if not 0 <= least <= most <= 1:
                raise UsageError(
                    f"an owner's share from {least} to {most}.",
                    fix="Give shares from 0 to 1, the least one first.",
                )


@dataclass(frozen=True)
class Range:
    """Numbers of places that can be had of a form: `least` to `most` (None: any number).

    They lie whole `house`s away from `existing`.
    """

    least: int = 0
    most: int | None = None
    existing: int = 0
    house: int = 1

    def numbers(self, up_to: int) -> Iterator[int]:
        """All of them up to a number; the least one also where it is above that."""
        most = up_to if self.most is None else min(self.most, up_to)
        found = False
        for number in range(self.first, most + 1, self.house):
            found = True
            yield number
        if not found:
            yield self.first

    @property
    def first(self) -> int:
        """The fewest that there can be: `least`, or whole houses above it."""
        return self.existing - self.house * ((self.existing - self.least) // self.house)

    def binds(self, places: int) -> str:
        """Which end of the range a number lies at: "least", "most" or neither ("")."""
        if self.most is not None and places + self.house > self.most:
            return "most"
        return "least" if self.least > 0 and places - self.house < self.least else ""


@dataclass(frozen=True)
class Limits:
    """The limits of every form; those of frameworks are given by growth unless named.

    A framework form can grow from what exists by at most `framework_growth` (share); where
    nothing exists, `framework_new_places` can be had. `by_form` says more of any form, and
    `budget_nok` what all of it may cost the nation in the year (None: not given). `by_owner` says
    how much of the committed places an owner may and must run.
    """

    framework_growth: float = 0.25
    framework_new_places: int = 0
    by_form: Mapping[Form, FormLimit] = field(default_factory=dict)
    budget_nok: float | None = None
    by_owner: Mapping[Owner, OwnerLimit] = field(default_factory=dict)

    def of(self, form: Form) -> FormLimit:
        """The limit of a form."""
        if form in self.by_form or form not in FRAMEWORK:
            return self.by_form.get(form, FormLimit())
        return FormLimit(more=self.framework_growth, new_places=self.framework_new_places)

    def range(self, form: Form, existing: int | None, *, bound: int, lead_days: int) -> Range:
        """Numbers that can be had from what exists (None: not known).

        `bound` of those that exist are held by agreements through the year, and `lead_days`
        lie between the data date and its first day.
        """
        limit = self.of(form)
        if existing is None:
            return Range(most=limit.new_places)
        least = 0 if limit.fewer is None else ceil(existing * (1 - limit.fewer) - _ROUNDING)
        most = None if limit.more is None else floor(existing * (1 + limit.more) + _ROUNDING)
        if limit.new_places is not None:
            most = max(most or 0, limit.new_places)
        if lead_days < limit.lead_days:
            most = existing
        least = max(least, bound)
        return Range(least, None if most is None else max(most, least), existing, limit.house)
