"""What forecast and backtest share: their basis, their findings and run.json."""

import json
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from experiments.tracking import Tracked
from forecasting.basis import Basis
from forecasting.ensemble import PoolSettings
from forecasting.errors import InputError
from forecasting.findings import Finding, warning
from forecasting.protocol import FitFailure, Forecaster
from forecasting.weights import Weights
from reports.wording import worded
from service import clock
from service.counted import Counts
from service.evidence import safe_name
from service.registry import ENSEMBLE
from service.requests import CountRequest
from service.settings import ForecastSettings
from service.tables import json_bytes
from service.version import code_version

# A finding names this many series at most; fits.csv has them all.
_NAMED = 3


def pool_settings(
    wanted: ForecastSettings,
    forecasters: Sequence[Forecaster],
    *,
    steps: int,
    draws: int,
    weights: Weights | None = None,
) -> PoolSettings:
    """How the models are pooled; one model needs no weights, hence no past origins."""
    return PoolSettings(
        steps,
        draws,
        weight_origins=wanted.weight_origins if len(forecasters) > 1 else 0,
        prior=wanted.prior,
        weights=weights,
    )


def stored_weights(path: Path) -> Weights:
    """The weights that an earlier forecast or plan kept in its basis.json.

    Raises InputError where the file cannot be read or holds none.
    """
    try:
        basis = json.loads(path.read_text("utf-8"))
        return Weights(
            {
                str(family): {str(name): float(share) for name, share in shares.items()}
                for family, shares in basis["weights_by_family"].items()
            },
            spread=float(basis["spread"]),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(
            f"{safe_name(path)} holds no weights of models ({type(error).__name__}).",
            fix="Name the basis.json of an earlier forecast or plan.",
        ) from error


def count_basis(request: CountRequest, found: Counts, *, weights: Weights, **extra: str) -> Basis:
    """What the numbers rest on; `weights` are empty where each origin has its own.

    `extra` are settings beside those that every request has.
    """
    names = request.models or request.settings.forecast.models
    return Basis(
        data_sha256=found.sha256,
        data_rows=found.rows,
        as_of=found.panel.as_of,
        config_hash=request.settings.config_hash,
        model=names[0] if len(names) == 1 else ENSEMBLE,
        weights=weights.overall,
        weights_by_family=weights.by_family,
        spread=weights.spread,
        seed=request.seed,
        draws=request.draws,
        code_version=code_version(),
        synthetic=request.settings.agency.synthetic,
        data_name=found.name,
        settings={
            "horizon": str(request.horizon),
            "freq": request.freq.value,
            "quantity": request.quantity.value,
            "models": ",".join(names),
            **extra,
        },
    )


def failed_fits(failures: Iterable[FitFailure]) -> list[Finding]:
    """One finding for each model and reason, with the series that it could not do."""
    # A series that failed from several origins stands once.
    alike: defaultdict[tuple[str, str], dict[str, FitFailure]] = defaultdict(dict)
    for each in failures:
        alike[each.model, each.reason][str(each.series)] = each
    return [
        _failed_fit(list(by_series), next(iter(by_series.values()))) for by_series in alike.values()
    ]


def _failed_fit(series: Sequence[str], failure: FitFailure) -> Finding:
    """The series by name, or how many and the first of them; the cause is worded when shown."""
    found = warning(
        "failed_fit",
        wording="failed_fit" if len(series) <= _NAMED else "failed_fit_of_many",
        series=series[0] if len(series) == 1 else None,
        model=failure.model,
        names=", ".join(series[:_NAMED]),
        count=len(series),
        reason=failure.reason,
        cause=failure.cause,
    )
    return replace(found, values={**found.values, **failure.values})


def run_json(started: float, tracked: Tracked) -> bytes:
    """Times and the run's id: the one file that differs between equal runs."""
    return json_bytes(
        {
            "finished_at": clock.now().isoformat(timespec="seconds"),
            "seconds": round(time.monotonic() - started, 1),
            "mlflow_run_id": tracked.run_id,
            "findings": [finding.message for finding in worded(tracked.findings)],
        }
    )
