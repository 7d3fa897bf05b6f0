"""demo, check, load and map: extracts, before anything is computed from them."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service.commands import options
from service.talk import OutputFormat

if TYPE_CHECKING:
    from features.check import CheckedExtract
    from forecasting.findings import Finding

Extract = Annotated[
    Path, typer.Argument(metavar="FILE", help="Extract of referrals: CSV, XLSX or Parquet.")
]
REJECTED = 1
# Findings of one kind in one column that are listed on screen; JSON has them all.
LISTED_ALIKE = 10


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("demo", epilog="Example:  plassplan demo demo --seed 7")(demo)
    app.command("check", epilog="Example:  plassplan check referrals.csv --format json")(check)
    app.command("load", epilog="Example:  plassplan load referrals.csv --config agency.toml")(load)
    app.command("map", epilog="Example:  plassplan map referrals.csv --out agency.toml")(propose)


def demo(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder for the files.")],
    *,
    seed: Annotated[int, typer.Option(help="Seed of every random draw.", min=0)] = 1,
    scale: Annotated[
        float, typer.Option(help="Volume in relation to the published one, for load tests.")
    ] = 1.0,
    quiet: options.Quiet = False,
) -> None:
    """Write a synthetic extract to try things on.

    With a register of places, a configuration and a README with the source of each number.
    """
    from service.demo import write_demo
    from service.talk import talk

    talk(quiet=quiet).say(f"Drawing synthetic referrals into {folder}")
    for path in write_demo(folder, seed=seed, scale=scale):
        typer.echo(str(path))


def check(
    extract: Extract,
    *,
    config: options.Config = None,
    form: options.Format = OutputFormat.TABLE,
) -> None:
    """Check one extract and list its faults.

    Stores nothing. Exit code 1 if the extract is rejected.
    """
    from service import clock
    from service.run import run_check
    from service.settings import load_settings

    checked = run_check(extract, settings=load_settings(config), today=clock.today())
    _show(checked, form)
    if checked.referrals is None:
        raise typer.Exit(REJECTED)


def load(
    extract: Extract,
    *,
    config: options.Config = None,
    form: options.Format = OutputFormat.TABLE,
) -> None:
    """Check one extract and store it.

    The same file again changes nothing. Pseudonyms are made anew on arrival. Exit code 1 if
    the extract is rejected.
    """
    from service.home import home_path
    from service.run import run_load
    from service.settings import load_settings

    checked, dataset = run_load(extract, settings=load_settings(config), home=home_path())
    _show(checked, form)
    if dataset is None:
        raise typer.Exit(REJECTED)
    done = "Loaded" if dataset.new else f"Nothing changed: loaded before, {dataset.loaded_at},"
    typer.echo(f"{done} as extract {dataset.number}: {dataset.rows_stored} rows.", err=True)


def propose(
    extract: Extract,
    *,
    out: Annotated[
        Path, typer.Option("--out", metavar="FILE", help="Configuration to write.")
    ] = Path("plassplan.toml"),
    config: options.Config = None,
    form: options.Format = OutputFormat.TABLE,
) -> None:
    """Propose how a file's columns map to ours.

    Writes the proposal to a new configuration, to be read through by a person.
    """
    from service.mapping import write_mapping
    from service.talk import emit

    emit(write_mapping(extract, config=config, out=out), form=form)
    typer.echo(f"Written to {out}. Read it through, then use --config {out}.", err=True)


def _show(checked: "CheckedExtract", form: OutputFormat) -> None:
    from service.talk import emit, emit_json

    if form is OutputFormat.JSON:
        emit_json(checked.to_dict())
        return
    alike = Counter[tuple[str, str | None]]()
    listed = []
    for finding in checked.findings:
        alike[finding.code, finding.column] += 1
        if alike[finding.code, finding.column] <= LISTED_ALIKE:
            listed.append(shown_finding(finding))
    if listed:
        emit(listed, form=form)
    for (code, column), count in alike.items():
        if count > LISTED_ALIKE:
            left = count - LISTED_ALIKE
            typer.echo(f"... and {left} more of {code} in {column or 'the file'}: --format json")
    read, stored = checked.rows_read, checked.rows_stored
    typer.echo(f"{checked.outcome.value}: {read} rows read, {stored} can be stored.")


def shown_finding(finding: "Finding") -> dict[str, object]:
    """One finding as a row of a table: the message says row, column and value."""
    return {
        "severity": finding.severity.value,
        "code": finding.code,
        "message": finding.message,
        "fix": finding.fix,
    }
