"""The known changes that a configuration names: marked breaks, and the population it drives by."""

import csv
import io
from collections import defaultdict
from importlib.resources import files
from pathlib import Path

import numpy as np

from forecasting.changes import KnownChanges
from forecasting.errors import InputError
from forecasting.exposure import Exposure
from service.evidence import safe_name
from service.settings import Settings

BUNDLED = "bundled"
_COLUMNS = ["region", "year", "persons"]


def known_changes(settings: Settings) -> KnownChanges:
    """Breaks and population of the settings. Raises InputError for a bad population file."""
    return KnownChanges(breaks=settings.breaks, exposure=_exposure(settings.population))


def _exposure(named: str | None) -> Exposure | None:
    if named is None:
        return None
    if named == BUNDLED:
        text = (files("config") / "young_people.csv").read_text("utf-8")
        return read_exposure(text, name="young_people.csv")
    path = Path(named)
    try:
        return read_exposure(path.read_text("utf-8"), name=safe_name(path))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"drivers.population: {safe_name(path)} cannot be read ({type(error).__name__}).",
            fix=f'Name a CSV with {", ".join(_COLUMNS)}, or "{BUNDLED}".',
        ) from error


def read_exposure(text: str, *, name: str) -> Exposure:
    """Persons by region and year from a CSV. Raises InputError with the row that is wrong."""
    rows = csv.DictReader(io.StringIO(text))
    if rows.fieldnames != _COLUMNS:
        raise InputError(
            f"{name} has the columns {', '.join(rows.fieldnames or [])}.",
            fix=f"Use exactly {', '.join(_COLUMNS)}.",
        )
    found: defaultdict[str, dict[int, float]] = defaultdict(dict)
    for number, row in enumerate(rows, start=2):
        try:
            year, persons = int(row["year"]), float(row["persons"])
            good = 1800 < year < 2200 and 0 < persons < 1e9 and year not in found[row["region"]]
        except (TypeError, ValueError):
            good = False
        if not good:
            raise InputError(
                f"{name} row {number}: {dict(row)} is no region, year and number of persons, "
                "or says the same region and year again.",
                fix="One row for each region and year, with a number above 0.",
            )
        found[row["region"]][year] = persons
    return Exposure(
        years={region: np.array(sorted(by_year)) for region, by_year in found.items()},
        persons={
            region: np.array([by_year[year] for year in sorted(by_year)])
            for region, by_year in found.items()
        },
    )
