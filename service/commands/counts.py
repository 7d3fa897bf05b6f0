"""forecast and backtest: predictive distributions of counts, and how good they were."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forecasting.panel import Quantity
from service.commands import options
from service.talk import OutputFormat

if TYPE_CHECKING:
    from service.requests import CountOutcome

Counts = Annotated[
    Path | None,
    typer.Argument(
        metavar="[COUNTS.csv | --from-store]", help="CSV with unique_id, ds, y.", show_default=False
    ),
]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command(
        "forecast",
        epilog="Example:  plassplan forecast counts.csv --horizon 12 --freq MS --out forecast",
    )(forecast)
    app.command(
        "backtest",
        epilog="Example:  plassplan backtest counts.csv --horizon 3 --freq MS --origins 12"
        " --models negbin_glm,ets --out backtest",
    )(backtest)


def forecast(
    counts: Counts = None,
    *,
    horizon: options.Horizon,
    freq: options.Freq,
    out: options.Out,
    from_store: options.FromStore = False,
    quantity: options.QuantityCounted = Quantity.REFERRALS,
    model: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="One model.  [default: the pool of the configuration]"),
    ] = None,
    weights: Annotated[
        Path | None,
        typer.Option(
            metavar="BASIS.json",
            help="Use the models' weights of an earlier run again.  [default: learn them]",
            show_default=False,
        ),
    ] = None,
    draws: options.Draws = None,
    seed: options.Seed = None,
    fill_zero: options.FillZero = False,
    config: options.Config = None,
    workers: options.Workers = 1,
    quiet: options.Quiet = False,
) -> None:
    """Forecast counts from a file or the store.

    Writes quantiles, joint draws, totals and what became of each model.
    """
    from service.requests import CountRequest
    from service.run_forecast import run_forecast
    from service.settings import load_settings
    from service.talk import talk

    settings = load_settings(config)
    request = CountRequest(
        counts,
        from_store,
        horizon=horizon,
        freq=freq,
        quantity=quantity,
        models=(model,) if model else (),
        settings=settings,
        draws=options.given(draws, settings.forecast.draws),
        seed=options.given(seed, settings.forecast.seed),
        out=out,
        workers=options.processes(workers),
        fill_zero=fill_zero,
        weights=weights,
    )
    _report(run_forecast(request, talk=talk(quiet=quiet)), OutputFormat.TABLE, quiet=quiet)


def backtest(
    counts: Counts = None,
    *,
    horizon: options.Horizon,
    freq: options.Freq,
    origins: Annotated[int, typer.Option("--origins", help="Number of origins, the last ones.")],
    out: options.Out,
    stride: Annotated[int, typer.Option(help="Periods between two origins.")] = 1,
    models: Annotated[
        str | None,
        typer.Option(metavar="A,B,...", help="Models.  [default: those of the configuration]"),
    ] = None,
    from_store: options.FromStore = False,
    quantity: options.QuantityCounted = Quantity.REFERRALS,
    draws: options.Draws = None,
    seed: options.Seed = None,
    fill_zero: options.FillZero = False,
    config: options.Config = None,
    workers: options.Workers = 1,
    no_tracking: options.NoTracking = False,
    form: options.Format = OutputFormat.TABLE,
    quiet: options.Quiet = False,
) -> None:
    """Score forecasts from past origins.

    Every forecast is kept beside its scores; the pool and the benchmark are always there.
    """
    from service.requests import CountRequest
    from service.run_backtest import run_backtest
    from service.settings import load_settings
    from service.talk import talk

    settings = load_settings(config)
    request = CountRequest(
        counts,
        from_store,
        horizon=horizon,
        freq=freq,
        quantity=quantity,
        models=tuple(name.strip() for name in models.split(",")) if models else (),
        settings=settings,
        draws=options.given(draws, settings.forecast.draws),
        seed=options.given(seed, settings.forecast.seed),
        out=out,
        workers=options.processes(workers),
        tracking=not no_tracking,
        fill_zero=fill_zero,
        origins=origins,
        stride=stride,
    )
    _report(run_backtest(request, talk=talk(quiet=quiet)), form, quiet=quiet)


def _report(outcome: "CountOutcome", form: OutputFormat, *, quiet: bool) -> None:
    from reports.wording import worded
    from service.talk import emit

    emit(outcome.summary, form=form)
    if not quiet:
        for finding in worded(outcome.findings):
            typer.echo(f"{finding.severity.value}: {finding.message}", err=True)
        typer.echo(f"Files in {outcome.out}: {', '.join(outcome.files)}", err=True)
