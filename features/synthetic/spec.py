"""What the demonstration data are drawn from: the numbers of demo.toml, checked once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np

from forecasting.errors import InputError


@dataclass(frozen=True)
class Sourced:
    """One number of the specification and where it comes from; `path` names its table."""

    path: tuple[str, ...]
    value: Any
    source: str


@dataclass(frozen=True)
class DemoRegion:
    """A region: its share of all referrals and places, and some of its municipalities."""

    code: str
    share: float
    municipalities: tuple[str, ...]


@dataclass(frozen=True)
class StayNumbers:
    """Nights of a stay in the reference year: lognormal with this mean and median.

    The law grows by `growth` in even yearly steps from `growth_from` to `growth_to`.
    """

    mean: float
    median: float
    max_nights: int | None = None
    growth: float = 0.0
    growth_from: int = 0
    growth_to: int = 1

    def level(self, year: Any) -> Any:
        """Length of stays begun in `year` (number or array) relative to before the growth."""
        passed = (year - self.growth_from) / (self.growth_to - self.growth_from)
        return 1 + self.growth * np.clip(passed, 0, 1)


@dataclass(frozen=True)
class Shift:
    """A lasting step up from `start`, in which one legal basis takes a larger share.

    In `region` referrals on that basis become `region_factor` times as many, while every
    region rises by `rise`; so the shares of the regions stay as they were.
    """

    start: date
    legal_basis: str
    region: str
    rise: float
    share_before: float
    share_after: float
    region_factor: float

    def share_in(self, region: str, *, weight: float) -> float:
        """Share of this legal basis in a region after the step.

        `weight` is the share of all referrals that comes from the region that doubles; the
        other regions get what makes the national share right.
        """
        there = self.share_before * self.region_factor / self.rise
        if region == self.region:
            return there
        return (self.share_after - weight * there) / (1 - weight)


@dataclass(frozen=True)
class Via:
    """Children who come out of another group's stays: `via_referrals` in the reference year.

    They wait there for a place, `wait_mean` days on average, and move `gap_days` later.
    """

    need_group: str
    via_referrals: float
    wait_mean: float
    gap_days: tuple[int, int]
    notice_days: tuple[int, int]


@dataclass(frozen=True)
class DemoGroup:
    """One need group. `referrals` are those a year, nation, that come direct."""

    code: str
    within_days: int
    referrals: float
    withdrawn_share: float
    trend: float
    year_cv: float
    batch: tuple[float, ...]
    not_in_time: float
    month: tuple[float, ...]
    weekday: tuple[float, ...]
    legal_basis: Mapping[str, float]
    ages: tuple[int, int]
    stay: StayNumbers
    places: Mapping[str, int]
    shift: Shift | None = None
    via: Via | None = None

    def __post_init__(self) -> None:
        for name in ("batch", "legal_basis"):
            shares = getattr(self, name)
            total = sum(shares.values() if isinstance(shares, Mapping) else shares)
            if abs(total - 1) > 1e-9:
                raise InputError(
                    f"demo: {name} of {self.code} sums to {total}.", fix="Let the shares sum to 1."
                )
        if self.stay.mean < self.stay.median:
            raise InputError(
                f"demo: {self.code} has a mean stay of {self.stay.mean} nights, below the median "
                f"of {self.stay.median}.",
                fix="A lognormal stay has a mean of at least its median.",
            )

    @property
    def batch_mean(self) -> float:
        """Mean number of children in one event."""
        return sum(size * share for size, share in enumerate(self.batch, start=1))


@dataclass(frozen=True)
class Shortfall:
    """Children without an offer in time: how many over time, and what became of them.

    `before` and `after` are levels relative to the reference year, before `start` and after
    that year. `fates` are shares: placed later, never offered, withdrawn after the day.
    """

    start: date
    before: float
    after: float
    by_month: tuple[float, ...]
    fates: tuple[float, float, float]
    late_days: tuple[int, int]


@dataclass(frozen=True)
class DemoForm:
    """How a purchase form appears in the extract and the register, with its price in NOK."""

    code: str
    provider_type: str
    owner: str
    ready: float = 0.0
    used: float = 0.0
    availability: float = 1.0
    agreement_end: date | None = None


@dataclass(frozen=True)
class DemoSpec:
    """Everything the demonstration data are drawn from.

    `forms` stand in the order in which places are filled; what none can take is `spot`.
    `variant` is mixed into every random stream. `sourced` lists every number with its source,
    `labels` the words of the readme.
    """

    name: str
    variant: int
    first: date
    last: date
    reference_year: int
    burn_in_years: int
    house: int
    regions: tuple[DemoRegion, ...]
    need_groups: tuple[DemoGroup, ...]
    shortfall: Shortfall
    forms: tuple[DemoForm, ...]
    spot: DemoForm
    valid_from: date
    price_year: int
    labels: Mapping[str, str]
    sourced: tuple[Sourced, ...] = field(repr=False)

    def __post_init__(self) -> None:
        total = sum(region.share for region in self.regions)
        if abs(total - 1) > 1e-9:
            raise InputError(f"demo: the regions' shares sum to {total}.", fix="Let them sum to 1.")
        codes = [group.code for group in self.need_groups]
        for place, group in enumerate(self.need_groups):
            if group.via and group.via.need_group not in codes[:place]:
                raise InputError(
                    f"demo: {group.code} comes via {group.via.need_group!r}.",
                    fix=f"Name a need group above it: {', '.join(codes[:place]) or 'none'}.",
                )

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> "DemoSpec":
        """Read the parsed demo.toml. Raises InputError naming what is missing or wrong."""
        try:
            return _read(raw)
        except (KeyError, TypeError) as error:
            raise InputError(
                f"the demonstration numbers are incomplete: {error}.",
                fix="Compare with the packaged config/demo.toml.",
            ) from error


def _read(raw: Mapping[str, Any]) -> DemoSpec:
    sourced: list[Sourced] = []
    plain = _plain(raw, path=(), sourced=sourced)
    return DemoSpec(
        **plain["demo"],
        **plain["register"],
        regions=tuple(
            DemoRegion(code, region["share"], region["municipalities"])
            for code, region in plain["regions"].items()
        ),
        need_groups=tuple(_group(code, table) for code, table in plain["need_groups"].items()),
        shortfall=Shortfall(**_unlabelled(plain["shortfall"])),
        forms=tuple(DemoForm(code, **_unlabelled(t)) for code, t in plain["forms"].items()),
        spot=DemoForm("spot", **plain["spot"]),
        labels=_labels(plain),
        sourced=tuple(sourced),
    )


def _plain(node: Any, *, path: tuple[str, ...], sourced: list[Sourced]) -> Any:
    """The same tables with `{value, source}` replaced by its value, noted in `sourced`."""
    if isinstance(node, Mapping) and "value" in node:
        sourced.append(Sourced(path, node["value"], node["source"]))
        node = node["value"]
    if isinstance(node, Mapping):
        return {key: _plain(v, path=(*path, key), sourced=sourced) for key, v in node.items()}
    return tuple(node) if isinstance(node, list) else node


def _unlabelled(table: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in table.items() if key != "label"}


def _group(code: str, table: Mapping[str, Any]) -> DemoGroup:
    fields = _unlabelled(table)
    fields["stay"] = StayNumbers(**fields["stay"])
    if "shift" in fields:
        fields["shift"] = Shift(**_unlabelled(fields["shift"]))
    if "via" in fields:
        fields["via"] = Via(**fields["via"])
    return DemoGroup(code, **fields)


def _labels(plain: Mapping[str, Any]) -> dict[str, str]:
    """Words of the readme: those of [labels], and each table's own, as `section.code`."""
    labels = dict(plain["labels"])
    for section in ("regions", "need_groups", "forms"):
        labels |= {f"{section}.{code}": table["label"] for code, table in plain[section].items()}
    return labels | {"shortfall": plain["shortfall"]["label"]}
