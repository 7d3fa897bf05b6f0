"""The benchmark's tables: engines on one set, then what the goals of issue 3 ask."""

import math
from collections.abc import Sequence

import numpy as np

from forecasting.scores import Array
from service.registry import ENSEMBLE
from tests.bench.judge import Cells, Ratio, Scored, SetResult, best, geometric_mean, mean, ratio
from tests.bench.peers import PEERS

Row = dict[str, object]
# Goals of issue 3: lowest and highest share, in the order printed.
GOALS: dict[str, tuple[float, float]] = {
    "cover80": (0.76, 0.84),
    "cover95": (0.93, 0.97),
    "above99": (0.007, 0.015),
    "sum_above95": (0.03, 0.07),
}
OF_BEST = 1.03
MANY = 100  # sets of fewer forecasts are shown, but not held to OF_BEST


def rows_of(result: SetResult) -> list[Row]:
    """One row per engine, best first; engines without enough forecasts last."""
    rows = [_row(result, each) for each in result.scored.values()]
    return sorted(rows, key=lambda row: (not row["compared"], row["crps"]))


def _row(result: SetResult, scored: Scored) -> Row:
    return {
        "set": result.bench.name,
        "engine": scored.engine,
        "crps": scored.steps.mean,
        **calibration(scored),
        "sum_crps": scored.sums.mean if scored.sums else math.nan,
        "failed": scored.failed,
        "asked": scored.asked,
        "compared": scored.enough,
        "seconds": scored.seconds,
        "reason": scored.reason,
    }


def calibration(scored: Scored) -> dict[str, float]:
    """Coverage, and shares above upper quantiles, of periods and of sums."""
    steps, sums = scored.steps, scored.sums
    return {
        "cover80": steps.covered(0.8),
        "cover95": steps.covered(0.95),
        "above95": steps.inside(0.95, 1.0),
        "above99": steps.inside(0.99, 1.0),
        "sum_cover80": sums.covered(0.8) if sums else math.nan,
        "sum_above95": sums.inside(0.95, 1.0) if sums else math.nan,
        "sum_above99": sums.inside(0.99, 1.0) if sums else math.nan,
    }


_COLUMNS = {
    "crps": ".3f",
    "cover80": ".3f",
    "cover95": ".3f",
    "above95": ".3f",
    "above99": ".4f",
    "sum_crps": ".3f",
    "sum_cover80": ".2f",
    "sum_above95": ".3f",
    "failed": "d",
    "seconds": ".1f",
}


def set_table(result: SetResult) -> str:
    """The engines on one set, as text."""
    lines = [f"{'engine':<26}" + "".join(f"{name:>12}" for name in _COLUMNS)]
    for row in rows_of(result):
        cells = "".join(f"{_cell(row[name], form):>12}" for name, form in _COLUMNS.items())
        mark = "" if row["compared"] else "  (not compared)"
        lines.append(f"{row['engine']!s:<26}{cells}{mark}")
        if row["failed"]:
            lines.append(f"    failed {row['failed']} of {row['asked']}: {row['reason']}")
    gaps = [n for n in PEERS if n in result.scored and not PEERS[n].takes_gaps]
    if not result.bench.panel.observed.all() and gaps:
        lines.append(
            f"Gaps given as straight lines, and as the last count up to the origin, to: "
            f"{', '.join(gaps)}; the others take them as they are."
        )
    return "\n".join(lines)


def _cell(value: object, form: str) -> str:
    missing = isinstance(value, float) and math.isnan(value)
    return "-" if missing else format(value, form)


def summary(results: Sequence[SetResult], peers: Sequence[str]) -> tuple[str, dict[str, object]]:
    """What the goals ask, as text and as facts for a file."""
    flows = [each for each in results if each.bench.is_flow]
    paths = [name for name in peers if PEERS[name].gives_paths]
    names = {"F": best(results, peers), "G": best(flows, paths, sums=True)}
    facts: dict[str, object] = {
        **names,
        "ensemble_to_F": _against(results, names["F"]),
        "ensemble_to_G_sums": _against(flows, names["G"], sums=True),
        "to_engines": _each_engine(results, peers),
        "sets": [_to_best(each, peers, names["F"]) for each in results],
        "calibration": _calibration(results),
        "calibration_of_sets": _mean_of_sets(results),
    }
    return "\n".join(_lines(facts)), facts


def _rng() -> np.random.Generator:
    return np.random.default_rng(1)


def _against(results: Sequence[SetResult], base: str, *, sums: bool = False) -> Row | None:
    if not base or not results:
        return None
    return _told(ratio(results, ENSEMBLE, base, rng=_rng(), sums=sums))


def _told(found: Ratio) -> Row:
    return {"value": found.value, "low": found.low, "high": found.high, "text": str(found)}


def _each_engine(results: Sequence[SetResult], peers: Sequence[str]) -> list[Row]:
    """The ensemble over every engine, over the sets where that engine can be compared."""
    rows: list[Row] = []
    for name in peers:
        made = [each for each in results if each.comparable([name])]
        flows = [each for each in made if each.scored[name].sums is not None]
        rows.append(
            {
                "engine": name,
                "sets": len(made),
                "geometric_mean": geometric_mean(results, name),
                "ensemble_to_it": _against(made, name),
                "ensemble_sums_to_it": _against(flows, name, sums=True),
            }
        )
    return rows


def _to_best(result: SetResult, peers: Sequence[str], f: str) -> Row:
    """The ensemble over the set's own best peer, and over F."""
    usable = result.comparable(peers)
    own_best = best([result], usable)
    paths = [name for name in usable if result.scored[name].sums is not None]
    sum_best = best([result], paths, sums=True) if result.bench.is_flow else ""
    return {
        "set": result.bench.name,
        "forecasts": result.forecasts,
        "best": own_best,
        "ensemble_to_best": _against([result], own_best),
        "ensemble_to_F": _against([result], f) if f in usable else None,
        "sum_best": sum_best,
        "ensemble_sums_to_best": _against([result], sum_best, sums=True),
        **calibration(result.scored[ENSEMBLE]),
    }


def _calibration(results: Sequence[SetResult]) -> Row:
    """The ensemble's calibration over all forecasts of all sets together."""
    scored = [each.scored[ENSEMBLE] for each in results]
    sums = [each.sums for each in scored if each.sums]
    whole = _joined([each.steps for each in scored])
    sum_above = _joined(sums).inside(0.95, 1.0) if sums else math.nan
    return {
        "cover80": whole.covered(0.8),
        "cover95": whole.covered(0.95),
        "above99": whole.inside(0.99, 1.0),
        "sum_above95": sum_above,
    }


def _mean_of_sets(results: Sequence[SetResult]) -> Row:
    """The mean over sets, so that a set of many weeks weighs no more than one of few months."""
    rows = [calibration(each.scored[ENSEMBLE]) for each in results]
    return {name: mean(np.array([row[name] for row in rows])) for name in GOALS}


def _joined(cells: Sequence[Cells]) -> Cells:
    def flat(part: str) -> Array:
        return np.concatenate([getattr(each, part).ravel() for each in cells])

    return Cells(flat("score"), flat("below"), flat("up_to"))


def _lines(facts: dict[str, object]) -> list[str]:
    lines = [
        f"F, the one engine best over all sets: {facts['F']}",
        f"G, the best with paths by sums of flows: {facts['G']}",
        f"ensemble / F: {_text(facts['ensemble_to_F'])}   (goal 0.96, floor 0.98)",
        f"ensemble / G, sums: {_text(facts['ensemble_to_G_sums'])}   (goal 0.93)",
        "",
        f"{'ensemble over':<22}{'sets':>5}{'its mean':>10}  {'periods':<24}sums",
    ]
    lines += [
        f"{row['engine']:<22}{row['sets']:>5}{_cell(row['geometric_mean'], '.4f'):>10}  "
        f"{_text(row['ensemble_to_it']):<24}{_text(row['ensemble_sums_to_it'])}"
        for row in facts["to_engines"]  # type: ignore[attr-defined]
    ]
    lines += ["", f"{'set':<22}{'forecasts':>9}  {'own best':<20}{'ensemble / best':<24}"]
    lines[-1] += f"{'ensemble / F':<24}{'best by sums':<20}ensemble / it"
    lines += [_set_line(row) for row in facts["sets"]]  # type: ignore[attr-defined]
    lines += ["", _goal_line("goals", {k: f"{a:g}-{b:g}" for k, (a, b) in GOALS.items()})]
    lines += [_goal_line(str(row["set"]), _marked(row)) for row in facts["sets"]]  # type: ignore[attr-defined]
    lines += [_goal_line("all forecasts", _marked(facts["calibration"]))]  # type: ignore[arg-type]
    return [*lines, _goal_line("mean of sets", _marked(facts["calibration_of_sets"]))]  # type: ignore[arg-type]


def _set_line(row: Row) -> str:
    ours = row["ensemble_to_best"]
    over = isinstance(ours, dict) and ours["value"] > OF_BEST
    mark = "  over 1.03" if over and int(str(row["forecasts"])) > MANY else ""
    return (
        f"{row['set']:<22}{row['forecasts']:>9}  {row['best']:<20}{_text(ours):<24}"
        f"{_text(row['ensemble_to_F']):<24}{row['sum_best'] or '-':<20}"
        f"{_text(row['ensemble_sums_to_best'])}{mark}"
    )


def _goal_line(name: str, values: dict[str, str]) -> str:
    return f"{name:<22}" + "  ".join(f"{key} {values[key]:<12}" for key in GOALS)


def _marked(row: Row) -> dict[str, str]:
    """Shares, with ! where they are outside the goal."""
    return {key: _mark(float(str(row[key])), *GOALS[key]) for key in GOALS}


def _mark(value: float, low: float, high: float) -> str:
    if math.isnan(value):
        return "-"
    return f"{value:.4f}{'' if low <= value <= high else ' !'}"


def _text(found: object) -> str:
    return str(found["text"]) if isinstance(found, dict) else "-"
