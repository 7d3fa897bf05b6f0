"""The words of one language, read from its table; nothing else in reports holds any."""

import math
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from forecasting.agency import Agency
from forecasting.errors import UsageError
from forecasting.panel import Frequency
from forecasting.places import Form
from forecasting.samples import WHOLE_NATION
from reports.numbers import MINUS, NO_BREAK, Numbers

# Languages with a complete table.
LANGUAGES = ("nb", "nn", "en")
# The noun of one period.
PERIODS = {
    Frequency.DAY: "day",
    Frequency.WEEK: "week",
    Frequency.MONTH: "month",
    Frequency.QUARTER: "quarter",
    Frequency.YEAR: "year",
}


@dataclass(frozen=True)
class Words:
    """Labels and sentences of one language, with its number formats."""

    language: str
    table: dict[str, Any]

    @property
    def numbers(self) -> Numbers:
        """How this language writes numbers."""
        return Numbers(self.language)

    def of_region(self, name: str) -> "Words":
        """The words of a plan of one region: «hele landet» is its name, and no region is each."""
        table = {
            section: {**entries, **self.table["one_region"].get(section, {})}
            for section, entries in self.table.items()
        }
        table["words"]["nation"] = name
        return Words(self.language, table)

    def say(self, key: str, **values: object) -> str:
        """A sentence with its values filled in; `key` is section.name."""
        return str(self[key]).format(**values)

    def __getitem__(self, key: str) -> Any:
        section, _, name = key.partition(".")
        return self.table[section][name]

    def column(self, name: str) -> str:
        """Heading of a table column."""
        return str(self["columns." + name])

    def form(self, form: Form) -> str:
        """Name of a purchase form."""
        return str(self["forms." + form.value])

    def model(self, code: str) -> str:
        """Name of a model; the code itself of one that is not ours."""
        return str(self.table["models"].get(code, code))

    def data(self, name: str) -> str:
        """Name of the data: a file's own, or what the store is called in words."""
        return str(self.table["data_names"].get(name, name))

    def noun(self, name: str, number: float) -> str:
        """A count with its noun: 1 plass, 2 plasser. Below 10, parts of one are shown."""
        return self.with_noun(name, self.some(number))

    def with_noun(self, name: str, shown: str) -> str:
        """A number that is already text, with its noun: +1 plass, 1,5 plasser."""
        one, many = self["nouns." + name]
        return f"{shown}{NO_BREAK}{one if shown.lstrip(f'+{MINUS}') == '1' else many}"

    def some(self, number: float) -> str:
        """An expected count: one decimal below 10 where it is not whole, else whole."""
        return self.numbers.count(number) if number < 10 else self.numbers.decimal(number)

    def region(self, agency: Agency, code: str) -> str:
        """Name of a region; of the nation for the sum over regions."""
        if code == WHOLE_NATION:
            return str(self["words.nation"])
        return agency.region(code).label(self.language)

    def group(self, agency: Agency, code: str) -> str:
        """Name of a need group; of all of them for the sum over groups."""
        if code == WHOLE_NATION:
            return str(self["words.all_groups"])
        return agency.need_group(code).label(self.language)

    def value(self, text: str) -> str:
        """A number in the language's own form; any other text as it is."""
        try:
            number = float(text)
        except ValueError:
            return text
        digits = len(text.partition(".")[2]) if "e" not in text.lower() else 6
        return self.numbers.decimal(number, digits) if math.isfinite(number) else text

    def listed(self, items: Sequence[str]) -> str:
        """A list in a sentence: a, b og c; with semicolons where a name holds a comma itself."""
        if any(", " in item for item in items):
            return "; ".join(items)
        if len(items) < 2:
            return "".join(items)
        return f"{', '.join(items[:-1])} {self['words.and']} {items[-1]}"

    def of_years(self, share: float) -> str:
        """A share of years in whole ones of a hundred (of a thousand near none and all)."""
        if 0 < share < 0.001:
            return f"{self['words.fewer_than']} {self.of_children(0.001)}"
        if 0.999 < share < 1:
            return f"{self['words.more_than']} {self.of_children(0.999)}"
        return self.of_children(round(share, 2 if 0.01 <= share <= 0.99 else 3))

    def of_children(self, share: float) -> str:
        """A share in words: 97 av 100, 975 av 1 000. Said with a direction by the caller."""
        for whole in (100, 1000, 10_000):
            part = share * whole
            if abs(part - round(part)) < 1e-6:
                break
        parts = self.numbers.decimal(round(part))
        return f"{parts}{NO_BREAK}{self['words.of']}{NO_BREAK}{self.numbers.decimal(whole)}"


@cache
def words_of(language: str) -> Words:
    """The words of a language. Raises UsageError where its table is not complete."""
    if language not in LANGUAGES:
        raise UsageError(
            f"language {language!r} is not available in reports yet.",
            fix=f"Use one of: {', '.join(LANGUAGES)}.",
        )
    text = files("reports").joinpath(f"labels_{language}.toml").read_text(encoding="utf-8")
    return Words(language, tomllib.loads(text))
