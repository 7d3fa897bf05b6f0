"""The docs say what the program does: every command, option, setting and word stands in them."""

import re
from collections.abc import Iterator
from enum import EnumType
from pathlib import Path

import pytest
import typer
from pydantic import BaseModel

from features.check import Outcome
from features.schema import OUTCOMES
from forecasting.findings import Severity
from forecasting.panel import Frequency, Quantity
from forecasting.places import Form
from forecasting.samples import WHOLE_NATION
from planning.followed import Standing, Verdict
from planning.policies import POLICIES
from planning.policy import Discipline
from planning.yearly import Horizon, Status
from planning.yearly_diff import Cause
from reports.disclosure import Profile
from service.cli import app
from service.settings import load_settings
from service.settings_file import File
from service.talk import OutputFormat

ROOT = Path(__file__).parent.parent
COMMANDS = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
CONFIGURATION = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
GLOSSARY = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
EVERYWHERE = {"--help", "--version", "--install-completion", "--show-completion", "--debug"}
ENUMS: tuple[EnumType, ...] = (
    Discipline,
    Form,
    Frequency,
    Outcome,
    OutputFormat,
    Profile,
    Quantity,
    Severity,
    Standing,
    Verdict,
    Horizon,
    Status,
    Cause,
)


def all_commands() -> Iterator[tuple[str, "typer.core.TyperCommand"]]:  # type: ignore[name-defined]
    """Every command by the words a person types."""
    group = typer.main.get_command(app)
    for name, command in group.commands.items():  # type: ignore[attr-defined]
        if hasattr(command, "commands"):
            yield from ((f"{name} {inner}", one) for inner, one in command.commands.items())
        else:
            yield name, command


FOUND = dict(all_commands())


@pytest.mark.parametrize("name", FOUND)
def test_every_command_has_help_with_an_example(name: str) -> None:
    command = FOUND[name]
    assert command.help
    assert f"plassplan {name}" in (command.epilog or "")


@pytest.mark.parametrize("name", FOUND)
def test_every_command_is_documented(name: str) -> None:
    assert f"**`plassplan {name}" in COMMANDS


@pytest.mark.parametrize("name", FOUND)
def test_every_option_is_documented_with_its_command(name: str) -> None:
    part = COMMANDS.split(f"**`plassplan {name}")[1].split("**`plassplan")[0]
    options = {
        word
        for parameter in FOUND[name].params
        for word in parameter.opts
        if word.startswith("--") and word not in EVERYWHERE
    }
    assert {word for word in options if word not in part} == set()


def test_no_command_is_documented_that_is_not_there() -> None:
    verbs = "list|show|compare|run|diff|draft|override|lock|restore|follow|export"
    told = set(re.findall(rf"\*\*`plassplan (\w+(?: (?:{verbs}))?)", COMMANDS))
    assert told == set(FOUND)


@pytest.mark.parametrize("name", FOUND)
def test_every_option_has_help(name: str) -> None:
    for parameter in FOUND[name].params:
        assert parameter.help, parameter.name


def test_every_exit_code_is_documented() -> None:
    assert set(re.findall(r"^\| (\d+) \|", COMMANDS, re.MULTILINE)) == {
        "0",
        "1",
        "2",
        "3",
        "4",
        "130",
    }


def keys_of(table: type[BaseModel]) -> Iterator[str]:
    """Every key of a table and of the tables in it."""
    for name, field in table.model_fields.items():
        yield name
        for inner in tables_in(field.annotation):
            yield from keys_of(inner)


def tables_in(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in getattr(annotation, "__args__", ()):
        yield from tables_in(part)


@pytest.mark.parametrize("key", sorted(set(keys_of(File))))
def test_every_setting_is_documented(key: str) -> None:
    assert re.search(rf"`(\[\[?)?{key}(\.CODE)?(\]\]?)?`", CONFIGURATION)


@pytest.mark.parametrize("enum", ENUMS, ids=lambda enum: enum.__name__)
def test_every_value_of_an_enum_is_in_the_glossary(enum: EnumType) -> None:
    missing = [member.value for member in enum if f"`{member.value}`" not in GLOSSARY]
    assert missing == []


@pytest.mark.parametrize("name", POLICIES)
def test_every_policy_of_replay_is_described(name: str) -> None:
    method = (ROOT / "docs" / "method.md").read_text(encoding="utf-8")
    assert f"`{name}`" in method.split("## Replay")[1].split("\n## ")[0]


def test_every_code_of_the_agency_is_in_the_glossary() -> None:
    agency = load_settings().agency
    codes = [row.code for row in (*agency.regions, *agency.need_groups)]
    words = [*codes, *OUTCOMES, WHOLE_NATION]
    assert [word for word in words if f"`{word}`" not in GLOSSARY] == []


def test_a_word_has_one_meaning() -> None:
    words = re.findall(r"^\| ([^|]+) \| ", GLOSSARY, re.MULTILINE)
    codes = [code for row in GLOSSARY.splitlines() for code in re.findall(r"`([^`]+)`", row)]
    for found in (words, codes):
        assert sorted(found) == sorted(set(found))


@pytest.mark.parametrize(
    "path", [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))], ids=str
)
def test_links_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", path.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (path.parent / target).exists(), target


def test_the_first_two_commands_of_the_readme_are_plan_and_test() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert readme.split("```")[1].split() == ["make", "plan", "make", "test"]
