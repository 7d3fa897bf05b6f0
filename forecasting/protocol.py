"""What a count model and a stay model must do; every registered one passes one test suite."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from forecasting.findings import Value
from forecasting.panel import CountPanel, Frequency, SeriesKey
from forecasting.samples import ForecastSamples
from forecasting.stays import StayLaw, StayTable
from forecasting.streams import Streams


@dataclass(frozen=True)
class FitFailure:
    """One series that one model could not do: a row in the result, never a silent fallback.

    `cause` names a sentence of the tables of words, which `values` fill in. A fault of the
    program has no sentence of its own: `reason` is then what the program said.
    """

    model: str
    series: SeriesKey
    reason: str
    cause: str = "fault"
    values: Mapping[str, Value] = field(default_factory=dict, hash=False)

    @classmethod
    def of(cls, model: str, series: SeriesKey, error: Exception) -> "FitFailure":
        """Why a fit failed, from what it raised."""
        if isinstance(error, CannotFitError):
            return cls(model, series, str(error), error.cause, error.values)
        reason = str(error) if type(error) is ValueError else f"{type(error).__name__}: {error}"
        return cls(model, series, reason)


class CannotFitError(ValueError):
    """A series that a model cannot do, for a cause that the tables of words know."""

    def __init__(self, cause: str, reason: str, **values: Value) -> None:
        super().__init__(reason)
        self.cause, self.values = cause, values


@dataclass(frozen=True)
class Ability:
    """What a model can do: a series that asks for more becomes a FitFailure with the reason.

    `least_observed` periods must have been observed, and at most the share `most_missing` of
    those since the first may be missing. `uses_known`: columns known ahead make a difference.
    """

    least_observed: int = 1
    most_missing: float = 1.0
    uses_known: bool = False
    frequencies: tuple[Frequency, ...] = tuple(Frequency)


class Fitted(Protocol):
    """What a model learnt from one panel. Frozen; sampling changes nothing."""

    @property
    def failures(self) -> tuple[FitFailure, ...]:
        """The series that could not be fitted; `sample` leaves them out."""
        ...

    def sample(self, *, steps: int, draws: int, streams: Streams) -> ForecastSamples:
        """Joint draws of whole counts for the `steps` periods after the panel's last."""
        ...


class Forecaster(Protocol):
    """A model of counts: settings only. `fit` changes nothing and returns what was learnt."""

    @property
    def name(self) -> str:
        """Name in the registry, files and reports."""
        ...

    @property
    def ability(self) -> Ability:
        """What it can do."""
        ...

    def fit(self, panel: CountPanel) -> Fitted:
        """Learn from the panel. A series that fails becomes a FitFailure of the result."""
        ...


class StayModel(Protocol):
    """A model of stays."""

    @property
    def name(self) -> str:
        """Name in the registry, files and reports."""
        ...

    def fit(self, stays: StayTable) -> Mapping[str, StayLaw]:
        """One law per need group, with regional curves where the data bear them."""
        ...
