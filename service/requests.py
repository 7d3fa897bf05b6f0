"""What the commands ask of the chains, and what they get back."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from forecasting.errors import UsageError
from forecasting.findings import Finding
from forecasting.panel import Frequency, Quantity
from planning.earlier import Since
from planning.followed import Followed
from planning.plan import Plan
from planning.policy import Policy
from planning.replay import Summary
from service.settings import Settings


def check_source(extract: Path | None, from_store: bool) -> None:
    """Exactly one of a file and --from-store. Raises UsageError."""
    if extract is None and not from_store:
        raise UsageError("no data were named.", fix="Name a file, or use --from-store.")
    if extract is not None and from_store:
        raise UsageError(
            f"both {extract.name} and --from-store were given.", fix="Leave one of them out."
        )


def check_least(**values: int) -> None:
    """Each of these options must be 1 or more. Raises UsageError naming the option."""
    for name, value in values.items():
        if value < 1:
            raise UsageError(f"--{name} is {value}.", fix="Use a whole number from 1 up.")


@dataclass(frozen=True)
class CountRequest:
    """A forecast or a backtest of counts, from a counts file or from the store.

    `models` empty: those of the settings. `origins` and `stride` are used by a backtest only;
    `weights` by a forecast only: the basis.json whose weights are used again.
    """

    counts: Path | None
    from_store: bool
    horizon: int
    freq: Frequency
    quantity: Quantity
    models: tuple[str, ...]
    settings: Settings
    draws: int
    seed: int
    out: Path
    workers: int = 1
    tracking: bool = True
    fill_zero: bool = False
    origins: int = 1
    stride: int = 1
    weights: Path | None = None

    def __post_init__(self) -> None:
        check_source(self.counts, self.from_store)
        check_least(
            horizon=self.horizon,
            draws=self.draws,
            workers=self.workers,
            origins=self.origins,
            stride=self.stride,
        )


@dataclass(frozen=True)
class PlanRequest:
    """A yearly capacity plan, from an extract or from the store.

    `year` None: the year after the last complete month. `as_of` None: the last day that the
    data name. `level` None: that of the settings; else it is in place of it. `compare` is the
    id or folder of an earlier plan, to say what changed since.
    """

    extract: Path | None
    from_store: bool
    register: Path | None
    year: int | None
    as_of: date | None
    settings: Settings
    level: float | None
    draws: int
    seed: int
    out: Path
    workers: int = 1
    tracking: bool = True
    compare: str | None = None

    def __post_init__(self) -> None:
        check_source(self.extract, self.from_store)
        check_least(draws=self.draws, workers=self.workers)
        if self.level is not None:
            replace(self.settings.policy, level=self.level)

    @property
    def policy(self) -> Policy:
        """The settings' policy, with the level asked for."""
        policy = self.settings.policy
        return policy if self.level is None else replace(policy, level=self.level)


@dataclass(frozen=True)
class PlanOutcome:
    """A plan that was made and written.

    `plan_id` is empty where the store could not keep it, `run_id` None where nothing was tracked;
    `followed` is how the plan of a year that had begun goes, where one was locked or named.
    """

    plan: Plan
    plan_id: str
    out: Path
    files: tuple[str, ...]
    run_id: str | None = None
    since: tuple[Since, ...] = ()
    followed: Followed | None = None


@dataclass(frozen=True)
class ReplayRequest:
    """Plans at past origins held against the `months` after each, from an extract or the store."""

    extract: Path | None
    from_store: bool
    register: Path | None
    origins: tuple[date, ...]
    months: int
    settings: Settings
    draws: int
    seed: int
    out: Path
    workers: int = 1
    tracking: bool = True

    def __post_init__(self) -> None:
        check_source(self.extract, self.from_store)
        check_least(months=self.months, draws=self.draws, workers=self.workers)
        if not self.origins:
            raise UsageError("no origin was named.", fix="Give --origins 2021-12-31,2022-12-31.")


@dataclass(frozen=True)
class ReplayOutcome:
    """A replay that was made and written; `run_id` is None where nothing was tracked."""

    out: Path
    files: tuple[str, ...]
    findings: tuple[Finding, ...]
    summary: tuple[Summary, ...]
    run_id: str | None = None


@dataclass(frozen=True)
class CountOutcome:
    """A forecast or backtest that was made and written."""

    out: Path
    files: tuple[str, ...]
    findings: tuple[Finding, ...]
    summary: tuple[Mapping[str, object], ...]
    run_id: str | None = None
