"""Numbers in the tables of the terminal: as many decimals as can be compared down a column."""

import pytest

from service.talk import OutputFormat, emit


@pytest.mark.parametrize(
    ("column", "shown"),
    [
        # A share stands to the fourth decimal, also where it is all or nothing.
        ([0.97912, 1.0, 0.0], ["0.9791", "1.0000", "0.0000"]),
        # Millions and children: one decimal, also below one.
        ([1471.94, 0.8, -0.65], ["1 471.9", "0.8", "-0.7"]),
        # Counts that a computation made are counts.
        ([1268.0, 42.0], ["1 268", "42"]),
        ([3, 12000], ["3", "12000"]),
        ([None, 0.25], ["", "0.2500"]),
    ],
)
def test_all_numbers_of_a_column_have_the_same_decimals(
    column: list[float | None], shown: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    emit([{"of": "x", "n": n} for n in column], form=OutputFormat.TABLE)
    rows = [line for line in capsys.readouterr().out.splitlines() if " x " in line]
    assert [row.split(" x ")[1].strip() for row in rows] == shown
