"""plan.json: a plan as plain values, and back again.

Version 1; described by reports/schema/plan-1.schema.json. Floats keep ten significant
digits, what is not a number is null, keys are sorted: the same plan gives the same bytes.
"""

import json
import math
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forecasting.agency import Agency, NeedGroup, Region
from forecasting.basis import Basis
from forecasting.errors import InputError
from forecasting.findings import Finding, Severity
from forecasting.panel import CountPanel, Frequency, Quantity, SeriesKey
from forecasting.places import Form, Price
from planning.plan import (
    Assumption,
    Bands,
    Bracket,
    Curve,
    Money,
    Plan,
    PlanLine,
    Risk,
)
from planning.policy import Discipline, Limits, Policy, Prices

FORMAT = "plassplan-plan"
VERSION = 1
DIGITS = ".10g"

Plain = dict[str, Any]


def plan_to_json(plan: Plan) -> bytes:
    """The whole plan as JSON, in UTF-8."""
    text = json.dumps(
        plain_plan(plan), ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    )
    # One line per top-level key: small, yet a person can look into it.
    return (text + "\n").encode()


def plain_plan(plan: Plan) -> Plain:
    """The whole plan as plain values."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "year": plan.year,
        "created_for": _day(plan.created_for),
        "agency": _agency(plan.agency),
        "policy": _policy(plan.policy),
        "prices": None if plan.prices is None else _prices(plan.prices),
        "lines": [_line(line) for line in plan.lines],
        "curves": [_curve(curve) for curve in plan.curves],
        "risks": [_fields(risk) for risk in plan.risks],
        "brackets": [_fields(bracket) for bracket in plan.brackets],
        "demand": [_bands(bands) for bands in plan.demand],
        "occupancy": [_bands(bands) for bands in plan.occupancy],
        "history": _panel(plan.history),
        "same_as_last_year": _by_key(plan.same_as_last_year, number),
        "existing_offered": _by_key(plan.existing_offered, number),
        "costs": _by_key(plan.costs, _money),
        "total_cost": _money(plan.total_cost),
        "assumptions": [_fields(row) for row in plan.assumptions],
        "findings": [_fields(row) for row in plan.findings],
        "basis": plan.basis.to_dict(),
    }


def number(value: float | None) -> float | int | None:
    """A number with ten significant digits; None for what is not one."""
    if value is None or not math.isfinite(value):
        return None
    short = float(format(value, DIGITS))
    return int(short) if short.is_integer() and abs(short) < 1e15 else short


def _numbers(values: NDArray[Any] | None) -> list[Any] | None:
    """An array of any shape as nested lists."""
    if values is None:
        return None
    flat: list[Any] = values.tolist()
    return [_numbers(np.asarray(v)) if isinstance(v, list) else number(v) for v in flat]


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _key(key: SeriesKey) -> Plain:
    named = {"name": key.name} if key.name else {}
    return {"region": key.region, "need_group": key.need_group, **named}


def _by_key(values: Mapping[SeriesKey, Any], shape: Callable[[Any], Any]) -> list[Plain]:
    return [{**_key(key), "value": shape(value)} for key, value in sorted(values.items())]


def _fields(row: Any) -> Plain:
    """A flat row: a series key becomes its fields, everything else a plain value."""
    plain: Plain = {}
    for name, value in vars(row).items():
        if isinstance(value, SeriesKey):
            plain |= _key(value)
        elif isinstance(value, float):
            plain[name] = number(value)
        else:
            plain[name] = value
    return plain


def _money(money: Money | None) -> Plain | None:
    return None if money is None else _fields(money)


def _agency(agency: Agency) -> Plain:
    def place(row: Region) -> Plain:
        days = {"valid_from": _day(row.valid_from), "valid_to": _day(row.valid_to)}
        return {**vars(row), "labels": dict(row.labels), "aliases": list(row.aliases), **days}

    def group(row: NeedGroup) -> Plain:
        return {
            **vars(row),
            "labels": dict(row.labels),
            "aliases": list(row.aliases),
            "level": number(row.level),
        }

    return {
        "name": agency.name,
        "synthetic": agency.synthetic,
        "regions": [place(row) for row in agency.regions],
        "need_groups": [group(row) for row in agency.need_groups],
    }


def _policy(policy: Policy) -> Plain:
    limits = _fields(policy.limits)
    return {**_fields(policy), "discipline": policy.discipline.value, "limits": limits}


def _prices(prices: Prices) -> Plain:
    by_form = {form.value: _fields(price) for form, price in prices.by_form.items()}
    return {**_fields(prices), "by_form": by_form}


def _line(line: PlanLine) -> Plain:
    return {**_fields(line), "form": line.form.value, "cost_nok": _money(line.cost_nok)}


def _curve(curve: Curve) -> Plain:
    arrays = ("offered_share", "not_offered_mean", "not_offered_high", "cost_nok")
    return {**_fields(curve), **{name: _numbers(getattr(curve, name)) for name in arrays}}


def _bands(bands: Bands) -> Plain:
    return {
        **_key(bands.key),
        "periods": [str(period) for period in bands.periods.astype("datetime64[D]")],
        "levels": list(bands.levels),
        "mean": _numbers(bands.mean),
        "values": _numbers(bands.values),
    }


def _panel(panel: CountPanel) -> Plain:
    return {
        "quantity": panel.quantity.value,
        "freq": panel.freq.value,
        "as_of": panel.as_of.isoformat(),
        "series": [_key(key) for key in panel.series],
        "periods": [str(period) for period in panel.periods.astype("datetime64[D]")],
        "counts": _numbers(panel.counts),
        "observed": panel.observed.tolist(),
        "known": {name: _numbers(column) for name, column in sorted(panel.known.items())},
    }


def plan_from_json(content: bytes) -> Plan:
    """The plan that `plan_to_json` wrote. Raises InputError for anything else."""
    try:
        plain = json.loads(content)
    except ValueError as error:
        raise InputError(
            f"plan.json is not JSON: {error}.", fix="Use a plan.json made by this program."
        ) from error
    if not isinstance(plain, dict) or (plain.get("format"), plain.get("version")) != (
        FORMAT,
        VERSION,
    ):
        raise InputError(
            "plan.json is not a plan of version 1.", fix="Make the plan again with this version."
        )
    try:
        return _plan_of(plain)
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(
            f"plan.json is damaged: {error!r}.", fix="Make the plan again."
        ) from error


def _plan_of(plain: Plain) -> Plan:
    return Plan(
        year=plain["year"],
        created_for=_date(plain["created_for"]),
        agency=_agency_of(plain["agency"]),
        policy=_policy_of(plain["policy"]),
        prices=None if plain["prices"] is None else _prices_of(plain["prices"]),
        lines=tuple(_line_of(row) for row in plain["lines"]),
        curves=tuple(_curve_of(row) for row in plain["curves"]),
        risks=tuple(_risk_of(row) for row in plain["risks"]),
        brackets=tuple(Bracket(**_keyed(row)) for row in plain["brackets"]),
        demand=tuple(_bands_of(row) for row in plain["demand"]),
        occupancy=tuple(_bands_of(row) for row in plain["occupancy"]),
        history=_panel_of(plain["history"]),
        same_as_last_year=_mapping(plain["same_as_last_year"], _float),
        existing_offered=_mapping(plain["existing_offered"], _float),
        costs=_mapping(plain["costs"], _money_of),
        total_cost=_money_of(plain["total_cost"]),
        assumptions=tuple(Assumption(**row) for row in plain["assumptions"]),
        findings=tuple(
            Finding(**{**row, "severity": Severity(row["severity"])}) for row in plain["findings"]
        ),
        basis=_basis_of(plain["basis"]),
    )


def _date(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _float(value: float | None) -> float:
    return math.nan if value is None else float(value)


def _array(values: Any) -> NDArray[np.float64]:
    """Nested lists as an array; null is not a number."""
    return np.asarray(values, dtype=np.float64)


def _key_of(row: Plain) -> SeriesKey:
    return SeriesKey(row["region"], row["need_group"], row.get("name", ""))


def _keyed(row: Plain) -> Plain:
    rest = {k: v for k, v in row.items() if k not in ("region", "need_group", "name")}
    return {"key": _key_of(row), **rest}


def _mapping(rows: list[Plain], shape: Callable[[Any], Any]) -> dict[SeriesKey, Any]:
    return {_key_of(row): shape(row["value"]) for row in rows}


def _money_of(row: Plain | None) -> Money | None:
    return None if row is None else Money(**{name: float(v) for name, v in row.items()})


def _agency_of(plain: Plain) -> Agency:
    def days(row: Plain) -> Plain:
        return {name: _date(row[name]) for name in ("valid_from", "valid_to")}

    return Agency(
        plain["name"],
        tuple(
            Region(**{**row, "aliases": tuple(row["aliases"]), **days(row)})
            for row in plain["regions"]
        ),
        tuple(
            NeedGroup(**{**row, "aliases": tuple(row["aliases"])}) for row in plain["need_groups"]
        ),
        plain["synthetic"],
    )


def _policy_of(plain: Plain) -> Policy:
    limits, discipline = Limits(**plain["limits"]), Discipline(plain["discipline"])
    return Policy(**{**plain, "limits": limits, "discipline": discipline})


def _prices_of(plain: Plain) -> Prices:
    by_form = {Form(form): Price(**price) for form, price in plain["by_form"].items()}
    return Prices(**{**plain, "by_form": by_form})


def _line_of(row: Plain) -> PlanLine:
    kept = {**_keyed(row), "form": Form(row["form"]), "cost_nok": _money_of(row["cost_nok"])}
    return PlanLine(**kept)


def _curve_of(row: Plain) -> Curve:
    arrays = {name: _array(row[name]) for name in ("offered_share", "not_offered_mean")}
    arrays["not_offered_high"] = _array(row["not_offered_high"])
    cost = None if row["cost_nok"] is None else _array(row["cost_nok"])
    return Curve(**{**_keyed(row), **arrays, "cost_nok": cost})


def _risk_of(row: Plain) -> Risk:
    whole = ("key", "worst_month")
    return Risk(**{k: v if k in whole else _float(v) for k, v in _keyed(row).items()})


def _bands_of(row: Plain) -> Bands:
    return Bands(
        _key_of(row),
        np.asarray(row["periods"], dtype="datetime64[D]"),
        _array(row["mean"]),
        tuple(row["levels"]),
        _array(row["values"]),
    )


def _panel_of(plain: Plain) -> CountPanel:
    return CountPanel(
        Quantity(plain["quantity"]),
        Frequency(plain["freq"]),
        date.fromisoformat(plain["as_of"]),
        tuple(_key_of(row) for row in plain["series"]),
        np.asarray(plain["periods"], dtype="datetime64[D]"),
        _array(plain["counts"]),
        np.asarray(plain["observed"], dtype=bool),
        {name: _array(column) for name, column in plain["known"].items()},
    )


def _basis_of(plain: Plain) -> Basis:
    stamp = plain["data_stamp"]
    return Basis(
        data_sha256=stamp["sha256"],
        data_rows=stamp["rows"],
        as_of=date.fromisoformat(plain["as_of"]),
        config_hash=plain["config_hash"],
        model=plain["model"],
        weights=plain["weights"],
        seed=plain["seed"],
        draws=plain["draws"],
        code_version=plain["code_version"],
        synthetic=stamp["synthetic"],
        data_name=stamp["name"],
        register_sha256=stamp["register_sha256"],
        settings=plain["settings"],
    )
