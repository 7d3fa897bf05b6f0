"""runs and ui: what was recorded, and MLflow's own pages for it."""

from typing import Annotated

import typer

from service.commands import options
from service.talk import OutputFormat

group = typer.Typer(help="Recorded runs.", epilog="Example:  plassplan runs list")
RunId = Annotated[str, typer.Argument(metavar="RUN", help="Id of a run, from `runs list`.")]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    group.command("list", epilog="Example:  plassplan runs list --limit 5")(list_)
    group.command("show", epilog="Example:  plassplan runs show 3f9a --format json")(show)
    group.command("compare", epilog="Example:  plassplan runs compare 3f9a 77c1")(compare)
    app.add_typer(group, name="runs")
    app.command("ui", epilog="Example:  plassplan ui --port 5001")(ui)


def list_(
    *,
    limit: Annotated[int, typer.Option(help="How many, newest first.", min=1)] = 20,
    form: options.Format = OutputFormat.TABLE,
) -> None:
    """List the recorded runs, newest first."""
    from service.recorded import listed
    from service.talk import emit

    emit(listed(limit), form=form)


def show(run: RunId, *, form: options.Format = OutputFormat.TABLE) -> None:
    """Show the settings and numbers of one run."""
    from service.recorded import shown
    from service.talk import emit

    emit(shown(run), form=form)


def compare(
    runs: Annotated[list[str], typer.Argument(metavar="RUN RUN...", help="Ids of runs.")],
    *,
    form: options.Format = OutputFormat.TABLE,
) -> None:
    """Show what differs between runs."""
    from service.recorded import compared
    from service.talk import emit

    emit(compared(tuple(runs)), form=form)


def ui(
    *,
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1.", min=1, max=65535)] = 5000,
) -> None:
    """Open MLflow's pages on this machine.

    They answer on 127.0.0.1 only, until you stop them with Ctrl-C.
    """
    from service.recorded import serve_ui

    typer.echo(f"MLflow on http://127.0.0.1:{port} (stop with Ctrl-C)", err=True)
    raise typer.Exit(serve_ui(port))
