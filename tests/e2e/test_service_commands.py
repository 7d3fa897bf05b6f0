"""Commands as a person runs them: what they print, what they write, what they return."""

import csv
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from forecasting.panel import CountPanel
from forecasting.places import Form
from forecasting.protocol import Fitted
from forecasting.samples import HUB_LEVELS
from models import FORECASTERS
from service import cli
from tests.agencies import write_agency

ROOT = Path(__file__).parents[2]
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def agency(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_agency(tmp_path_factory.mktemp("agency"))


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs one command in an empty folder with an empty home."""
    monkeypatch.setenv("PLASSPLAN_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)

    def one(*words: object) -> tuple[int, str, str]:
        code = cli.run([str(word) for word in words])
        told = capsys.readouterr()
        return code, told.out, told.err

    return one


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


COUNTS = "unique_id,ds,y\n" + "".join(
    f"{name},{year}-{month:02d}-01,{base + month % 3}\n"
    for name, base in (("a", 3), ("b", 7))
    for year in (2020, 2021, 2022, 2023)
    for month in range(1, 13)
)
ONE_MODEL = ("--config", "own.toml", "--draws", "40", "--no-tracking")


@pytest.fixture
def counts(tmp_path: Path) -> Path:
    (tmp_path / "own.toml").write_text(
        '[forecast]\nmodels = ["seasonal_naive", "recent_mean_negbin"]\nweight_origins = 1\n',
        encoding="utf-8",
    )
    path = tmp_path / "counts.csv"
    path.write_text(COUNTS, encoding="utf-8")
    return path


# Wrong use and wrong input: words after `plassplan`, exit code, part of the one sentence.
FAULTS: dict[str, tuple[int, str]] = {
    "plan": (2, "--out"),
    "plan --out out": (2, "--from-store"),
    "plan nothing.csv --out out": (3, "nothing.csv"),
    "plan referrals.csv --from-store --out out": (2, "--from-store"),
    "plan referrals.csv --config own.toml --level 1.5 --out out": (2, "0 to 1"),
    "plan referrals.csv --config own.toml --level 1 --out out": (2, "below 1"),
    "plan referrals.csv --config own.toml --level high --out out": (2, "--level"),
    "plan referrals.csv --config own.toml --year 2020 --out out": (2, "2020"),
    "plan referrals.csv --config own.toml --year 2031 --out out": (2, "2031"),
    "plan referrals.csv --config own.toml --as-of 2019-01-01 --out out": (2, "2019-01-01"),
    "plan referrals.csv --config own.toml --as-of yesterday --out out": (2, "--as-of"),
    "plan referrals.csv --config own.toml --draws 0 --out out": (2, "--draws"),
    "plan referrals.csv --config own.toml --workers -1 --out out": (2, "--workers"),
    "plan referrals.csv --config own.toml --register no.csv --out out": (3, "no.csv"),
    "plan referrals.csv --config nothing.toml --out out": (3, "nothing.toml"),
    "plan referrals.csv --config own.toml --out own.toml": (3, "is a file"),
    "plan referrals.csv --out out": (1, "rejected"),
    "plan empty.csv --config own.toml --out out": (1, "rejected"),
    "plan --from-store --config own.toml --out out": (3, "plassplan load"),
    "forecast counts.csv --horizon 0 --freq MS --out out": (2, "--horizon"),
    "forecast counts.csv --horizon 3 --freq M --out out": (2, "'MS'"),
    "forecast counts.csv --horizon 3 --freq MS --model etss --out out": (2, "Did you mean ets"),
    "forecast counts.csv --horizon 3 --freq MS --quantity beds --out out": (2, "occupancy"),
    "forecast nothing.csv --horizon 3 --freq MS --out out": (3, "nothing.csv"),
    "forecast counts.csv --horizon 3 --freq MS --weights own.toml --out out": (3, "own.toml"),
    "forecast empty.csv --horizon 3 --freq MS --out out": (3, "empty.csv"),
    "backtest counts.csv --horizon 3 --freq MS --origins 0 --out out": (2, "--origins"),
    "backtest counts.csv --horizon 3 --freq MS --origins 99 --out out": (3, "99"),
    "backtest counts.csv --horizon 3 --freq MS --origins 2 --models ets,x --out out": (2, "'x'"),
    "check nothing.csv": (3, "nothing.csv"),
    "check empty.csv": (1, ""),
    "load empty.csv": (1, ""),
    "report nothing --out out": (3, "nothing"),
    "report . --out out": (3, "plan.json"),
    "report . --format doc --out out": (2, "doc"),
    "runs show nothing": (3, "nothing"),
    "runs compare one": (2, "two runs"),
    "config show --config nothing.toml": (3, "nothing.toml"),
    "map referrals.csv --out own.toml": (2, "own.toml"),
    "demo own.toml": (3, "is a file"),
    "serve --host 0.0.0.0": (2, "0.0.0.0"),
    "plann": (2, "plan"),
    "plan --levle 0.9 --out out": (2, "--level"),
}


@pytest.mark.parametrize("words", FAULTS)
def test_a_fault_is_one_sentence_an_exit_code_and_nothing_else(
    words: str, run: Run, agency: Path, counts: Path, tmp_path: Path
) -> None:
    for path in agency.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "empty.csv").write_bytes(b"")
    before = sorted(tmp_path.iterdir())
    code, part = FAULTS[words]
    found, out, err = run(*words.split())
    assert found == code, err
    assert part in err
    assert "Traceback" not in out + err
    faults = [line for line in err.splitlines() if line.startswith("Error:")]
    assert len(faults) == (1 if part else 0)
    assert all(len(line) < 500 and line.endswith((".", "--help")) for line in faults)
    after = sorted(path for path in tmp_path.iterdir() if path.name != "home")
    assert after == before, "something was left behind"


def test_check_prints_the_contracts_fields(run: Run, agency: Path) -> None:
    code, out, _ = run(
        "check", agency / "referrals.csv", "--config", agency / "own.toml", "--format", "json"
    )
    answer = json.loads(out)
    assert code == 0
    assert set(answer) == {"outcome", "rows_read", "rows_stored", "findings"}
    assert answer["outcome"] in ("accept", "accept_with_warning")
    assert answer["rows_read"] == answer["rows_stored"] > 300


def test_check_of_a_foreign_agency_is_rejected_and_stores_nothing(
    run: Run, agency: Path, tmp_path: Path
) -> None:
    code, out, _ = run("check", agency / "referrals.csv", "--format", "json")
    answer = json.loads(out)
    assert code == 1
    assert answer["outcome"] == "reject"
    assert answer["rows_stored"] == 0
    assert not (tmp_path / "home").exists()


def test_load_twice_then_forecast_from_the_store(run: Run, agency: Path, tmp_path: Path) -> None:
    config = ("--config", agency / "own.toml")
    assert run("load", agency / "referrals.csv", *config)[0] == 0
    code, _, err = run("load", agency / "referrals.csv", *config)
    assert code == 0
    assert "Nothing changed" in err
    code, _, err = run(
        *("forecast", "--from-store", "--horizon", "3", "--freq", "MS", *config),
        *("--out", tmp_path / "f", "--quiet"),
    )
    assert code == 0, err
    assert err == ""
    names = {row["unique_id"] for row in rows(tmp_path / "f" / "quantiles.csv")}
    assert names == {"left/fast", "left/slow", "right/fast", "right/slow"}


def test_forecast_writes_every_file_of_the_contract(run: Run, counts: Path, tmp_path: Path) -> None:
    code, _, err = run(
        *("forecast", counts, "--horizon", "4", "--freq", "MS", "--out", "f"),
        *("--config", "own.toml", "--draws", "40"),
    )
    assert code == 0, err
    out = tmp_path / "f"
    quantiles = rows(out / "quantiles.csv")
    assert list(quantiles[0]) == ["unique_id", "origin", "ds", "step", "level", "value"]
    assert len(quantiles) == 2 * 4 * len(HUB_LEVELS)
    assert {row["origin"] for row in quantiles} == {"2023-12-01"}
    assert sorted({row["ds"] for row in quantiles}) == [
        *("2024-01-01", "2024-02-01", "2024-03-01", "2024-04-01"),
    ]
    assert {float(row["level"]) for row in quantiles} == set(HUB_LEVELS)
    totals = rows(out / "totals.csv")
    assert {row["unique_id"] for row in totals} == {"a", "b", "alle"}
    fits = rows(out / "fits.csv")
    assert {row["status"] for row in fits} == {"ok"}
    assert sum(float(row["weight"]) for row in fits if row["unique_id"] == "a") == pytest.approx(
        1, abs=1e-5
    )
    draws = pq.read_table(out / "draws.parquet")
    assert draws.column_names == ["unique_id", "ds", "draw", "value"]
    assert draws.num_rows == 2 * 4 * 40
    basis = json.loads((out / "basis.json").read_text())
    assert basis["draws"] == 40
    assert basis["data_stamp"]["rows"] == 96


def test_totals_are_sums_of_draws_not_of_quantiles(run: Run, counts: Path, tmp_path: Path) -> None:
    run(*("forecast", counts, "--horizon", "4", "--freq", "MS", "--out", "f", *ONE_MODEL[:4]))
    draws = pq.read_table(tmp_path / "f" / "draws.parquet").to_pandas()
    summed = draws.groupby("draw")["value"].sum().sort_values().to_numpy()
    said = {
        float(row["level"]): int(row["value"])
        for row in rows(tmp_path / "f" / "totals.csv")
        if row["unique_id"] == "alle"
    }
    for level, value in said.items():
        assert (summed <= value).mean() >= level - 1e-9
        assert (summed < value).mean() < level


def test_weights_of_an_earlier_run_are_used_again(run: Run, counts: Path, tmp_path: Path) -> None:
    asked = ["forecast", "counts.csv", "--horizon", "3", "--freq", "MS"]
    asked += ["--config", "own.toml", "--draws", "40"]
    run(*asked, "--out", "first")
    run(*asked, "--weights", "first/basis.json", "--out", "again")
    kept = [json.loads((tmp_path / name / "basis.json").read_text()) for name in ("first", "again")]
    assert kept[0]["weights_by_family"] == kept[1]["weights_by_family"] != {}
    drawn = [(tmp_path / name / "quantiles.csv").read_bytes() for name in ("first", "again")]
    assert drawn[0] == drawn[1]


def test_backtest_keeps_every_forecast_with_pool_and_benchmark(
    run: Run, counts: Path, tmp_path: Path
) -> None:
    code, out, err = run(
        *("backtest", counts, "--horizon", "3", "--freq", "MS", "--origins", "2", "--stride", "2"),
        *("--models", "recent_mean_negbin", "--out", "b", "--format", "json", *ONE_MODEL),
    )
    assert code == 0, err
    assert json.loads(out)
    quantiles = rows(tmp_path / "b" / "quantiles.csv")
    assert {row["model"] for row in quantiles} == {
        *("ensemble", "recent_mean_negbin", "seasonal_naive"),
    }
    # The last origin is the horizon before the end, the one before it a stride earlier.
    assert {row["origin"] for row in quantiles} == {"2023-09-01", "2023-07-01"}
    scores = rows(tmp_path / "b" / "scores.csv")
    assert list(scores[0]) == ["model", "unique_id", "origin", "step", "metric", "value"]
    assert {row["step"] for row in scores} == {"0", "1", "2", "3"}
    names = {path.name for path in (tmp_path / "b").iterdir()}
    assert names == {
        *("quantiles.csv", "totals.csv", "scores.csv", "summary.csv", "basis.json", "run.json"),
    }


@dataclass(frozen=True)
class Broken:
    """A model that can do nothing."""

    name: str = "broken"

    def fit(self, panel: CountPanel) -> Fitted:
        raise ValueError(f"{len(panel.series)} series are too many")


def test_a_model_that_fails_everywhere_is_named_and_stops_nothing(
    run: Run, counts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(FORECASTERS, "broken", Broken)
    models = ("--models", "seasonal_naive,broken")
    words = ("backtest", counts, "--horizon", "2", "--freq", "MS", "--origins", "2", "--out", "b")
    code, _, err = run(*words, *models, *ONE_MODEL)
    assert code == 0, err
    assert "Modellen «broken» klarte ikke a; b: programmet stoppet med" in err
    assert "«2 series are too many»" in err
    models_told = {row["model"] for row in rows(tmp_path / "b" / "quantiles.csv")}
    assert models_told == {"seasonal_naive", "ensemble"}
    code, _, err = run(*words[:-1], "none", "--models", "broken", *ONE_MODEL)
    assert code == 4
    assert "origin 2023-09-01: no model could forecast" in err
    assert not (tmp_path / "none").exists()


def test_a_failed_fit_is_a_row_of_fits(
    run: Run, counts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(FORECASTERS, "broken", Broken)
    (tmp_path / "own.toml").write_text('[forecast]\nmodels = ["broken", "seasonal_naive"]\n')
    words = ("forecast", counts, "--horizon", "2", "--freq", "MS", "--out", "f")
    assert run(*words, *ONE_MODEL[:4])[0] == 0
    fits = rows(tmp_path / "f" / "fits.csv")
    failed = {(row["unique_id"], row["model"]) for row in fits if row["status"] == "failed"}
    assert failed == {("a", "broken"), ("b", "broken")}
    assert all("too many" in row["message"] for row in fits if row["status"] == "failed")


def test_the_same_command_gives_the_same_bytes_with_one_and_two_processes(
    run: Run, counts: Path, tmp_path: Path
) -> None:
    for name, workers in (("one", 1), ("again", 1), ("two", 2)):
        code, _, err = run(
            *("backtest", counts, "--horizon", "2", "--freq", "MS", "--origins", "2"),
            *("--out", name, "--workers", workers, *ONE_MODEL),
        )
        assert code == 0, err
    for path in (tmp_path / "one").iterdir():
        for other in ("again", "two"):
            if path.name != "run.json":
                assert (tmp_path / other / path.name).read_bytes() == path.read_bytes(), path.name


PLAN_FILES = {
    *("plan.json", "plan.xlsx", "plan.pdf", "plan.html", "basis.json", "run.json"),
    *("demand.csv", "occupancy.csv", "places.csv", "curve.csv", "risk.csv"),
    *("exchange.csv", "frontier.csv", "sharing.csv", "flexible.csv"),
    *("owners.csv", "waterfall.csv"),
    *("assumptions.csv", "findings.csv"),
}


def test_a_plan_from_a_file_from_the_store_and_its_exports(
    run: Run, agency: Path, tmp_path: Path
) -> None:
    text = (agency / "own.toml").read_text(encoding="utf-8")
    config = tmp_path / "broken.toml"
    config.write_text(text + '[[breaks]]\nday = 2022-09-01\nnote = "Ny lov"\n', encoding="utf-8")
    given = ("--config", config, "--register", agency / "register.csv")
    code, out, err = run("plan", agency / "referrals.csv", *given, "--no-tracking", "--out", "one")
    assert code == 0, err
    assert {path.name for path in (tmp_path / "one").iterdir()} == PLAN_FILES
    assert "2024" in out
    assert "97 av 100" in out.replace("\u00a0", " ")
    assert "Ny lov" in (tmp_path / "one" / "findings.csv").read_text(encoding="utf-8")
    kept = err.split("Kept as ")[1].split()[0]

    # The same rows by way of the store give the same plan; only the stamp of the data differs.
    assert run("load", agency / "referrals.csv", *given[:2])[0] == 0
    code, out, err = run(
        *("plan", "--from-store", *given, "--no-tracking", "--out", "two"),
        *("--quiet", "--format", "json"),
    )
    assert (code, err) == (0, "")
    for path in (tmp_path / "one").glob("*.csv"):
        assert (tmp_path / "two" / path.name).read_bytes() == path.read_bytes(), path.name
    # Single purchases are bought for one child at a time: they are a use, not places to have.
    places = rows(tmp_path / "one" / "places.csv")
    committed = sum(int(row["places"]) for row in places if row["form"] != Form.SPOT.value)
    assert sum(row["Anbefalt"] or 0 for row in json.loads(out)[:-1]) == committed

    assert run("report", kept, "--format", "csv,json", "--out", "again")[0] == 0
    again = {path.name: path.read_bytes() for path in (tmp_path / "again").iterdir()}
    listed = dict(line.split("  ")[::-1] for line in again.pop("SHA256SUMS").decode().splitlines())
    assert listed == {name: sha256(content).hexdigest() for name, content in again.items()}
    for name, content in again.items():
        assert (tmp_path / "one" / name).read_bytes() == content, name

    public = ("report", kept, "--profile", "public", "--format")
    assert run(*public, "json,pdf", "--out", "public")[0] == 0
    names = {path.name for path in (tmp_path / "public").iterdir()}
    assert len(names) == 3
    (pdf,) = (name for name in names if name.endswith(".pdf"))
    assert re.fullmatch(r"kapasitetsplan_\w+_\d{4}_v1_offentlig_\d{4}-\d\d-\d\d\.pdf", pdf)
    assert run(*public, "json", "--earlier", "public", "--out", "next")[0] == 0
    # An export that hides something is no source of one that hides nothing.
    code, _, err = run("report", "public", "--out", "back")
    assert code == 2
    assert "cannot be got back" in err
    assert not (tmp_path / "back").exists()


def test_a_plan_has_the_same_bytes_again_and_with_two_processes(
    run: Run, agency: Path, tmp_path: Path
) -> None:
    # Every model that works in a way of its own: threads, another process, a compiled one.
    text = (
        (agency / "own.toml")
        .read_text(encoding="utf-8")
        .replace(
            'models = ["seasonal_naive", "recent_mean_negbin"]',
            'models = ["seasonal_naive", "ets", "prophet", "gradient_boosting"]',
        )
    )
    (tmp_path / "all.toml").write_text(text, encoding="utf-8")
    for name, workers in (("one", 1), ("again", 1), ("two", 2)):
        code, _, err = run(
            *("plan", agency / "referrals.csv", "--config", "all.toml", "--out", name),
            *("--register", agency / "register.csv", "--workers", workers, "--no-tracking"),
        )
        assert code == 0, err
    same = [path for path in (tmp_path / "one").iterdir() if path.suffix in (".csv", ".json")]
    assert {path.name for path in same} == {n for n in PLAN_FILES if n.endswith(("csv", "json"))}
    for path in same:
        for other in ("again", "two"):
            if path.name != "run.json":
                assert (tmp_path / other / path.name).read_bytes() == path.read_bytes(), path.name


def test_check_lists_the_first_of_many_faults_alike(run: Run, agency: Path, tmp_path: Path) -> None:
    text = (agency / "referrals.csv").read_text(encoding="utf-8")
    (tmp_path / "wrong.csv").write_text(text.replace(",left,", ",lft,"), encoding="utf-8")
    given = ("check", "wrong.csv", "--config", agency / "own.toml")
    code, out, _ = run(*given)
    listed, faults = out.count("Rad "), text.count(",left,")
    assert code == 1
    assert listed == 10
    assert f"{min(faults, 200) - 10 + (faults > 200)} more of" in out
    assert len(json.loads(run(*given, "--format", "json")[1])["findings"]) > listed


def test_a_proposed_mapping_can_be_used(run: Run, agency: Path, tmp_path: Path) -> None:
    text = (agency / "referrals.csv").read_text(encoding="utf-8")
    theirs = text.replace("received_date", "Mottatt dato", 1).replace("end_date", "Utflytting", 1)
    (tmp_path / "theirs.csv").write_text(theirs, encoding="utf-8")
    config = agency / "own.toml"
    code, out, _ = run(
        "map", "theirs.csv", "--config", config, "--out", "new.toml", "--format", "json"
    )
    assert code == 0
    assert {"ours": "end_date", "theirs": "Utflytting", "required": False} in json.loads(out)
    assert run("check", "theirs.csv", "--config", "new.toml")[0] == 0


def test_doctor_finds_everything_in_order_and_says_what_is_not(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, out, _ = run("doctor", "--format", "json")
    assert code == 0, out
    assert all(row["good"] for row in json.loads(out))
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("PLASSPLAN_HOME", str(tmp_path / "file"))
    code, out, _ = run("doctor", "--format", "json")
    assert code == 1
    assert {row["what"] for row in json.loads(out) if not row["good"]} == {"home", "store"}


def test_a_demo_is_made_as_often_as_wanted_and_equal(run: Run, tmp_path: Path) -> None:
    for name in ("one", "two"):
        assert run("demo", name, "--scale", "0.1")[0] == 0
    for path in (tmp_path / "one").iterdir():
        assert (tmp_path / "two" / path.name).read_bytes() == path.read_bytes()


def test_stopping_gives_130_and_leaves_nothing(
    run: Run, counts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("service.run_forecast.fit_pool", stop)
    code, _, err = run("forecast", counts, "--horizon", "2", "--freq", "MS", "--out", "f")
    assert code == 130
    assert "Stopped" in err
    assert not (tmp_path / "f").exists()


def test_a_foreign_fault_tells_its_kind_but_not_its_text(
    run: Run, counts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ValueError("KANARI-77")

    monkeypatch.setattr("service.run_forecast.fit_pool", fail)
    words = ("forecast", counts, "--horizon", "2", "--freq", "MS", "--out", "f")
    code, _, err = run(*words)
    assert code == 4
    assert "KANARI-77" not in err
    assert "ValueError" in err
    code, _, err = run("--debug", *words)
    assert code == 4
    assert "Traceback" in err


def test_too_many_draws_for_the_memory_is_told_with_a_way_out(
    run: Run, counts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr("service.run_forecast.fit_pool", fail)
    code, _, err = run("forecast", counts, "--horizon", "2", "--freq", "MS", "--out", "f")
    assert code == 4
    assert "Use fewer --draws." in err


def test_help_is_quick_and_needs_no_heavy_library() -> None:
    script = (
        "import sys; from service.cli import run; run(['--help']); "
        "heavy = {'pandas', 'numpy.random', 'mlflow', 'fastapi', 'scipy', 'pydantic'}; "
        "sys.exit(', '.join(heavy & set(sys.modules)) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "Commands:" in done.stdout


def test_no_colour_codes_without_a_terminal(run: Run) -> None:
    assert "\x1b" not in "".join(map(str, run("doctor")))


def test_output_that_nobody_reads_is_no_fault(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    script = "from service.cli import main; main()"
    with os.fdopen(writer, "wb") as out:
        done = subprocess.run(
            [sys.executable, "-c", script, "config", "show"],
            cwd=ROOT,
            stdout=out,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            env={**os.environ, "PLASSPLAN_HOME": str(tmp_path)},
        )
    assert done.stderr == ""


def test_time_stands_in_run_json_only(run: Run, counts: Path, tmp_path: Path) -> None:
    year = str(time.localtime().tm_year)
    run("forecast", counts, "--horizon", "2", "--freq", "MS", "--out", "f", *ONE_MODEL[:4])
    assert year in (tmp_path / "f" / "run.json").read_text()
    basis = json.loads((tmp_path / "f" / "basis.json").read_text())
    assert year not in json.dumps(basis | {"data_stamp": "", "config_hash": "", "code_version": ""})
