"""report: what was computed before, written for those who read it."""

from pathlib import Path
from typing import Annotated

import typer

from service.commands import options


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command(
        "report", epilog="Example:  plassplan report out --format xlsx,pdf --out for-the-director"
    )(report)


Source = Annotated[
    str,
    typer.Argument(
        metavar="PLAN",
        help="Id of a kept plan, or the folder that plan, scenario run or backtest wrote.",
    ),
]
Kind = Annotated[
    str,
    typer.Option(
        "--report",
        metavar="NAME",
        help="capacity_plan, budget_brief, scenarios, evaluation, tertial.",
    ),
]
Formats = Annotated[
    str, typer.Option("--format", metavar="A,B,...", help="json, csv, xlsx, html, pdf, docx.")
]
Regions = Annotated[
    str,
    typer.Option("--region", metavar="R1,R2,...", help="A report of each of these regions alone."),
]
Replay = Annotated[
    Path | None, typer.Option("--replay", metavar="DIR", help="A replay's folder, for evaluation.")
]
Came = Annotated[
    Path | None,
    typer.Option(
        "--extract",
        metavar="FILE",
        help="Extract that says what has come, for tertial.  [default: the store]",
    ),
]
Places = Annotated[
    Path | None,
    typer.Option(
        "--register",
        metavar="FILE",
        help="Register of the places that there are now, for tertial: have the plan's been opened?",
    ),
]
Profile = Annotated[
    str, typer.Option("--profile", help="Who may see it: internal, shared or public.")
]
Language = Annotated[str, typer.Option("--lang", help="Language of the report: nb, nn or en.")]
Earlier = Annotated[
    str,
    typer.Option(
        "--earlier",
        metavar="DIR,DIR,...",
        help="Earlier exports that the same readers have, each with its plan.json.",
    ),
]


def report(
    source: Source,
    *,
    out: options.Out,
    kind: Kind = "capacity_plan",
    formats: Formats = "xlsx,pdf",
    regions: Regions = "",
    replay: Replay = None,
    extract: Came = None,
    register_file: Places = None,
    as_of: options.AsOf = None,
    config: options.Config = None,
    profile: Profile = "internal",
    language: Language = "nb",
    earlier: Earlier = "",
) -> None:
    """Write a report of what was computed before.

    The numbers are those of the plan, of the scenarios or of the backtest; nothing is computed
    again. Small counts of children are hidden from readers outside the agency (profiles shared and
    public), and what they show through.
    """
    from service.exports import Beside, Wanted, export
    from service.settings import load_settings

    settings = load_settings(config)
    beside = Beside(
        settings, replay, extract, options.day(as_of), options.words(earlier), register_file
    )
    wanted = Wanted(
        kind,
        formats=options.words(formats),
        rules=settings.rules(profile),
        language=language,
        regions=options.words(regions),
        beside=beside,
    )
    for path in export(source, wanted, out=out):
        typer.echo(str(path))
