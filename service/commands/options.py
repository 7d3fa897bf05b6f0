"""Options that several commands share: one spelling and one help text each."""

from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from forecasting.errors import UsageError
from forecasting.panel import Frequency, Quantity
from service.talk import OutputFormat

Config = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="FILE",
        envvar="PLASSPLAN_CONFIG",
        help="Configuration (TOML) in place of the packaged one.",
    ),
]
Format = Annotated[OutputFormat, typer.Option("--format", help="How rows are printed.")]
FromStore = Annotated[
    bool, typer.Option("--from-store", help="Use every extract loaded into the store.")
]
Out = Annotated[
    Path,
    typer.Option("--out", metavar="DIR", help="Folder for the files; made if it is not there."),
]
Seed = Annotated[
    int | None,
    typer.Option(help="Seed of every random draw.  [default: the configuration's]", min=0),
]
Draws = Annotated[
    int | None, typer.Option(help="Number of joint draws.  [default: the configuration's]")
]
Workers = Annotated[
    int,
    typer.Option(
        envvar="PLASSPLAN_WORKERS",
        help="Processes to work in; 0: one per processor. The numbers are the same.",
        min=0,
    ),
]
NoTracking = Annotated[bool, typer.Option("--no-tracking", help="Do not record the run in MLflow.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="No talk on stderr, only faults.")]
AsOf = Annotated[
    datetime | None,
    typer.Option(
        "--as-of",
        formats=["%Y-%m-%d", "%d.%m.%Y"],
        metavar="DATE",
        help="Use only what was known on this day.  [default: the last day the data name]",
    ),
]
Horizon = Annotated[int, typer.Option("--horizon", help="Periods ahead.")]
Freq = Annotated[
    Frequency, typer.Option("--freq", help="Day, week, month, quarter or year, as pandas says it.")
]
QuantityCounted = Annotated[
    Quantity, typer.Option("--quantity", help="What the numbers in the file count.")
]
FillZero = Annotated[
    bool,
    typer.Option("--fill-zero", help="A period that the file leaves out counts 0, not missing."),
]


def given(value: int | None, default: int) -> int:
    """The option's value, or the configuration's where it was not given."""
    return default if value is None else value


def day(moment: datetime | None) -> date | None:
    """The day of a DATE option."""
    return None if moment is None else moment.date()


def days(text: str) -> tuple[date, ...]:
    """The days of a list D1,D2,... (year-month-day). Raises UsageError for what is no day."""
    found = []
    for word in text.split(","):
        try:
            found.append(date.fromisoformat(word.strip()))
        except ValueError as error:
            raise UsageError(
                f"--origins: {word.strip()!r} is no day.", fix="Write 2022-12-31,2023-12-31."
            ) from error
    return tuple(found)


def processes(workers: int) -> int:
    """Number of processes; 0 asks for one per processor."""
    from service.processes import default_workers

    return workers or default_workers()


def words(text: str) -> tuple[str, ...]:
    """The words of a list with commas."""
    return tuple(word for part in text.split(",") if (word := part.strip()))
