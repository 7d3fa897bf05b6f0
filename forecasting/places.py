"""Places and how they are bought: purchase forms, prices, and the register of places."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from forecasting.errors import InputError
from forecasting.panel import SeriesKey


class Form(StrEnum):
    """How a place is bought; the five are disjoint."""

    BASE = "base"
    STANDBY = "standby"
    GUARANTEED = "guaranteed"
    CALL_OFF = "call_off"
    SPOT = "spot"

    @property
    def committed(self) -> bool:
        """Whether it counts towards the service level (spot purchase never does)."""
        return self is not Form.SPOT


class Owner(StrEnum):
    """Who runs a place; how it is bought is its form."""

    STATE = "state"
    NONPROFIT = "nonprofit"
    COMMERCIAL = "commercial"


@dataclass(frozen=True)
class Price:
    """Price of one form, NOK per place and day, at the plan's price year.

    `ready` is paid whether the place is used or not, `used` on top for each day in use.
    `availability` is the share of such places that can be had when called.
    """

    ready: float
    used: float
    availability: float = 1.0

    def __post_init__(self) -> None:
        if self.ready < 0 or self.used < 0:
            raise InputError(
                f"a price of {min(self.ready, self.used)} NOK per day.",
                fix="Prices are 0 or more.",
            )
        if not 0 < self.availability <= 1:
            raise InputError(
                f"an availability of {self.availability}.",
                fix="Availability is a share above 0 and at most 1.",
            )


@dataclass(frozen=True)
class PlaceSet:
    """One row of the register of places."""

    place_set_id: str
    region: str
    need_groups: tuple[str, ...]
    form: Form
    owner: str
    places: int
    houses: int
    valid_from: date
    valid_to: date | None = None
    agreement_end: date | None = None
    price: Price | None = None
    price_year: int | None = None
    availability: float | None = None

    def valid_on(self, day: date) -> bool:
        """Whether the places exist on this day."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True)
class Register:
    """The register of places. Empty where none was given."""

    place_sets: tuple[PlaceSet, ...] = ()

    def rows(self, key: SeriesKey, *, day: date) -> tuple[PlaceSet, ...]:
        """Rows of a series that exist on a day; flexible places count for their first group."""
        return tuple(
            row
            for row in self.place_sets
            if row.region == key.region
            and row.need_groups[0] == key.need_group
            and row.valid_on(day)
        )

    def places(self, key: SeriesKey, form: Form, *, day: date) -> int:
        """Places of one form that exist on a day."""
        return sum(row.places for row in self.rows(key, day=day) if row.form is form)

    def flexible(self, region: str, need_groups: Collection[str], *, day: date) -> int:
        """Committed places of a region that exist on a day for exactly these need groups."""
        return sum(
            row.places
            for row in self.place_sets
            if row.region == region
            and set(row.need_groups) == set(need_groups)
            and row.form.committed
            and row.valid_on(day)
        )

    def houses(self, key: SeriesKey, *, day: date) -> tuple[int, ...]:
        """Places of each house that exists on a day, of the forms that are always there."""
        return tuple(
            row.places // row.houses + (house < row.places % row.houses)
            for row in self.rows(key, day=day)
            if row.form.committed and row.form is not Form.CALL_OFF
            for house in range(row.houses)
        )

    def committed(self, key: SeriesKey, *, day: date, availability: float) -> float:
        """Base + standby + guaranteed + availability x call-off that exist; never spot.

        A row's own availability holds where it has one, else the one given.
        """
        return sum(
            row.places * _available(row, availability)
            for row in self.rows(key, day=day)
            if row.form.committed
        )


def _available(row: PlaceSet, availability: float) -> float:
    if row.form is not Form.CALL_OFF:
        return 1.0
    return availability if row.availability is None else row.availability
