"""plan, replay and report: the yearly capacity plan, how it would have served, its exports."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service.commands import options
from service.talk import OutputFormat

if TYPE_CHECKING:
    from forecasting.agency import Agency
    from planning.followed import Followed
    from service.requests import PlanOutcome


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command(
        "plan",
        epilog="Example:  plassplan plan referrals.csv --register register.csv --level 0.98"
        " --out out",
    )(plan)
    app.command(
        "replay",
        epilog="Example:  plassplan replay referrals.csv --register register.csv --config"
        " plassplan.toml --origins 2021-12-31,2022-12-31 --months 12 --out replay",
    )(replay)


Extract = Annotated[
    Path | None,
    typer.Argument(
        metavar="[EXTRACT | --from-store]",
        help="Extract of referrals: CSV, XLSX or Parquet.",
        show_default=False,
    ),
]
Register = Annotated[
    Path | None, typer.Option("--register", metavar="FILE", help="Register of places that exist.")
]
Year = Annotated[
    int | None,
    typer.Option(help="Year to plan.  [default: the year after the last complete month]"),
]
Level = Annotated[
    float | None,
    typer.Option(
        help="Share of children to be offered a place in time, 0 to 1."
        "  [default: the configuration's]"
    ),
]


def plan(
    extract: Extract = None,
    *,
    out: options.Out,
    from_store: options.FromStore = False,
    register_file: Register = None,
    year: Year = None,
    as_of: options.AsOf = None,
    config: options.Config = None,
    level: Level = None,
    draws: options.Draws = None,
    seed: options.Seed = None,
    workers: options.Workers = 1,
    compare: Annotated[
        str | None,
        typer.Option(
            metavar="PLAN", help="Say what changed since this earlier plan (an id or a folder)."
        ),
    ] = None,
    no_tracking: options.NoTracking = False,
    form: options.Format = OutputFormat.TABLE,
    quiet: options.Quiet = False,
) -> None:
    """Make the yearly capacity plan.

    Writes every file of it and prints the recommended places per need group and purchase form.
    """
    from service.requests import PlanRequest
    from service.run_plan import run_plan
    from service.settings import load_settings
    from service.talk import talk

    settings = load_settings(config)
    request = PlanRequest(
        extract,
        from_store,
        register=register_file,
        year=year,
        as_of=options.day(as_of),
        settings=settings,
        level=level,
        draws=options.given(draws, settings.forecast.draws),
        seed=options.given(seed, settings.forecast.seed),
        out=out,
        workers=options.processes(workers),
        tracking=not no_tracking,
        compare=compare,
    )
    _show(run_plan(request, talk=talk(quiet=quiet)), form, quiet=quiet)


def replay(
    extract: Extract = None,
    *,
    origins: Annotated[
        str,
        typer.Option(
            metavar="D1,D2,...", help="Days on which to plan, on what was known at their end."
        ),
    ],
    out: options.Out,
    months: Annotated[int, typer.Option(help="Months after each origin to replay.")] = 12,
    from_store: options.FromStore = False,
    register_file: Register = None,
    config: options.Config = None,
    draws: options.Draws = None,
    seed: options.Seed = None,
    workers: options.Workers = 1,
    no_tracking: options.NoTracking = False,
    form: options.Format = OutputFormat.TABLE,
    quiet: options.Quiet = False,
) -> None:
    """Hold plans against what really came.

    At each origin a plan is made on what was known then; the children of the months after it
    then pass through its places, and through those of other ways to choose places.
    """
    from reports.wording import worded
    from service.replayed import summary_rows
    from service.requests import ReplayRequest
    from service.run_replay import run_replay
    from service.settings import load_settings
    from service.talk import emit, talk

    settings = load_settings(config)
    request = ReplayRequest(
        extract,
        from_store,
        register=register_file,
        origins=options.days(origins),
        months=months,
        settings=settings,
        draws=options.given(draws, settings.forecast.draws),
        seed=options.given(seed, settings.forecast.seed),
        out=out,
        workers=options.processes(workers),
        tracking=not no_tracking,
    )
    outcome = run_replay(request, talk=talk(quiet=quiet))
    emit(summary_rows(outcome.summary), form=form)
    if not quiet:
        for finding in worded(outcome.findings):
            typer.echo(f"{finding.severity.value}: {finding.message}", err=True)
        typer.echo(f"Files in {outcome.out}: {', '.join(outcome.files)}", err=True)


def _show(outcome: "PlanOutcome", form: OutputFormat, *, quiet: bool) -> None:
    from service.recommendation import recommendation
    from service.since_files import since_rows
    from service.talk import emit

    shown = recommendation(outcome.plan)
    emit(shown.rows, form=form, title=shown.title)
    if form is OutputFormat.TABLE:
        for sentence in (*shown.sentences, *shown.warnings):
            typer.echo(sentence)
        if outcome.since:
            emit(since_rows(outcome.since, outcome.plan.agency), form=form)
        if outcome.followed:
            show_followed(outcome.followed, outcome.plan.agency, form)
    if not quiet:
        typer.echo(shown.findings, err=True)
        typer.echo(f"Files in {outcome.out}: {', '.join(outcome.files)}", err=True)
        if outcome.plan_id:
            typer.echo(f"Kept as {outcome.plan_id}", err=True)


def show_followed(
    found: "Followed", agency: "Agency", form: OutputFormat, *, region: str = "alle"
) -> None:
    """Print how a plan goes: the numbers, and in a table the verdict in words."""
    from service.talk import emit
    from service.tertial import followed_rows
    from service.yearly_words import followed_sentences

    emit(followed_rows(found, agency, region=region), form=form)
    if form is OutputFormat.TABLE:
        for sentence in followed_sentences(found, agency, region=region):
            typer.echo(sentence)
