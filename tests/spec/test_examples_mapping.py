"""The examples' configurations cover their files, and their pages say where the data are from."""

import csv
import tomllib
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
# The worked example has no extract: it has a test of its own.
FOLDERS = sorted(path.parent for path in EXAMPLES.glob("*/plassplan.toml"))


def config(folder: Path) -> dict:
    return tomllib.loads((folder / "plassplan.toml").read_text("utf-8"))


def data(folder: Path) -> Path:
    (file,) = folder.glob("*.csv")
    return file


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_mapped_column_is_in_the_file(folder):
    with data(folder).open(encoding="utf-8", newline="") as file:
        header = next(csv.reader(file))
    assert set(config(folder)["mapping"]["columns"].values()) <= set(header)


@pytest.mark.parametrize("column", ["region", "need_group"])
def test_every_word_of_the_dogs_file_means_a_configured_code(column):
    folder = EXAMPLES / "shelter-dogs"
    with data(folder).open(encoding="utf-8", newline="") as file:
        words = {row[column] for row in csv.DictReader(file)}
    meaning = config(folder)["mapping"]["values"][column]
    assert words == set(meaning)
    assert set(meaning.values()) == set(config(folder)[f"{column}s"])


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_page_names_source_licence_and_commands(folder):
    page = (folder / "README.md").read_text("utf-8")
    for word in ("**Source:**", "**Licence:**", "## Run it", "plassplan ", data(folder).name):
        assert word in page, word
    assert f"]({folder.name}/README.md)" in (EXAMPLES / "README.md").read_text("utf-8")


def test_the_copied_data_are_small():
    size = sum(path.stat().st_size for path in EXAMPLES.rglob("*.csv"))
    assert size < 3_000_000
