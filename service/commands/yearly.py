"""yearly: versions of the plan that people decide on, and what they set themselves."""

from typing import TYPE_CHECKING, Annotated

import typer

from forecasting.errors import UsageError
from service.commands import options
from service.commands.plans import Extract
from service.talk import OutputFormat

if TYPE_CHECKING:
    from service.yearly_store import Named

group = typer.Typer(
    help="Yearly plans: versions, overrides, signatures.", epilog="Example:  plassplan yearly list"
)

Year = Annotated[int, typer.Argument(metavar="YEAR", help="Year of the yearly plan.")]
Region = Annotated[
    str, typer.Option(help="Code of the region whose yearly plan it is; alle: the nation.")
]
Name = Annotated[
    str, typer.Option(metavar="TEXT", help="Your name, as it is to stand in the plan.")
]
Role = Annotated[str, typer.Option(metavar="TEXT", help="Your role.")]
Reason = Annotated[
    str, typer.Option(metavar="TEXT", help="Why, in a sentence. Nobody may be told apart by it.")
]
Number = Annotated[int, typer.Option("--version", metavar="N", help="Number of the version.")]
InForce = Annotated[
    int | None,
    typer.Option(
        "--version",
        metavar="N",
        help="Number of the version.  [default: the one in force, else the newest]",
    ),
]
NATION = "alle"


def register(app: typer.Typer) -> None:
    """Add these commands."""
    group.command("list", epilog="Example:  plassplan yearly list --format json")(list_)
    group.command("show", epilog="Example:  plassplan yearly show 2026 --version 2")(show)
    group.command(
        "draft",
        epilog="Example:  plassplan yearly draft plan-2026-0a1b2c3d4e5f --reason 'Høstplan'"
        " --name 'Kari Nordmann' --role planlegger",
    )(draft)
    group.command(
        "override",
        epilog="Example:  plassplan yearly override 2026 --version 2 --series ost/akutt --form"
        " base --places 12 --reason 'Nytt hus i mars' --name 'Kari Nordmann' --role planlegger",
    )(override)
    group.command(
        "lock",
        epilog="Example:  plassplan yearly lock 2026 --version 2 --name 'Ola Nordmann'"
        " --role regiondirektør",
    )(lock)
    group.command(
        "restore",
        epilog="Example:  plassplan yearly restore 2026 --version 1 --reason 'Tilbake til første"
        " forslag' --name 'Kari Nordmann' --role planlegger",
    )(restore)
    group.command("diff", epilog="Example:  plassplan yearly diff 2026 --versions 1,2")(diff)
    group.command(
        "follow", epilog="Example:  plassplan yearly follow 2026 --from-store --as-of 2026-04-30"
    )(follow)
    group.command(
        "export", epilog="Example:  plassplan yearly export 2026 --version 2 --out for-the-director"
    )(export)
    app.add_typer(group, name="yearly")


def list_(*, form: options.Format = OutputFormat.TABLE) -> None:
    """List every version of every yearly plan, newest first."""
    from service.home import home_path
    from service.talk import emit, emit_json
    from service.yearly_print import plain, version_rows
    from service.yearly_rows import version_row
    from service.yearly_store import yearly_plans

    found = yearly_plans(home_path())
    if form is OutputFormat.JSON:
        emit_json(plain([version_row(each, v) for each in found for v in reversed(each.versions)]))
    else:
        emit(version_rows(found), form=form)


def show(
    year: Year,
    *,
    region: Region = NATION,
    version: InForce = None,
    form: options.Format = OutputFormat.TABLE,
) -> None:
    """Show one version: signature, places, overrides.

    Who made and signed it, its places, its overrides and what they do.
    """
    from service.yearly_store import Named

    _show(Named(year, region), version, form)


def draft(
    plan: Annotated[
        str, typer.Argument(metavar="PLAN", help="Id of a kept plan, as `plassplan plan` says it.")
    ],
    *,
    reason: Reason,
    name: Name,
    role: Role,
    region: Region = NATION,
    form: options.Format = OutputFormat.TABLE,
) -> None:
    """Make a new version of a yearly plan from a computed plan.

    The year is the plan's; the horizon follows from its data date.
    """
    from service import clock
    from service.home import home_path
    from service.yearly import By, kept_plan
    from service.yearly import draft as make
    from service.yearly_store import Named

    made = make(home_path(), plan, region=region, reason=reason, by=By.of(name, role, clock.now()))
    _show(Named(kept_plan(home_path(), plan).year, region), made.number, form)


def override(
    year: Year,
    *,
    version: Number,
    series: Annotated[
        str, typer.Option(metavar="REGION/GROUP", help="Which region and need group.")
    ],
    bought_as: Annotated[
        str, typer.Option("--form", metavar="FORM", help="base, standby, guaranteed, call_off.")
    ],
    places: Annotated[int | None, typer.Option(metavar="N", help="Number of places.")] = None,
    take_back: Annotated[
        bool, typer.Option("--take-back", help="Instead of --places: the model's number again.")
    ] = False,
    reason: Reason,
    name: Name,
    role: Role,
    region: Region = NATION,
) -> None:
    """Set other places than the model's, and say what it does.

    In the newest version; the model's number stays beside it. Locked versions are refused.
    """
    from reports.effect_said import effect_sentences
    from service import clock
    from service.home import home_path
    from service.yearly import Asked, By, kept_plan
    from service.yearly import override as make
    from service.yearly_store import Named
    from service.yearly_words import WORDS

    if (places is None) != take_back:
        raise UsageError(
            "an override is a number of places, or is taken back.",
            fix="Give either --places N or --take-back.",
        )
    place, _, need_group = series.partition("/")
    changed, effect = make(
        home_path(),
        Named(year, region),
        Asked(place, need_group, bought_as, places),
        number=version,
        reason=reason,
        by=By.of(name, role, clock.now()),
    )
    if effect is None:
        typer.echo("Overstyringen er tatt tilbake: modellens tall gjelder.")
        return
    for sentence in effect_sentences(WORDS, effect, kept_plan(home_path(), changed.plan_id)):
        typer.echo(sentence)


def lock(
    year: Year,
    *,
    version: Number,
    name: Name,
    role: Role,
    region: Region = NATION,
    form: options.Format = OutputFormat.TABLE,
) -> None:
    """Sign the newest version. It never changes afterwards; a change is a new version."""
    from service import clock
    from service.home import home_path
    from service.yearly import By
    from service.yearly import lock as sign
    from service.yearly_store import Named

    named = Named(year, region)
    sign(home_path(), named, number=version, by=By.of(name, role, clock.now()))
    _show(named, version, form)


def restore(
    year: Year,
    *,
    version: Number,
    reason: Reason,
    name: Name,
    role: Role,
    region: Region = NATION,
    form: options.Format = OutputFormat.TABLE,
) -> None:
    """Make a new draft that is as an earlier version was."""
    from service import clock
    from service.home import home_path
    from service.yearly import By
    from service.yearly import restore as go_back
    from service.yearly_store import Named

    named, by = Named(year, region), By.of(name, role, clock.now())
    made = go_back(home_path(), named, number=version, reason=reason, by=by)
    _show(named, made.number, form)


def diff(
    year: Year,
    *,
    versions: Annotated[
        str, typer.Option(metavar="A,B", help="Numbers of the two versions, the earlier first.")
    ],
    region: Region = NATION,
    form: options.Format = OutputFormat.TABLE,
) -> None:
    """Compare two versions, and say why they differ.

    Level, cost, places by region, need group and form.
    """
    from service.home import home_path
    from service.since_files import since_rows
    from service.talk import emit, emit_json
    from service.yearly import compared, numbers_of
    from service.yearly_print import change_rows, group_rows, override_rows, pair_rows, plain
    from service.yearly_store import Named
    from service.yearly_words import WORDS

    found = compared(home_path(), Named(year, region), *numbers_of(versions))
    if form is OutputFormat.JSON:
        emit_json(plain(found.answer))
        return
    emit(pair_rows(found.diff), form=form)
    if not found.diff.same_days:
        typer.echo(WORDS["yearly.other_days"])
    emit(group_rows(found.diff, found.plan), form=form)
    if found.since:
        emit(since_rows(found.since, found.plan.agency), form=form)
    emit(change_rows(found.diff, found.plan), form=form)
    for overrides in (found.answer.overrides_gone, found.answer.overrides_new):
        if overrides:
            emit(override_rows(overrides, found.plan), form=form)


def follow(
    year: Year,
    extract: Extract = None,
    *,
    from_store: options.FromStore = False,
    region: Region = NATION,
    version: Annotated[
        int | None,
        typer.Option("--version", metavar="N", help="Which version.  [default: the one in force]"),
    ] = None,
    as_of: options.AsOf = None,
    config: options.Config = None,
    form: options.Format = OutputFormat.TABLE,
) -> None:
    """Hold a version against what has come since.

    From the beginning of its year on. Nothing is forecast again.
    """
    from service.commands.plans import show_followed
    from service.run_follow import run_follow
    from service.settings import load_settings
    from service.yearly_store import Named

    settings = load_settings(config)
    found = run_follow(
        Named(year, region),
        number=version,
        extract=extract,
        from_store=from_store,
        as_of=options.day(as_of),
        settings=settings,
    )
    show_followed(found, settings.agency, form, region=region)


def export(
    year: Year,
    *,
    out: options.Out,
    region: Region = NATION,
    version: InForce = None,
    formats: Annotated[
        str, typer.Option("--format", metavar="A,B,...", help="json, csv, xlsx, html, pdf, docx.")
    ] = "xlsx,pdf",
    language: Annotated[
        str, typer.Option("--lang", help="Language of the report: nb, nn or en.")
    ] = "nb",
) -> None:
    """Write the report of one version.

    With its reason, its signature and what was set in it.
    """
    from service.home import home_path
    from service.version_report import version_files, write_version
    from service.yearly_store import Named

    named, wanted = Named(year, region), options.words(formats)
    files = version_files(home_path(), named, version, formats=wanted, language=language)
    for path in write_version(files, out):
        typer.echo(str(path))


def _show(named: "Named", number: int | None, form: OutputFormat) -> None:
    from service.home import home_path
    from service.talk import emit, emit_json
    from service.yearly import seen
    from service.yearly_print import decided_rows, line_rows, override_rows, plain, version_rows
    from service.yearly_words import WORDS

    found = seen(home_path(), named, number)
    if form is OutputFormat.JSON:
        emit_json(plain(found.answer))
        return
    emit(version_rows([found.alone]), form=form)
    emit(decided_rows(found.told), form=form)
    for sentence in found.answer.sentences:
        typer.echo(sentence)
    emit(line_rows(found.answer.lines, found.plan), form=form)
    if found.answer.overrides:
        typer.echo(WORDS["yearly.last_holds"])
        emit(override_rows(found.answer.overrides, found.plan), form=form)
    for effect in found.answer.effects:
        for sentence in effect.sentences:
            typer.echo(sentence)
