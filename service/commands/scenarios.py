"""scenario list, run and diff: named changes of assumptions beside the base plan."""

from pathlib import Path
from typing import Annotated

import typer

from service.commands import options
from service.commands.plans import Extract, Level, Register, Year
from service.talk import OutputFormat

group = typer.Typer(
    help="Named changes of assumptions.", epilog="Example:  plassplan scenario list"
)

Reason = Annotated[
    str,
    typer.Option(metavar="TEXT", help="Why they are run; with it they are kept for the pages."),
]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    group.command("list", epilog="Example:  plassplan scenario list --format json")(list_)
    group.command(
        "run",
        epilog="Example:  plassplan scenario run referrals.csv --register register.csv"
        " --scenario demand_10_more,spot_half --out what-if",
    )(run)
    group.command("diff", epilog="Example:  plassplan scenario diff what-if")(diff)
    app.add_typer(group, name="scenario")


def list_(*, config: options.Config = None, form: options.Format = OutputFormat.TABLE) -> None:
    """List the scenarios that fit the configuration, with the reason of each."""
    from service.scenario_files import listed_rows
    from service.scenarios import known_scenarios
    from service.settings import load_settings
    from service.talk import emit

    emit(listed_rows(known_scenarios(load_settings(config)).values()), form=form)


def run(
    extract: Extract = None,
    *,
    scenario: Annotated[
        str, typer.Option("--scenario", metavar="A,B,...", help="Codes, from `scenario list`.")
    ],
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
    reason: Reason = "",
    form: options.Format = OutputFormat.TABLE,
    quiet: options.Quiet = False,
) -> None:
    """Compare scenarios with the base plan, on the same random numbers.

    Also finds the places with the smallest largest regret over the scenarios.
    """
    from service.requests import PlanRequest
    from service.run_scenario import run_scenarios
    from service.scenario_files import compared_rows, robust_rows
    from service.settings import load_settings
    from service.talk import emit, talk

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
        tracking=False,
    )
    names = options.words(scenario)
    outcome = run_scenarios(request, names, reason=reason, talk=talk(quiet=quiet))
    emit(compared_rows(out, by_group=False), form=form)
    if form is OutputFormat.TABLE and outcome.robust:
        emit(robust_rows(outcome.robust, settings.agency), form=form)
    if not quiet:
        typer.echo(f"Files in {outcome.out}: {', '.join(outcome.files)}", err=True)
        typer.echo(
            f"Kept as {outcome.kept_as}" if outcome.kept_as else "Not kept: no --reason", err=True
        )


def diff(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Folder that `scenario run` wrote.")
    ],
    *,
    form: options.Format = OutputFormat.TABLE,
) -> None:
    """Show places, children without a place and cost of each scenario against the base plan.

    Per need group over the nation. Nothing is computed again.
    """
    from service.scenario_files import compared_rows
    from service.talk import emit

    emit(compared_rows(folder, by_group=True), form=form)
