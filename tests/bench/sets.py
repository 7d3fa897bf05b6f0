"""Sets of counts to judge forecasts on: a folder of COUNTS.csv files with one sets.toml."""

import hashlib
import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from features.sources.counts import read_counts
from forecasting.backtest import last_origins
from forecasting.errors import InputError
from forecasting.panel import CountPanel, Frequency, Quantity

BUNDLED = Path(__file__).parent / "data"
_NEEDED = ("file", "freq", "horizon", "origins", "stride", "quantity")


@dataclass(frozen=True)
class BenchSet:
    """One panel and how forecasts of it are judged.

    `origins` are the last possible ones, `stride` periods apart, as those of the command
    `backtest`; fewer than asked for where the panel is short.
    """

    name: str
    panel: CountPanel
    horizon: int
    origins: int
    stride: int

    @property
    def dates(self) -> tuple[date, ...]:
        """The origins, oldest first."""
        return last_origins(
            self.panel, steps=self.horizon, count=self.origins, stride=self.stride, least=2
        )

    @property
    def is_flow(self) -> bool:
        """Whether counts may be added over periods: not those of places in use."""
        return self.panel.quantity is Quantity.REFERRALS

    @property
    def digest(self) -> str:
        """What the forecasts of peers depend on, as a short name for a file."""
        panel = self.panel
        parts = (
            panel.counts.tobytes(),
            panel.observed.tobytes(),
            panel.periods.tobytes(),
            repr((panel.series, panel.freq, panel.quantity, self.horizon, self.dates)).encode(),
        )
        return hashlib.sha256(b"|".join(parts)).hexdigest()[:16]


def load_sets(folder: Path = BUNDLED, *, only: tuple[str, ...] = ()) -> list[BenchSet]:
    """The sets that `folder`/sets.toml names, in its order, or those of `only`.

    Raises InputError for a set that is not there, or whose table is not as it should be.
    """
    tables = tomllib.loads((folder / "sets.toml").read_text("utf-8"))
    unknown = [name for name in only if name not in tables]
    if unknown:
        raise InputError(
            f"{folder}/sets.toml has no set {unknown[0]!r}.", fix=f"Use {', '.join(tables)}."
        )
    return [_read(folder, name, tables[name]) for name in only or tables]


def _read(folder: Path, name: str, table: dict[str, str | int]) -> BenchSet:
    if set(table) != set(_NEEDED):
        raise InputError(
            f"{folder}/sets.toml: [{name}] has {', '.join(table)}.",
            fix=f"It should have exactly {', '.join(_NEEDED)}.",
        )
    panel = read_counts(
        folder / str(table["file"]),
        freq=Frequency(str(table["freq"])),
        quantity=Quantity(str(table["quantity"])),
        columns={},
        fill_zero=False,
    )
    return BenchSet(
        name=name,
        panel=panel,
        horizon=int(table["horizon"]),
        origins=int(table["origins"]),
        stride=int(table["stride"]),
    )


def describe(bench: BenchSet) -> str:
    """One line about a set: how many, how large, how full of gaps."""
    panel = bench.panel
    seen = panel.counts[panel.observed]
    means = [c[o].mean() for c, o in zip(panel.counts, panel.observed, strict=True) if o.any()]
    return (
        f"{bench.name}: {len(panel.series)} series of {panel.quantity.value} by "
        f"{panel.freq.value}, {len(panel.periods)} periods ({panel.observed.mean():.0%} seen), "
        f"mean {seen.mean():.1f} (series {min(means):.2f} to {max(means):.1f}), "
        f"{len(bench.dates)} origins {bench.stride} apart from {np.datetime64(bench.dates[0])}, "
        f"horizon {bench.horizon}"
    )
