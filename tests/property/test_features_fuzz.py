"""Whatever the bytes: an answer with findings, never a traceback."""

import contextlib
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.check import CheckedExtract
from features.sources.counts import read_counts
from features.sources.register import read_register
from forecasting.errors import InputError
from forecasting.panel import Frequency, Quantity
from forecasting.places import Register
from tests.features_help import HEADER, check_text, norway

DATA = Path(__file__).parents[1] / "data" / "badinputs"
ENDINGS = (".csv", ".txt", ".xlsx", ".parquet")
QUICK = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
CELLS = st.one_of(
    st.text(max_size=30),
    st.text("0123456789.,-/:+eE TZ§", max_size=14),
    st.sampled_from(["akutt", "Øst", "2024-01-09", "31.12.9999", "nan", "1e309", "=1+1", "-"]),
)


def _sound(checked: CheckedExtract) -> None:
    assert (checked.referrals is None) == (checked.outcome.value == "reject")
    assert checked.outcome.value == "accept" or checked.findings
    assert all(len(finding.message) < 4000 for finding in checked.findings)


@given(data=st.binary(max_size=400), ending=st.sampled_from(ENDINGS))
@QUICK
def test_any_bytes_get_an_answer(data: bytes, ending: str, tmp_path: Path) -> None:
    _sound(check_text(data, tmp_path, name=f"fil{ending}"))


@given(cells=st.lists(st.lists(CELLS, min_size=8, max_size=8), max_size=4))
@QUICK
def test_any_cells_get_an_answer(cells: list[list[str]], tmp_path: Path) -> None:
    header = f"{HEADER},age,start_date,legal_basis,municipality_no"
    quoted = [",".join('"' + c.replace('"', '""') + '"' for c in row) for row in cells]
    _sound(check_text("\n".join([header, *quoted]), tmp_path))


@given(
    source=st.sampled_from(["D03_gyldig.xlsx", "D04_gyldig.parquet"]),
    flips=st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=8),
)
@QUICK
def test_a_damaged_file_gets_an_answer(
    source: str, flips: list[tuple[int, int]], tmp_path: Path
) -> None:
    data = bytearray((DATA / source).read_bytes())
    for place, value in flips:
        data[place % len(data)] = value
    _sound(check_text(bytes(data), tmp_path, name=source))


@pytest.mark.parametrize("source", ["D03_gyldig.xlsx", "D04_gyldig.parquet"])
def test_a_file_cut_off_anywhere_is_rejected(source: str, tmp_path: Path) -> None:
    data = (DATA / source).read_bytes()
    for size in range(8, len(data) - 1, max(len(data) // 40, 1)):
        checked = check_text(data[:size], tmp_path, name=source)
        assert checked.outcome.value == "reject"
        assert "skadet" in checked.findings[0].message


@given(
    cells=st.lists(
        st.tuples(st.sampled_from(["a", "b", ""]), CELLS, CELLS), min_size=1, max_size=6
    ),
    freq=st.sampled_from(list(Frequency)),
    quantity=st.sampled_from(list(Quantity)),
)
@QUICK
def test_any_counts_are_read_or_refused(
    cells: list[tuple[str, str, str]], freq: Frequency, quantity: Quantity, tmp_path: Path
) -> None:
    path = tmp_path / "counts.csv"
    rows = [",".join('"' + c.replace('"', '""') + '"' for c in row) for row in cells]
    path.write_text("\n".join(["unique_id,ds,y", *rows]), encoding="utf-8")
    try:
        panel = read_counts(path, freq=freq, quantity=quantity, columns={}, fill_zero=False)
    except InputError:
        return
    assert panel.observed.any()
    assert panel.as_of >= panel.origin


@given(data=st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode)))
@QUICK
def test_any_register_is_read_or_refused(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "register.csv"
    head = b"place_set_id,region,need_groups,form,places,valid_from\n"
    path.write_bytes(io.BytesIO(head + data).read())
    with contextlib.suppress(InputError):
        assert isinstance(read_register(path, agency=norway()), Register)
