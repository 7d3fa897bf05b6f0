"""serve, doctor and config: the service itself."""

from pathlib import Path
from typing import Annotated

import typer

from service.commands import options
from service.talk import OutputFormat

config_group = typer.Typer(help="The configuration.", epilog="Example:  plassplan config show")
FAULTS = 1


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("serve", epilog="Example:  plassplan serve --port 8765")(serve)
    app.command("doctor", epilog="Example:  plassplan doctor --format json")(doctor)
    config_group.command(
        "show", epilog="Example:  plassplan config show --config agency.toml --format json"
    )(show)
    app.add_typer(config_group, name="config")


def serve(
    *,
    host: Annotated[str, typer.Option(help="This machine only; there is no sign-in yet.")] = (
        "127.0.0.1"
    ),
    port: Annotated[int, typer.Option(help="Port.", min=1, max=65535)] = 8765,
    config: options.Config = None,
) -> None:
    """Serve the web pages on this machine.

    And the HTTP interface; both answer on 127.0.0.1 only, until you stop them with Ctrl-C.
    """
    from service import clock
    from service.exports import served_app
    from service.home import home_path
    from service.jobs.queue import Jobs
    from service.serving import check_host
    from service.serving import serve as serve_app
    from service.settings import load_settings

    check_host(host)
    settings = load_settings(config)
    jobs = Jobs(home_path(), now=clock.now)
    app = served_app(settings, jobs=jobs)

    def ready(address: str) -> None:
        typer.echo(f"Plassplan on {address} (stop with Ctrl-C)", err=True)

    serve_app(app, host=host, port=port, ready=ready, beside=jobs.worker())


def doctor(*, form: options.Format = OutputFormat.TABLE) -> None:
    """Check what Plassplan needs here.

    Exit code 1 if something is not in order.
    """
    from service.doctor import examine
    from service.talk import emit

    results = examine()
    emit([result.row() for result in results], form=form)
    if not all(result.good for result in results):
        raise typer.Exit(FAULTS)


def show(
    *,
    config: Annotated[
        Path | None,
        typer.Option("--config", metavar="FILE", envvar="PLASSPLAN_CONFIG", help="Which one."),
    ] = None,
    form: Annotated[OutputFormat, typer.Option("--format", help="TOML or JSON.")] = (
        OutputFormat.TABLE
    ),
) -> None:
    """Show the configuration in force.

    With what falls back on the packaged one.
    """
    from service.settings import effective_tables, tables_as_toml
    from service.talk import emit_json

    tables = effective_tables(config)
    if form is OutputFormat.JSON:
        emit_json(tables)
    else:
        typer.echo(tables_as_toml(tables), nl=False)
