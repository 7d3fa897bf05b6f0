"""National identity numbers are found in every notation, and ordinary ids are not."""

import random
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from features.personal import has_valid_checks, holds_national_id, masked
from features.personal_words import announces_person
from features.schema import COLUMNS
from tests.features_help import HEADER, check_text

FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
NOTATIONS: dict[str, Callable[[str], str | int | float]] = {
    "plain": lambda n: n,
    "spaced": lambda n: f"{n[:6]} {n[6:]}",
    "hyphen": lambda n: f"{n[:6]}-{n[6:]}",
    "dash and no-break space": lambda n: f"{n[:6]}–\u00a0{n[6:]}",
    "dot": lambda n: f"{n[:6]}.{n[6:]}",
    "no-break space": lambda n: f"{n[:6]}\u00a0{n[6:]}",
    "zero-width space": lambda n: f"{n[:6]}\u200b{n[6:]}",
    "as a date": lambda n: f"{n[:2]}.{n[2:4]}.{n[4:6]} {n[6:]}",
    "five groups": lambda n: f"{n[:2]} {n[2:4]} {n[4:6]} {n[6:9]} {n[9:]}",
    "every digit apart": " ".join,
    "full width": lambda n: n.translate(FULL_WIDTH),
    "in a sentence": lambda n: f"Gjelder {n[:6]} {n[6:]}, ring mor",
    "after a word": lambda n: f"fnr:{n}.",
    "thousands": lambda n: f"{n[:2]} {n[2:5]} {n[5:8]} {n[8:]}",
    "whole number": lambda n: int(n) if n[0] != "0" else n,
    "number, zero lost": int,
    "text, zero lost": lambda n: str(int(n)),
    "float": float,
    "decimal tail": lambda n: f"{n}.0",
    "scientific": lambda n: f"{float(n):.4E}",
    "in an id": lambda n: f"barn_{n}",
}


def _checked(nine: str) -> str | None:
    for tail in range(100):
        if has_valid_checks(number := f"{nine}{tail:02d}"):
            return number
    return None


def _number(rng: random.Random) -> str:
    """A made-up number of any kind, its month in a range that no person has (+80, +65), or FH."""
    while True:
        day = rng.randint(1, 28) + rng.choice([0, 40])
        month = rng.randint(1, 12) + rng.choice([65, 80])
        nine = f"{day:02d}{month:02d}{rng.randint(0, 99):02d}{rng.randint(0, 999):03d}"
        if rng.random() < 0.1:
            nine = f"{rng.choice('89')}{rng.randint(0, 10**8 - 1):08d}"
        if number := _checked(nine):
            return number


@pytest.mark.parametrize("notation", NOTATIONS)
def test_a_number_is_found_in_every_notation_and_never_echoed(notation: str) -> None:
    rng = random.Random(notation)
    for _ in range(500):
        number = _number(rng)
        cell = NOTATIONS[notation](number)
        assert holds_national_id(cell), cell
        assert number.lstrip("0")[3:] not in masked(cell)
        assert number[-5:] not in masked(cell)


def test_duf_numbers_are_found() -> None:
    for text in ("201512345678", "2015 123456 78", "DUF 201512345678"):
        assert holds_national_id(text)
    assert holds_national_id(201512345678)


def _hex(rng: random.Random, digits: int) -> str:
    return f"{rng.getrandbits(4 * digits):0{digits}x}"


ORDINARY: dict[str, Callable[[random.Random], str | int | float]] = {
    "keyed pseudonym": lambda rng: f"bp_{_hex(rng, 12)}",
    "uuid": lambda rng: str(uuid.UUID(int=rng.getrandbits(128))),
    "sha256": lambda rng: _hex(rng, 64),
    "case number": lambda rng: (
        f"{rng.randint(2015, 2026)}-{rng.randint(1, 12):02d}-{rng.randint(0, 99999):05d}"
    ),
    "archive number": lambda rng: f"{rng.randint(2015, 2026)}/{rng.randint(0, 9999999)}",
    "referral": lambda rng: f"H-2024-{rng.randint(0, 99999):05d}",
    "nine digits": lambda rng: rng.randint(0, 10**9 - 1),
    "phone": lambda rng: f"+47 22 {rng.randint(10, 99)} {rng.randint(10, 99)} 33",
    "timestamp": lambda rng: (
        f"2024-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d} {rng.randint(0, 23):02d}:30:00"
    ),
    "period": lambda rng: f"01.{rng.randint(1, 12):02d}.2024-31.{rng.randint(1, 12):02d}.2024",
    "amount": lambda rng: rng.random() * 1e8,
}


@pytest.mark.parametrize("kind", ORDINARY)
def test_at_most_one_in_ten_thousand_ordinary_ids_is_refused(kind: str) -> None:
    rng = random.Random(kind)
    assert sum(holds_national_id(ORDINARY[kind](rng)) for _ in range(10_000)) <= 1


HEADER_TEXT = """
navn fornavn etternavn mellomnavn Barnets_navn FULLT_NAVN barneNavn kallenavn namn førenamn-namn
name first_name LastName surname full-name given_name adresse gateadresse Bostedsadresse bustad
postnr postnummer poststed zip postal_code address street_address telefon tlf mobilnr mobil
phone_number e-post epost epostadresse email mail kontaktperson kontaktinfo fødselsdato Født
fodselsdato fødselsår fdato birth_date date_of_birth DOB fødselsnummer fnr personnummer d-nummer
duf_nummer national_id ssn merknad Merknader merknadar kommentar kommentarar notat fritekst tekst
beskrivelse skildring begrunnelse grunngiving vurdering sammendrag notes comment remarks free_text
description reason diagnose diagnosekode diagnosis helseopplysninger foresatt mor far verge mother
father saksbehandler sakshandsamar caseworker fastlege etnisitet religion nationality
kommune_merknad
"""
HEADERS = HEADER_TEXT.split()


def test_columns_about_persons_are_known_by_their_names() -> None:
    assert len(HEADERS) >= 60
    assert [name for name in HEADERS if not announces_person(name)] == []


def test_columns_about_units_are_not() -> None:
    ours = [name for column in COLUMNS for name in (column.name, *column.known_as)]
    units = "institusjonsnavn kommunenavn region_navn filnavn institution_name kommune antall uke"
    others = "eksport_versjon los_days exit_type status"
    names = [*ours, *units.split(), *others.split()]
    assert [name for name in names if announces_person(name)] == []


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("child_pseudonym", "14831161206"),
        ("institution_id", "278912 70181"),
        ("noe", "４831161206０"),
        ("need_group", "14831161206"),
        ("received_date", "14831161206"),
        ("age", "4831161206"),
        ("region", "Vest 14831161206"),
        ("municipality_no", "14831161206"),
        ("legal_basis", "14831161206"),
    ],
)
def test_a_number_is_refused_in_any_column_and_not_echoed(
    column: str, cell: str, tmp_path: Path
) -> None:
    header = HEADER if column in HEADER.split(",") else f"{HEADER},{column}"
    values = {"referral_id": "A1", "received_date": "2024-01-09", "region": "Vest",
              "need_group": "rus", column: cell}  # fmt: skip
    row = ",".join(values[name] for name in header.split(","))
    checked = check_text(f"{header}\n{row}\n", tmp_path)
    found = [f for f in checked.findings if f.code == "national_id"]
    assert [(f.row, f.column) for f in found] == [(2, column)]
    said = repr(checked)
    assert not any(part in said for part in (cell, "1161206", "31161206", "70181"))


def test_a_header_that_is_a_number_is_refused_and_not_echoed(tmp_path: Path) -> None:
    checked = check_text(f"{HEADER},14831161206\nA1,2024-01-09,Vest,rus,x\n", tmp_path)
    assert "national_id" in [f.code for f in checked.findings]
    assert "14831161206" not in repr(checked.findings)


def test_a_name_in_the_wrong_column_is_not_echoed(tmp_path: Path) -> None:
    checked = check_text(f"{HEADER},age\nA1,Testine,Eksempelsen,Prøve Testesen,Testine\n", tmp_path)
    assert checked.outcome.value == "reject"
    said = repr(checked.findings)
    assert not any(name in said for name in ("Testine", "Eksempelsen", "Prøve", "Testesen"))
