"""What a figure draws, as plain numbers and words; `figures` knows how."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class FanPanel:
    """Observed months, then two forecast bands with their middle, and last year repeated.

    `low`, `inner_low`, `middle`, `inner_high`, `high` and `repeated` are [month] over
    `months`; `repeated` may be empty. A month of `past` that is hidden is None.
    """

    title: str
    past_months: tuple[date, ...]
    past: tuple[float | None, ...]
    months: tuple[date, ...]
    low: tuple[float, ...]
    inner_low: tuple[float, ...]
    middle: tuple[float, ...]
    inner_high: tuple[float, ...]
    high: tuple[float, ...]
    repeated: tuple[float, ...] = ()


@dataclass(frozen=True)
class Fans:
    """Small multiples of fan charts, each with its own scale from zero.

    `labels` names, in order: history, middle, outer band, last year repeated.
    """

    panels: tuple[FanPanel, ...]
    y_title: str
    labels: tuple[str, str, str, str]


@dataclass(frozen=True)
class DurationPanel:
    """Places wanted, days sorted from most to fewest, over the forms that hold them.

    `tiers` are (label, places) from the bottom up; `mean` and `high` are [day].
    """

    title: str
    tiers: tuple[tuple[str, float], ...]
    mean: tuple[float, ...]
    high: tuple[float, ...]


@dataclass(frozen=True)
class Durations:
    """Small multiples of load-duration curves. `labels`: mean line, high line.

    `forms` names every form in merit order, so that a form has the same colour everywhere.
    """

    panels: tuple[DurationPanel, ...]
    forms: tuple[str, ...]
    x_title: str
    y_title: str
    labels: tuple[str, str]


@dataclass(frozen=True)
class CurvePanel:
    """Children without a place in time against places around the recommendation.

    `mean` is [place] over `places`, the committed places in all; `chosen` is the
    recommended number and `existing` today's, where it is known.
    """

    title: str
    places: tuple[float, ...]
    mean: tuple[float, ...]
    chosen: float
    existing: float | None


@dataclass(frozen=True)
class Curves:
    """Small multiples of curves. `labels`: mean, recommended, today.

    `unit` is what stands after a number of children.
    """

    panels: tuple[CurvePanel, ...]
    x_title: str
    y_title: str
    labels: tuple[str, str, str]
    unit: str


@dataclass(frozen=True)
class Bar:
    """One stacked bar: parts are (form label, places) from the left."""

    group: str
    label: str
    parts: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Bars:
    """Stacked bars in groups (a region: today and recommended). `forms` in merit order."""

    bars: tuple[Bar, ...]
    forms: tuple[str, ...]
    x_title: str


@dataclass(frozen=True)
class WaterfallPanel:
    """Named steps with the places that each adds (negative: spares); the sum is the last bar."""

    title: str
    steps: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Waterfalls:
    """Small multiples of waterfalls. `labels`: adds places, spares places, the sum.

    A `narrow` one has one panel, for half the width of a page.
    """

    panels: tuple[WaterfallPanel, ...]
    labels: tuple[str, str, str]
    narrow: bool = False


@dataclass(frozen=True)
class Frontier:
    """Cost in millions against the service level. `points` are (level, cost), rising.

    `plan` is where the plan lies. `labels`: the line, the plan. A `narrow` one is for half the
    width of a page.
    """

    points: tuple[tuple[float, float], ...]
    plan: tuple[float, float]
    x_title: str
    y_title: str
    labels: tuple[str, str]
    narrow: bool = False


@dataclass(frozen=True)
class Tile:
    """One region on the map: where (column and row from 0), its name, number, and change."""

    at: tuple[int, int]
    name: str
    number: float
    change: float | None


@dataclass(frozen=True)
class Tiles:
    """Regions as tiles of one size, about where they lie. `labels`: more, fewer, unchanged."""

    tiles: tuple[Tile, ...]
    labels: tuple[str, str, str]


@dataclass(frozen=True)
class Pit:
    """Relative frequency of outcomes by where they fell in their forecasts, in equal bins.

    `band` is where 95 of 100 bins of a calibrated forecast would lie. `labels`: outcomes, even,
    band.
    """

    bars: tuple[float, ...]
    band: tuple[float, float]
    x_title: str
    y_title: str
    labels: tuple[str, str, str]


@dataclass(frozen=True)
class Reliability:
    """Share of outcomes below each promised quantile. `labels`: observed, perfect, band."""

    promised: tuple[float, ...]
    observed: tuple[float, ...]
    band: tuple[tuple[float, float], ...]
    x_title: str
    y_title: str
    labels: tuple[str, str, str]


Drawing = Fans | Durations | Curves | Bars | Waterfalls | Frontier | Tiles | Pit | Reliability
