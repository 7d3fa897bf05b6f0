"""What a run may keep in the run store: settings, aggregates and stamps, never rows.

Everything that reaches the store passes `RunEntry`, whose names are an allow list. Names of
files, people and places on disk, and free text, have no field to go into.
"""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from forecasting.basis import Basis
from forecasting.errors import InputError
from forecasting.places import Form
from forecasting.samples import WHOLE_NATION
from planning.plan import Plan

PARAM_NAMES = frozenset(
    {
        "as_of", "assurance", "code_version", "config_hash", "data_rows", "data_sha256",
        "discipline", "draws", "freq", "horizon", "level", "model", "models", "months", "origins",
        "quantity", "register_sha256", "seed", "series", "spot_found", "stride", "synthetic",
        "year",
    }
)  # fmt: skip
METRIC_FAMILIES = frozenset(
    {
        "children_not_offered", "committed_places", "cost_nok", "cost_over_hindsight",
        "existing_places", "failed_fits", "findings", "offered_share", "p_none", "places",
        "region_years_met_share", "score", "seconds", "to_meet", "weight", "years_meeting",
    }
)  # fmt: skip
FILE_NAMES = frozenset({"basis.json", "scores.csv", "summary.csv"})
EXPERIMENTS = ("plan", "backtest", "replay")

# A value is a code, a number, a date or a short list of those: no sentence, no path.
_VALUE = re.compile(r"[\w.+:,-]{0,400}", re.ASCII)
_METRIC = re.compile(r"[\w.-]+(/[\w.-]+){0,2}")


@dataclass(frozen=True)
class Metric:
    """One number of a run; `step` is the horizon step where the number has one."""

    name: str
    value: float
    step: int = 0


@dataclass(frozen=True)
class RunEntry:
    """One run as it will be stored. Raises InputError for a name that is not allowed."""

    experiment: str
    name: str
    params: Mapping[str, str]
    metrics: tuple[Metric, ...]
    files: Mapping[str, str] = field(default_factory=dict)
    children: tuple["RunEntry", ...] = ()
    seconds: float = 0.0

    def __post_init__(self) -> None:
        _refuse("experiment", {self.experiment} - set(EXPERIMENTS))
        _refuse("parameter", set(self.params) - PARAM_NAMES)
        _refuse("file", set(self.files) - FILE_NAMES)
        families = {re.split(r"[./]", metric.name)[0] for metric in self.metrics}
        _refuse("metric", families - METRIC_FAMILIES)
        _refuse("metric", {m.name for m in self.metrics if not _METRIC.fullmatch(m.name)})
        bad = {name for name, value in self.params.items() if not _VALUE.fullmatch(value)}
        _refuse("text in parameter", bad)

    def to_dict(self) -> dict[str, object]:
        """Plain values for the recorder's pipe; numbers that are not finite are left out."""
        return {
            "experiment": self.experiment,
            "name": self.name,
            "params": dict(sorted(self.params.items())),
            "metrics": [[m.name, m.value, m.step] for m in self.metrics if math.isfinite(m.value)],
            "files": dict(self.files),
            "children": [child.to_dict() for child in self.children],
            "seconds": self.seconds,
        }


def plan_entry(
    plan: Plan, *, seconds: float, scores: Mapping[str, float] | None = None
) -> RunEntry:
    """The run of a plan: its policy, weights, stamps, and what it recommends.

    `seconds` is how long the job took; `scores` the mean score of each model in the short
    backtest that set the weights. Places are recommendations, which need no protection;
    observed counts are left out.
    """
    policy = plan.policy
    params = {
        "year": str(plan.year),
        "level": f"{policy.level:g}",
        "assurance": f"{policy.assurance:g}",
        "discipline": policy.discipline.value,
        "spot_found": f"{policy.spot_found:g}",
    }
    return RunEntry(
        experiment="plan",
        name=f"plan-{plan.year}",
        params=params | _stamp(plan.basis),
        metrics=(
            Metric("seconds", seconds),
            Metric("findings", len(plan.findings)),
            *_place_metrics(plan),
            *_risk_metrics(plan),
            *_cost_metrics(plan),
            *(Metric(f"weight.{name}", w) for name, w in sorted(plan.basis.weights.items())),
            *(Metric(f"score.{name}", s) for name, s in sorted((scores or {}).items())),
        ),
        files={"basis.json": _basis_json(plan.basis)},
        seconds=seconds,
    )


def backtest_entry(
    scores: pd.DataFrame,
    *,
    summary: pd.DataFrame,
    settings: Mapping[str, object],
    basis: Basis,
    seconds: float,
) -> RunEntry:
    """The run of a backtest, with one child run per model.

    `scores` has the columns model, unique_id, origin, step, metric, value; each child holds
    the mean of each score per step, over series and origins. `settings` are kept where the
    parameter is on the allow list.
    """
    params = _stamp(basis) | {
        name: _word(value) for name, value in settings.items() if name in PARAM_NAMES
    }
    means = scores.groupby(["model", "metric", "step"], sort=True)["value"].mean()
    children = tuple(
        RunEntry(
            experiment="backtest",
            name=str(model),
            params={"model": str(model)},
            metrics=tuple(
                Metric(f"score.{metric}", float(value), int(step))
                for (_, metric, step), value in part.items()
            ),
            seconds=seconds,
        )
        for model, part in means.groupby(level="model")
    )
    totals = scores.groupby(["model", "metric"], sort=True)["value"].mean()
    return RunEntry(
        experiment="backtest",
        name=f"backtest-{basis.as_of.isoformat()}",
        params=params,
        metrics=(
            Metric("seconds", seconds),
            *(Metric(f"score.{metric}/{model}", float(v)) for (model, metric), v in totals.items()),
        ),
        files={
            "basis.json": _basis_json(basis),
            "scores.csv": scores.to_csv(index=False, lineterminator="\n"),
            "summary.csv": summary.to_csv(index=False, lineterminator="\n"),
        },
        children=children,
        seconds=seconds,
    )


def replay_entry(summary: pd.DataFrame, *, basis: Basis, seconds: float) -> RunEntry:
    """The run of a replay: what each policy gave over all regions, by need group.

    `summary` has the columns policy, need_group, least_referrals, region_years_met_share,
    offered_share and cost_over_hindsight. Single regions and years are left out: few children.
    """
    names = ("region_years_met_share", "offered_share", "cost_over_hindsight")
    return RunEntry(
        experiment="replay",
        name=f"replay-{basis.as_of.isoformat()}",
        params=_stamp(basis)
        | {name: value for name, value in basis.settings.items() if name in PARAM_NAMES},
        metrics=(
            Metric("seconds", seconds),
            *(
                Metric(f"{name}/{row['policy']}/{row['need_group']}", float(row[name]))
                for row in summary.loc[summary["least_referrals"] == 0].to_dict("records")
                for name in names
            ),
        ),
        files={"basis.json": _basis_json(basis)},
        seconds=seconds,
    )


def _place_metrics(plan: Plan) -> list[Metric]:
    # Spot is bought for one child at a time: it is a use, not places that are committed.
    forms = [form for form in Form if form.committed]
    metrics = [
        Metric(f"places.{form.value}", sum(x.places for x in plan.lines if x.form is form))
        for form in forms
    ]
    chosen = [
        Metric(f"committed_places/{c.key.region}/{c.key.need_group}", c.chosen) for c in plan.curves
    ]
    known = [c.existing for c in plan.curves if c.existing is not None]
    existing = [Metric("existing_places", sum(known))] if known else []
    total = Metric("committed_places", sum(c.chosen for c in plan.curves))
    return [total, *metrics, *existing, *chosen]


def _risk_metrics(plan: Plan) -> list[Metric]:
    nation = [r for r in plan.risks if {r.key.region, r.key.need_group} == {WHOLE_NATION}]
    return [
        metric
        for risk in nation
        for metric in (
            Metric("to_meet", risk.to_meet),
            Metric("offered_share", risk.offered_share),
            Metric("children_not_offered", risk.not_offered_mean),
            Metric("years_meeting", risk.years_meeting),
            Metric("p_none", risk.p_none),
        )
    ]


def _cost_metrics(plan: Plan) -> list[Metric]:
    cost = plan.total_cost
    if cost is None:
        return []
    return [
        Metric("cost_nok.mean", cost.mean),
        Metric("cost_nok.low", cost.low),
        Metric("cost_nok.high", cost.high),
    ]


def _stamp(basis: Basis) -> dict[str, str]:
    return {
        "as_of": basis.as_of.isoformat(),
        "config_hash": basis.config_hash,
        "model": basis.model,
        "seed": str(basis.seed),
        "draws": str(basis.draws),
        "code_version": basis.code_version,
        "data_sha256": basis.data_sha256,
        "data_rows": str(basis.data_rows),
        "register_sha256": basis.register_sha256,
        "synthetic": str(basis.synthetic).lower(),
    }


def _basis_json(basis: Basis) -> str:
    # The name of the file can hold a person's name, and settings can hold any text.
    kept = basis.to_dict() | {"settings": {}}
    kept["data_stamp"] = {
        "sha256": basis.data_sha256,
        "rows": basis.data_rows,
        "register_sha256": basis.register_sha256,
        "synthetic": basis.synthetic,
    }
    return json.dumps(kept, indent=2, sort_keys=True) + "\n"


def _word(value: object) -> str:
    if isinstance(value, (list, tuple)):
        return ",".join(str(item) for item in value)
    return str(value)


def _refuse(kind: str, names: set[str]) -> None:
    if names:
        raise InputError(
            f"the run store takes no {kind} {', '.join(sorted(names))}.",
            fix="Only names on the allow list of experiments/entries.py are recorded.",
        )
