"""Yearly plans in the store: versions, overrides and signatures, each in one transaction.

What may be done is decided in planning/yearly.py and held by the database's own triggers
(schema.py); here it is read, asked and written, with no other writer in between.
"""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from forecasting.errors import InputError, UsageError
from forecasting.panel import SeriesKey
from forecasting.places import Form
from forecasting.samples import WHOLE_NATION
from planning.yearly import (
    Horizon,
    Override,
    Person,
    Signature,
    Version,
    YearlyPlan,
)
from service.database import connection, transaction


@dataclass(frozen=True)
class Named:
    """A yearly plan by its year and region (WHOLE_NATION for all).

    Raises UsageError for what no year or code can be: the database takes neither.
    """

    year: int
    region: str = WHOLE_NATION

    def __post_init__(self) -> None:
        if not 0 < self.year < 10_000 or not self.region.isprintable():
            raise UsageError(
                "this is no year, or no code of a region.", fix="Use for example 2026 and alle."
            )


def yearly_plans(home: Path) -> tuple[YearlyPlan, ...]:
    """Every yearly plan that has a version, newest year first, the nation before regions."""
    with connection(home, examine=False) as db:
        named = db.execute("SELECT DISTINCT year, region FROM yearly_versions").fetchall()
        found = [_read(db, Named(*each)) for each in named]
    return tuple(sorted(found, key=lambda each: (-each.year, each.region)))


def yearly_plan(home: Path, named: Named) -> YearlyPlan:
    """The yearly plan of a year and region; without versions where nobody made any."""
    with connection(home, examine=False) as db:
        return _read(db, named)


def add_version(home: Path, named: Named, *, make: Callable[[YearlyPlan], Version]) -> Version:
    """Keep the version that `make` makes from what there is."""
    with connection(home) as db, transaction(db):
        version = make(_read(db, named))
        _insert_version(db, named, version)
    return version


def add_override(home: Path, named: Named, *, make: Callable[[YearlyPlan], Override]) -> Version:
    """Keep the override that `make` makes, with the open version. Returns that version."""
    with connection(home) as db, transaction(db):
        yearly = _read(db, named)
        override = make(yearly)
        version = yearly.open_version()
        nth = len(version.overrides) + 1
        _insert_override(db, (named.year, named.region, version.number, nth), override)
    return yearly_plan(home, named).version(version.number)


def sign_version(home: Path, named: Named, *, make: Callable[[YearlyPlan], Signature]) -> Version:
    """Lock the open version with the signature that `make` makes."""
    with connection(home) as db, transaction(db):
        yearly = _read(db, named)
        signature = make(yearly)
        number = yearly.open_version().number
        done = db.execute(
            "UPDATE yearly_versions SET signed_name = ?, signed_role = ?, signed_at = ?"
            " WHERE year = ? AND region = ? AND number = ?",
            (*_person(signature.who), signature.at.isoformat(), named.year, named.region, number),
        ).rowcount
        if done != 1:
            raise InputError(f"version {number} of {yearly.name} could not be signed.")
    return yearly_plan(home, named).version(number)


def _read(db: sqlite3.Connection, named: Named) -> YearlyPlan:
    rows = db.execute(
        "SELECT number, plan_id, horizon, tertial, based_on, reason, who_name, who_role, made_at,"
        " signed_name, signed_role, signed_at FROM yearly_versions"
        " WHERE year = ? AND region = ? ORDER BY number",
        (named.year, named.region),
    ).fetchall()
    return YearlyPlan(
        named.year,
        named.region,
        tuple(_version(row, _overrides(db, (named.year, named.region, row[0]))) for row in rows),
    )


def _version(row: tuple[object, ...], overrides: tuple[Override, ...]) -> Version:
    number, plan_id, horizon, tertial, based_on, reason, name, role, made, *signed = row
    return Version(
        number=_int(number),
        plan_id=str(plan_id),
        horizon=Horizon(str(horizon)),
        reason=str(reason),
        who=Person(str(name), str(role)),
        made_at=_moment(made),
        tertial=None if tertial is None else _int(tertial),
        overrides=overrides,
        based_on=None if based_on is None else _int(based_on),
        signature=None
        if signed[0] is None
        else Signature(Person(str(signed[0]), str(signed[1])), _moment(signed[2])),
    )


def _overrides(db: sqlite3.Connection, where: tuple[int, str, int]) -> tuple[Override, ...]:
    rows = db.execute(
        "SELECT series_region, need_group, form, places, reason, who_name, who_role, made_at"
        " FROM yearly_overrides WHERE year = ? AND region = ? AND number = ? ORDER BY nth",
        where,
    ).fetchall()
    return tuple(
        Override(
            SeriesKey(place, group), Form(form), places, reason, Person(name, role), _moment(made)
        )
        for place, group, form, places, reason, name, role, made in rows
    )


def _insert_version(db: sqlite3.Connection, named: Named, version: Version) -> None:
    db.execute(
        "INSERT INTO yearly_versions (year, region, number, plan_id, horizon, tertial, based_on,"
        " reason, who_name, who_role, made_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            named.year,
            named.region,
            version.number,
            version.plan_id,
            version.horizon.value,
            version.tertial,
            version.based_on,
            version.reason,
            *_person(version.who),
            version.made_at.isoformat(),
        ),
    )
    for nth, override in enumerate(version.overrides, start=1):
        _insert_override(db, (named.year, named.region, version.number, nth), override)


def _insert_override(
    db: sqlite3.Connection, where: tuple[int, str, int, int], override: Override
) -> None:
    db.execute(
        "INSERT INTO yearly_overrides VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *where,
            override.key.region,
            override.key.need_group,
            override.form.value,
            override.places,
            override.reason,
            *_person(override.who),
            override.at.isoformat(),
        ),
    )


def _person(who: Person) -> tuple[str, str]:
    return who.name, who.role


def _moment(text: object) -> datetime:
    return datetime.fromisoformat(str(text))


def _int(value: object) -> int:
    assert isinstance(value, int)
    return value
