"""plan.json: written from a plan, and read back so that every report can be made again."""

import json
import math
from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forecasting.agency import Agency, NeedGroup, Region
from forecasting.basis import Basis
from forecasting.errors import InputError
from forecasting.findings import Finding, Severity
from forecasting.panel import CountPanel, Frequency, Quantity, SeriesKey
from forecasting.places import Form, Owner, Price
from planning.earlier import Earlier, Fared, Reason, Since
from planning.goal import Binds
from planning.limits import FormLimit, Limits, OwnerLimit
from planning.plan import (
    Ahead,
    Assumption,
    Bands,
    Bracket,
    CostBound,
    Curve,
    ExchangeRow,
    Flexible,
    FlexibleGroup,
    FrontierPoint,
    Money,
    OwnerLine,
    OwnerShare,
    Plan,
    PlanLine,
    Present,
    Protection,
    Risk,
    SharedRegion,
    Sharing,
    Source,
    Waterfall,
)
from planning.policy import (
    Arrangement,
    Discipline,
    FlexiblePlaces,
    FlexibleRule,
    Policy,
    Prices,
)
from reports.plain import FORMAT, VERSION, Plain, plain_plan


def plan_to_json(plan: Plan) -> bytes:
    """The whole plan as JSON, in UTF-8."""
    text = json.dumps(
        plain_plan(plan), ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    )
    return (text + "\n").encode()


def as_stored(plan: Plan) -> Plan:
    """The plan with the digits that plan.json keeps, so that reports made now and later agree."""
    return plan_from_json(plan_to_json(plan))


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
        raise InputError(f"plan.json is damaged: {error!r}.", fix="Make the plan again.") from error


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
        # Plans from before 2026-11-26 do not say what today's places cost.
        existing_cost=_mapping(plain.get("existing_cost", []), _float),
        # Nor how many children are there today; only those with hidden numbers hold sums ahead.
        present=tuple(Present(**_keyed(row)) for row in plain.get("present", ())),
        ahead=tuple(_ahead_of(row) for row in plain.get("ahead", ())),
        costs=_mapping(plain["costs"], _money_of),
        total_cost=_money_of(plain["total_cost"]),
        assumptions=tuple(_assumption_of(row) for row in plain["assumptions"]),
        findings=tuple(_finding_of(row) for row in plain["findings"]),
        # Plans from before 2026-11-25 have none.
        sharing=tuple(_sharing_of(row) for row in plain.get("sharing", [])),
        basis=basis_of_plain(plain["basis"]),
        # Plans from before 2026-11-25 have neither.
        exchanges=tuple(_exchange_of(row) for row in plain.get("exchanges", ())),
        frontier=tuple(FrontierPoint(**row) for row in plain.get("frontier", ())),
        # Plans from before 2026-11-25 do not say where their numbers come from.
        waterfalls=tuple(_waterfall_of(row) for row in plain.get("waterfalls", ())),
        # Plans from before 2026-11-26 do not keep what they were compared with.
        earlier=_earlier_of(plain.get("earlier")),
        # Plans from before 2026-11-25 are of whole years, and hold no sums of months.
        demand_so_far=tuple(_bands_of(row) for row in plain.get("demand_so_far", ())),
        begins=_date(plain.get("begins")),
        # Plans from before 2026-11-25 have none.
        flexible=tuple(_flexible_of(row) for row in plain.get("flexible", ())),
        bound=None if plain.get("bound") is None else CostBound(**plain["bound"]),
        owner_lines=tuple(_owner_line_of(row) for row in plain.get("owner_lines", ())),
        owner_shares=tuple(
            OwnerShare(**{**row, "owner": Owner(row["owner"])})
            for row in plain.get("owner_shares", ())
        ),
        protection=_protection_of(plain["protection"]) if "protection" in plain else None,
    )


def _protection_of(plain: Plain) -> Protection:
    hidden = plain["hidden"]
    return Protection(
        plain["profile"],
        plain["threshold"],
        plain["rounded_to"],
        {
            _key_of(row): tuple(date.fromisoformat(day) for day in row["periods"])
            for row in hidden["history"]
        },
        frozenset(_key_of(row) for row in hidden["same_as_last_year"]),
        frozenset(_key_of(row) for row in hidden["occupancy"]),
        # Exports from before 2026-11-26 hid days alone.
        frozenset(_key_of(row) for row in hidden.get("today", ())),
    )


def _earlier_of(plain: Plain | None) -> Earlier | None:
    if plain is None:
        return None
    since = tuple(
        Since(**{**row, "steps": tuple((Reason(reason), n) for reason, n in row["steps"])})
        for row in plain["since"]
    )
    fared = tuple(Fared(**row) for row in plain["fared"])
    return Earlier(plain["year"], date.fromisoformat(plain["as_of"]), since, fared)


def _finding_of(row: Plain) -> Finding:
    """Findings of plans from before 2026-11-25 are text alone, and stay as they were said."""
    text = {"message": "", "fix": ""} if row.get("wording") else {}
    return Finding(**{**row, **text, "severity": Severity(row["severity"])})


def _assumption_of(row: Plain) -> Assumption:
    """The same holds for assumptions."""
    if "keys" not in row:
        return Assumption(**row)
    return Assumption(**row["keys"], values=row["values"])


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
        tuple(Region(**{**_tuples(row), **days(row)}) for row in plain["regions"]),
        tuple(NeedGroup(**_tuples(row)) for row in plain["need_groups"]),
        plain["synthetic"],
    )


def _tuples(row: Plain) -> Plain:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in row.items()}


def _policy_of(plain: Plain) -> Policy:
    discipline = Discipline(plain["discipline"])
    by_form = plain["limits"].get("by_form", {}).items()
    named = {Form(form): FormLimit(**limit) for form, limit in by_form}
    owners = plain["limits"].get("by_owner", {}).items()
    owned = {Owner(owner): OwnerLimit(**limit) for owner, limit in owners}
    limits = Limits(**{**plain["limits"], "by_form": named, "by_owner": owned})
    # Plans from before 2026-11-25 were held to the level alone.
    binds = Binds(plain.get("binds", Binds.LEVEL))
    flexible = tuple(_flexible_places_of(row) for row in plain.get("flexible", ()))
    rule = FlexibleRule(plain.get("flexible_rule", FlexibleRule.FIRST_COME))
    read = {"limits": limits, "discipline": discipline, "binds": binds, "flexible": flexible}
    return Policy(**{**plain, **read, "flexible_rule": rule})


def _flexible_places_of(row: Plain) -> FlexiblePlaces:
    days = {name: _date(row[name]) for name in ("valid_from", "valid_to")}
    return FlexiblePlaces(**{**_tuples(row), **days})


def _prices_of(plain: Plain) -> Prices:
    by_form = {Form(form): Price(**price) for form, price in plain["by_form"].items()}
    rows = [dict(row) for row in plain.get("by_owner", ())]
    by_owner = {(Form(r.pop("form")), Owner(r.pop("owner"))): Price(**r) for r in rows}
    return Prices(**{**plain, "by_form": by_form, "by_owner": by_owner})


def _line_of(row: Plain) -> PlanLine:
    kept = {**_keyed(row), "form": Form(row["form"]), "cost_nok": _money_of(row["cost_nok"])}
    return PlanLine(**kept)


def _curve_of(row: Plain) -> Curve:
    arrays: Plain = {name: _array(row[name]) for name in ("offered_share", "not_offered_mean")}
    arrays["not_offered_high"] = _array(row["not_offered_high"])
    for name in ("cost_nok", "assured_share"):
        arrays[name] = None if row.get(name) is None else _array(row[name])
    arrays["fitted"] = None if row.get("fitted") is None else np.array(row["fitted"], np.int64)
    return Curve(**{**_keyed(row), **arrays})


def _ahead_of(row: Plain) -> Ahead:
    cost = None if row["cost_nok"] is None else _array(row["cost_nok"])
    read = {"places": np.array(row["places"], np.int64), "not_offered": _array(row["not_offered"])}
    return Ahead(**{**_keyed(row), **read, "cost_nok": cost})


def _risk_of(row: Plain) -> Risk:
    numbers: Plain = {k: _float(v) for k, v in row.items() if k not in ("region", "need_group")}
    return Risk(**{**numbers, "key": _key_of(row), "worst_month": row["worst_month"]})


def _exchange_of(row: Plain) -> ExchangeRow:
    # JSON has no infinity: a group that nobody is ready for takes in any number.
    passed = math.inf if row["passed"] is None else row["passed"]
    return ExchangeRow(**{**_keyed(row), "passed": passed})


def _sharing_of(row: Plain) -> Sharing:
    arrangement = Arrangement(row["arrangement"])
    regions = tuple(SharedRegion(**part) for part in row["regions"])
    return Sharing(**{**row, "arrangement": arrangement, "regions": regions})


def _owner_line_of(row: Plain) -> OwnerLine:
    return OwnerLine(**{**_keyed(row), "form": Form(row["form"]), "owner": Owner(row["owner"])})


def _flexible_of(row: Plain) -> Flexible:
    groups = tuple(FlexibleGroup(**part) for part in row["groups"])
    return Flexible(**{**row, "rule": FlexibleRule(row["rule"]), "groups": groups})


def _bands_of(row: Plain) -> Bands:
    return Bands(
        _key_of(row),
        np.asarray(row["periods"], dtype="datetime64[D]"),
        _array(row["mean"]),
        tuple(row["levels"]),
        _array(row["values"]),
    )


def _waterfall_of(row: Plain) -> Waterfall:
    return Waterfall(_key_of(row), tuple((Source(s), float(n)) for s, n in row["steps"]))


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


def basis_of_plain(plain: Plain) -> Basis:
    """What `Basis.to_dict` gave, as basis.json holds it."""
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
        # Plans from before 2026-11-24 have neither; they were pooled without them.
        weights_by_family=plain.get("weights_by_family", {}),
        spread=plain.get("spread", 1.0),
    )
