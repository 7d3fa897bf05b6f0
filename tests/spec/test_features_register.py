"""The register of places: read cell by cell, all faults at once."""

from datetime import date
from pathlib import Path

import pytest

from features.sources.register import read_register
from forecasting.errors import InputError
from forecasting.places import Form, Price, Register
from service.evidence import refusals_in_words
from tests.features_help import norway

HEADER = (
    "place_set_id,region,need_groups,form,owner,places,houses,valid_from,valid_to,"
    "agreement_end,nok_per_day_ready,nok_per_day_used,price_year,availability"
)


def _read(text: str, folder: Path) -> Register:
    path = folder / "register.csv"
    path.write_text(text, encoding="utf-8")
    with refusals_in_words(norway()):
        return read_register(path, agency=norway())


def test_rows_become_place_sets(tmp_path: Path) -> None:
    register = _read(
        f"{HEADER}\n"
        "P1,Region Øst,akutt;Behandling høy,base,statlig,8,2,2015-01-01,,,13300,3300,2022,\n"
        'P2,vest,rus,call_off,ideell,4,1,01.01.2020,31.12.9999,2026-12-31,0,"17 700,5",2022,"0,8"\n'
        "P3,vest,rus,spot,,0,,2020-01-01,2021-01-01,,,,,\n",
        tmp_path,
    )
    first, second, third = register.place_sets
    assert (first.region, first.need_groups) == ("ost", ("akutt", "behandling_hoy"))
    assert (first.form, first.owner, first.places, first.houses) == (Form.BASE, "state", 8, 2)
    assert first.price == Price(13300, 3300)
    assert second.price == Price(0, 17700.5, 0.8)
    assert (second.valid_to, second.agreement_end) == (None, date(2026, 12, 31))
    assert (third.price, third.houses, third.valid_to) == (None, 1, date(2021, 1, 1))


def test_all_faults_are_named_by_row_and_column(tmp_path: Path) -> None:
    text = (
        f"{HEADER}\n"
        "P1,nrod,akutt,base,state,8,2,2015-01-01,,,13300,3300,2022,\n"
        "P1,vest,akut,bas,state,-1,2,2015-02-30,,,x,3300,2022,1.5\n"
        "P3,vest,,base,state,4,1,2015-01-01,2014-01-01,,100,100,,\n"
    )
    with pytest.raises(InputError) as error:
        _read(text, tmp_path)
    said = str(error.value)
    for part in (
        "Rad 2, kolonne region",
        "Nord",
        "Rad 3, kolonne place_set_id",
        "Rad 3, kolonne need_groups",
        "Rad 3, kolonne form",
        "Rad 3, kolonne places",
        "Rad 3, kolonne valid_from",
        "Rad 3, kolonne nok_per_day_ready",
        "Rad 3, kolonne availability",
        "Rad 4, kolonne need_groups",
        "Rad 4, kolonne valid_to",
        "Rad 4, kolonne price_year",
    ):
        assert part in said
    assert error.value.exit_code == 3


def test_a_missing_column_and_an_empty_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="mangler kolonnen form"):
        _read(HEADER.replace("form,", "") + "\n", tmp_path)
    with pytest.raises(InputError, match="tom"):
        _read("", tmp_path)
    with pytest.raises(InputError, match="finnes ikke"):
        read_register(tmp_path / "none.csv", agency=norway())


def test_a_register_without_rows_is_empty(tmp_path: Path) -> None:
    assert _read(HEADER + "\n", tmp_path) == Register()


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("P1,vest,;,base,state,1,1,2020-01-01,,,,,,", "need_groups"),
        ("P1,vest,rus,base,state,1,1,2020-01-01,,2019-01-01,,,,", "agreement_end"),
        ("P1,vest,rus,base,state,1,1,2020-01-01,,,13.300,0,2022,", "nok_per_day_ready"),
        ('P1,vest,rus,base,state,1,1,2020-01-01,,,0,"17,700",2022,', "nok_per_day_used"),
        ("23851070146,vest,rus,base,state,1,1,2020-01-01,,,,,,", "place_set_id"),
        ("=1+1,vest,rus,base,state,1,1,2020-01-01,,,,,,", "place_set_id"),
    ],
)
def test_what_could_be_misread_is_refused(row: str, column: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=f"Rad 2, kolonne {column}") as error:
        _read(f"{HEADER}\n{row}\n", tmp_path)
    assert error.value.fix
    assert "23851070146" not in error.value.message


def test_a_repeated_column_is_refused_and_a_repeated_group_is_one(tmp_path: Path) -> None:
    row = "P1,vest,rus;Rus,base,state,1,1,2020-01-01,,,,,,"
    with pytest.raises(InputError, match="region"):
        _read(f"{HEADER},region\n{row},vest\n", tmp_path)
    assert _read(f"{HEADER}\n{row}\n", tmp_path).place_sets[0].need_groups == ("rus",)
