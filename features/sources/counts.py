"""COUNTS.csv: counts per series and period that somebody made elsewhere."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.cells import is_missing, read_date
from features.counts import complete_periods, grain_of
from features.personal import shown
from features.screen import heading
from features.sources import read_table
from features.table import Cell, RawTable
from features.words import fold, tidy
from forecasting.errors import InputError, RefusedError
from forecasting.findings import Severity
from forecasting.panel import CountPanel, Frequency, Quantity, SeriesKey

OURS = ("unique_id", "ds", "y", "region", "need_group")
_NUMBER = re.compile(r"[+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE][+-]?\d+)?")
_MONTH = re.compile(r"(\d{4})[-/M](\d{1,2})")
_YEAR = re.compile(r"(\d{4})(?:\.0)?")


@dataclass(frozen=True)
class _Layout:
    """Where each of our columns stands; all others may be known-ahead columns."""

    places: Mapping[str, int]
    others: Mapping[str, int] = field(default_factory=dict)


def read_counts(
    path: Path,
    *,
    freq: Frequency,
    quantity: Quantity,
    columns: Mapping[str, str],
    fill_zero: bool,
) -> CountPanel:
    """Counts from a file with `unique_id, ds, y` (contract, section 4) as a panel.

    `columns` maps our name -> theirs. `region` and `need_group` are optional; so are numeric
    columns whose rows reach past the last `y`: they become known-ahead columns, and a text
    column, or one that ends with `y`, is no part of the panel. Days are moved to the first
    day of their period. Finer data are added up (referrals) or averaged and rounded
    (occupancy); a period that lacks some of its days is missing. Missing periods stay
    missing unless `fill_zero`. `as_of` is the last day of the last period with a count.

    Raises InputError, naming rows, for what is unreadable, negative, repeated, or no whole
    number where referrals are counted.
    """
    table = read_table(path)
    errors = [each for each in table.findings if each.severity is Severity.ERROR]
    if errors:
        raise RefusedError(table.name, errors)
    layout = _layout(table, columns)
    frame = _frame(table, layout)
    _refuse_wrong(frame, table.name, quantity)
    return _panel(frame, layout, freq=freq, quantity=quantity, fill_zero=fill_zero)


def _layout(table: RawTable, columns: Mapping[str, str]) -> _Layout:
    unknown = [name for name in columns if name not in OURS]
    if unknown:
        raise InputError(
            f"tellinger har ingen kolonne «{unknown[0]}».", fix=f"Bruk {', '.join(OURS)}."
        )
    at = {fold(name): index for index, name in reversed(list(enumerate(table.header)))}
    wanted = {name: fold(columns.get(name, name)) for name in OURS}
    places = {name: at[key] for name, key in wanted.items() if key in at}
    named = "unique_id" in places or {"region", "need_group"} <= places.keys()
    missing = [n for n in ("ds", "y") if n not in places] + ["unique_id"] * (not named)
    missing += [n for n in columns if n not in places and n not in missing]
    if missing:
        raise InputError(
            f"«{table.name}» mangler kolonnen {', '.join(missing)} "
            f"(filen har: {', '.join(heading(n, i) for i, n in enumerate(table.header[:12]))}).",
            fix="Filen skal ha unique_id, ds og y, eller koble kolonnene i [mapping].",
        )
    used = set(places.values())
    others = {name: i for i, name in enumerate(table.header) if i not in used and name.strip()}
    return _Layout(places, others)


def _frame(table: RawTable, layout: _Layout) -> pd.DataFrame:
    """One line per row of the file: row, name, region, need_group, ds, y, known columns."""
    cells = {name: table.column(index) for name, index in layout.places.items()}
    blank = (None,) * len(table.rows)
    texts = {
        name: [None if is_missing(c) else tidy(_text(c)) for c in cells.get(name, blank)]
        for name in ("unique_id", "region", "need_group")
    }
    frame = pd.DataFrame({"row": table.numbers, **texts})
    frame["ds"] = _dates(table, cells["ds"])
    frame["y"] = _numbers(cells["y"], table.numbers, "y")
    if "unique_id" not in layout.places:
        frame["unique_id"] = frame["region"].str.cat(frame["need_group"], sep="/")
    unnamed = frame["unique_id"].isna()
    if unnamed.any():
        row = frame.loc[unnamed, "row"].iloc[0]
        raise InputError(f"rad {row}, kolonne unique_id: feltet er tomt.", fix="Fyll ut serien.")
    for name, index in layout.others.items():
        frame[f"known:{name}"] = _optional_numbers(table.column(index))
    return frame


def _text(cell: Cell) -> str:
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


def _dates(table: RawTable, cells: Iterable[Cell]) -> NDArray[np.datetime64]:
    known: dict[tuple[type, Cell], date] = {}
    days: list[date] = []
    for number, cell in zip(table.numbers, cells, strict=True):
        key = (cell.__class__, cell)
        if key not in known:
            known[key] = _period_day(cell, number)
        days.append(known[key])
    return np.array(days, dtype="datetime64[D]")


def _period_day(cell: Cell, row: int) -> date:
    """A day, or the first day of a month ("2024-03", "2024M03") or of a year ("2024")."""
    text = "" if cell is None else tidy(_text(cell))
    if match := _MONTH.fullmatch(text):
        if 1 <= int(match[2]) <= 12 and int(match[1]) > 0:
            return date(int(match[1]), int(match[2]), 1)
    elif (match := _YEAR.fullmatch(text)) and 1800 <= int(match[1]) < 2200:
        return date(int(match[1]), 1, 1)
    read = read_date(cell)
    if not isinstance(read.value, date):
        raise InputError(
            f"rad {row}, kolonne ds: «{shown(cell)}» er ingen dag.",
            fix="Skriv periodens første dag som ÅÅÅÅ-MM-DD.",
        )
    return read.value


def _numbers(cells: Iterable[Cell], rows: Iterable[int], name: str) -> list[float]:
    numbers = []
    for row, cell in zip(rows, cells, strict=True):
        number = _number(cell)
        if number is None:
            raise InputError(
                f"rad {row}, kolonne {name}: «{shown(cell)}» er ikke et tall.",
                fix="Skriv et helt tall fra 0 og opp, eller la feltet stå tomt.",
            )
        numbers.append(number)
    return numbers


def _number(cell: Cell) -> float | None:
    """The number; NaN for an empty cell; None for anything else."""
    if is_missing(cell):
        return float("nan")
    if isinstance(cell, bool):
        return None
    if isinstance(cell, int | float):
        return float(cell) if abs(float(cell)) != float("inf") else None
    text = tidy(str(cell))
    if not _NUMBER.fullmatch(text):
        return None
    number = float(text.replace(",", "."))
    return number if np.isfinite(number) else None


def _optional_numbers(cells: tuple[Cell, ...]) -> list[float] | None:
    numbers = [_number(cell) for cell in cells]
    return None if None in numbers else [n for n in numbers if n is not None]


def _refuse_wrong(frame: pd.DataFrame, name: str, quantity: Quantity) -> None:
    counted = frame.loc[frame["y"].notna()]
    if counted.empty:
        raise InputError(f"«{name}» har ingen tellinger (tom).", fix="Fyll ut kolonnen y.")
    _refuse(counted.loc[counted["y"] < 0], "tallet {y:g} er negativt", "Tellinger er 0 eller mer.")
    if quantity is Quantity.REFERRALS:
        fix = (
            "Henvisninger telles i hele barn: rund av tallene i filen, "
            "eller bruk --quantity occupancy for belegg."
        )
        _refuse(counted.loc[counted["y"] % 1 != 0], "{y:g} er ikke et helt tall", fix)
    again = frame.loc[frame.duplicated(["unique_id", "ds"], keep="first")]
    for _, line in again.head(1).iterrows():
        same = (frame["unique_id"] == line["unique_id"]) & (frame["ds"] == line["ds"])
        first = frame.loc[same, "row"].iloc[0]
        raise InputError(
            f"rad {line['row']}: duplikat, samme unique_id og ds som rad {first} "
            f"({len(again)} rader i alt).",
            fix="Behold én rad per serie og periode.",
        )


def _refuse(wrong: pd.DataFrame, what: str, fix: str) -> None:
    if len(wrong):
        line = wrong.iloc[0]
        count = f" ({len(wrong)} rader i alt)" if len(wrong) > 1 else ""
        message = f"rad {line['row']}, kolonne y: {what.format(y=line['y'])}{count}."
        raise InputError(message, fix=fix)


def _panel(
    frame: pd.DataFrame, layout: _Layout, *, freq: Frequency, quantity: Quantity, fill_zero: bool
) -> CountPanel:
    counted = frame.loc[frame["y"].notna()]
    grain = grain_of(frame, freq)
    names = sorted(frame["unique_id"].unique())
    cells = complete_periods(counted, freq, grain=grain, quantity=quantity, fill_zero=fill_zero)
    if cells.empty:
        raise InputError(
            f"ingen periode ({freq.value}) har tall for alle sine dager.",
            fix="Bruk en kortere periode, eller --fill-zero hvis manglende rader er 0.",
        )
    periods = _all_periods(cells["period"], freq)
    series, step = _places(cells, names, periods)
    counts = np.zeros((len(names), len(periods)))
    observed = np.zeros(counts.shape, dtype=np.bool_)
    counts[series, step] = cells["y"].to_numpy()
    observed[series, step] = True
    if fill_zero:
        observed |= _between(observed)
    panel = CountPanel(
        quantity=quantity,
        freq=freq,
        as_of=freq.after(periods[-1].item(), 1)[0].item() - timedelta(days=1),
        series=_keys(frame, names),
        periods=periods,
        counts=counts,
        observed=observed,
    )
    return replace(panel, known=_known(frame, layout, names, panel=panel))


def _all_periods(found: "pd.Series[pd.Timestamp]", freq: Frequency) -> NDArray[np.datetime64]:
    first, last = found.min().date(), found.max().date()
    ahead = freq.after(first, (last - first).days + 1)
    periods = np.concatenate([np.atleast_1d(freq.start(first)), ahead])
    return np.asarray(periods[periods <= np.datetime64(last)].astype("datetime64[D]"))


def _places(
    cells: pd.DataFrame, names: list[str], periods: NDArray[np.datetime64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    rows = {name: i for i, name in enumerate(names)}
    series = cells["unique_id"].map(rows).to_numpy(dtype=np.int64)
    days = cells["period"].to_numpy().astype("datetime64[D]")
    return series, np.searchsorted(periods, days).astype(np.int64)


def _between(observed: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Periods from each series' first to its last count. [series, period]"""
    since = np.maximum.accumulate(observed, axis=1)
    until = np.maximum.accumulate(observed[:, ::-1], axis=1)[:, ::-1]
    return np.asarray(since & until)


def _keys(frame: pd.DataFrame, names: list[str]) -> tuple[SeriesKey, ...]:
    keys = []
    for name in names:
        mine = frame.loc[frame["unique_id"] == name, ["region", "need_group"]]
        both = mine.fillna("").drop_duplicates()
        if len(both) > 1:
            raise InputError(
                f"serien «{name}» står med {len(both)} ulike regioner eller behov.",
                fix="Gi hver serie ett navn, én region og ett behov.",
            )
        region, need_group = both.iloc[0]
        keys.append(SeriesKey(region, need_group, name))
    return tuple(keys)


def _known(
    frame: pd.DataFrame, layout: _Layout, names: list[str], *, panel: CountPanel
) -> dict[str, NDArray[np.float64]]:
    """Columns with a value for every series and period, and beyond. [series, period + future]"""
    start = panel.freq.start(frame["ds"].to_numpy().astype("datetime64[D]"))
    past = frame["ds"] <= frame.loc[frame["y"].notna(), "ds"].max()
    known = {}
    for name in layout.others:
        values = frame[f"known:{name}"]
        if values[~past].notna().any():
            long = pd.DataFrame({"s": frame["unique_id"], "p": start, "v": values}).dropna()
            wide = long.groupby(["s", "p"])["v"].mean().unstack("p").reindex(names)
            known[name] = _without_holes(_ahead(wide, panel), name, panel)
    return {name: column for name, column in known.items() if column.shape[1] > len(panel.periods)}


def _ahead(wide: pd.DataFrame, panel: CountPanel) -> NDArray[np.float64]:
    """The column over all periods and those ahead that every series has."""
    last = panel.periods[-1].item()
    ahead = panel.freq.after(last, max((wide.columns.max().date() - last).days, 1))
    whole = np.concatenate([panel.periods, ahead])
    # A series that begins later has its first value before that, too.
    column = wide.bfill(axis=1).where(wide.ffill(axis=1).isna(), wide)
    column = column.reindex(columns=pd.DatetimeIndex(whole)).to_numpy(dtype=np.float64)
    full = ~np.isnan(column[:, len(panel.periods) :]).any(axis=0)
    future = len(full) if full.all() else int(full.argmin())
    return np.asarray(column[:, : len(panel.periods) + future])


def _without_holes(
    column: NDArray[np.float64], name: str, panel: CountPanel
) -> NDArray[np.float64]:
    holes = np.argwhere(np.isnan(column))
    if len(holes):
        series, step = holes[0]
        raise InputError(
            f"kolonne {name}: verdi mangler for {panel.series[series]} i {panel.periods[step]}.",
            fix="En kolonne som er kjent på forhånd må ha en verdi i hver periode.",
        )
    return column
