"""The command line: `plassplan COMMAND`. Faults become one sentence and an exit code."""

import os
import sys
import traceback
from collections.abc import Sequence
from typing import Annotated

import typer

from forecasting.errors import PlassplanError
from service.commands import counts, extracts, plans, reports, runs, scenarios, system, yearly
from service.processes import one_thread_each
from service.talk import error_text

WRONG_USE = 2
STOPPED = 130

app = typer.Typer(
    name="plassplan",
    help="Forecast need and plan institution places for state child welfare.",
    epilog="Example:  plassplan demo demo && plassplan plan demo/referrals.csv --register"
    " demo/register.csv --out out",
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
extracts.register(app)
counts.register(app)
plans.register(app)
reports.register(app)
scenarios.register(app)
yearly.register(app)
runs.register(app)
system.register(app)


def _show_version(wanted: bool) -> None:
    if wanted:
        from service.version import code_version  # noqa: PLC0415 - reads every file

        typer.echo(code_version())
        raise typer.Exit


@app.callback()
def options(
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show it.")
    ] = False,
    _debug: Annotated[bool, typer.Option("--debug", hidden=True)] = False,
) -> None:
    """Forecast need and plan institution places for state child welfare."""


def run(arguments: Sequence[str]) -> int:
    """Run one command. Returns the exit code; writes faults to stderr as one sentence."""
    debug = "--debug" in arguments
    try:
        code = app(
            args=[word for word in arguments if word != "--debug"],
            prog_name="plassplan",
            standalone_mode=False,
        )
    except BaseException as error:
        if debug:
            traceback.print_exc()
        return _told(error)
    if code == STOPPED:  # the library below turns Ctrl-C into this code
        return _told(KeyboardInterrupt())
    return code if isinstance(code, int) else 0


def _told(error: BaseException) -> int:
    match error:
        case PlassplanError():
            typer.echo(error_text(error), err=True)
            return error.exit_code
        case typer.TyperException():
            typer.echo(_wrong_use(error), err=True)
            return WRONG_USE
        case KeyboardInterrupt() | typer.Abort():
            typer.echo("Stopped; nothing half-written was left.", err=True)
            return STOPPED
        case BrokenPipeError():
            # Whoever read our output has gone; Python must not try to flush it at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 0
        case SystemExit():
            return error.code if isinstance(error.code, int) else 1
        case _:
            typer.echo(_failed(error), err=True)
            return PlassplanError.exit_code


def _failed(error: BaseException) -> str:
    if isinstance(error, MemoryError):
        return "Error: the memory of this machine does not suffice. Use fewer --draws."
    # The text of a foreign error can hold values from the data: only its kind is told.
    return (
        f"Error: the computation failed ({type(error).__name__}). "
        "Run the command again with --debug to see where."
    )


def _wrong_use(error: typer.TyperException) -> str:
    message = " ".join(str(getattr(error, "format_message", lambda: error)()).split())
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "plassplan"
    end = "" if message.endswith((".", "?")) else "."
    return f"Error: {message}{end} See: {command} --help"


def main() -> None:
    """Entry point of the `plassplan` script."""
    one_thread_each()
    sys.exit(run(sys.argv[1:] or ["--help"]))
