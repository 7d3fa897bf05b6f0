"""Findings and assumptions in words: the tables' sentences, filled with the values they carry."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from string import Formatter
from typing import Any

from forecasting.agency import Agency, NeedGroup, Region
from forecasting.findings import Finding, Value
from forecasting.panel import Frequency
from forecasting.places import Form
from forecasting.samples import WHOLE_NATION
from planning.plan import Assumption
from reports.words import PERIODS, Words, words_of

NO_AGENCY = Agency("", (), ())
# Units of a value that is no number; the second as plans were stored before.
YEARS = ("year", "år")
# How a value is shown that is a text: a code, or a day.
TEXTS = ("", "date", "form", "owner", "region", "group", "series", "names", "model", "freq")


@dataclass(frozen=True)
class Said:
    """One assumption in words: the four texts, and the parts that the name is made of.

    `plain` is the value with a number as programs read it. `about` is the need group or form,
    `what` is assumed of it, `to` the group it goes on to.
    """

    name: str
    value: str
    unit: str
    source: str
    plain: str
    about: str = ""
    what: str = ""
    to: str = ""


class Wording(Formatter):
    """Fills sentences of one language; what stands after a colon says how a value is shown.

    {n:place} with a noun of the table, {x:count}, {x:2} with so many decimals, {x:percent},
    {x:change} (signed per cent), {x:money}, {x:date}, {x:region}, {x:group}, {x:form}, {x:owner},
    {x:series}, {x:names} (several series), {x:model}, {x:freq};
    without a colon the value as it is.
    """

    def __init__(self, words: Words, agency: Agency = NO_AGENCY) -> None:
        super().__init__()
        self.words, self.agency = words, agency

    def format_field(self, value: Any, format_spec: str) -> str:
        """One value as this language shows it."""
        words, show = self.words, self._shows().get(format_spec)
        if isinstance(value, str) and format_spec not in TEXTS:
            # A number that is hidden from others, or told as a bound (reports/disclosure).
            return words.with_noun(format_spec, value) if self._noun(format_spec) else value
        if show is not None:
            return show(value)
        if self._noun(format_spec):
            return words.with_noun(format_spec, words.numbers.count(value))
        if format_spec.isdigit():
            return words.numbers.decimal(value, int(format_spec))
        return format(value, format_spec)

    def _noun(self, name: str) -> bool:
        return name in self.words.table["nouns"]

    def _shows(self) -> dict[str, Callable[[Any], str]]:
        numbers = self.words.numbers
        return {
            "": str,
            "count": numbers.count,
            "percent": numbers.percent,
            "change": lambda value: numbers.change(round(100 * value)) + numbers.percent_sign,
            "money": numbers.money,
            "date": lambda value: numbers.day(date.fromisoformat(value)),
            "form": lambda value: self.words.form(Form(value)).lower(),
            "owner": lambda value: str(self.words[f"owners.{value}"]).lower(),
            "region": self._label,
            "group": self._label,
            "series": self._series,
            "names": lambda value: "; ".join(map(self._series, value.split(", "))),
            "model": self.words.model,
            "freq": lambda value: self.words["nouns." + PERIODS[Frequency(value)]][0],
        }

    def _series(self, key: str) -> str:
        return ", ".join(map(self._label, key.split("/")))

    def _label(self, code: str) -> str:
        """Name of a region or need group, or of the nation; any other name as it is."""
        if code == WHOLE_NATION:
            return str(self.words["words.nation"])
        named: tuple[Region | NeedGroup, ...] = (*self.agency.regions, *self.agency.need_groups)
        labels = (item.label(self.words.language) for item in named if item.code == code)
        return next(labels, code)

    def finding(self, found: Finding) -> tuple[str, str]:
        """What was found, and what to do about it."""
        if not found.wording:
            return found.message, found.fix
        values = {
            "series": found.series or "",
            "column": found.column or "",
            "row": found.row or 0,
            "code": found.code,
            "where": self._where(found),
            **found.values,
        }
        if "cause" in values:
            values["reason"] = self._cause(values)
        fixes = self.words.table["fixes"]
        message = self.words[f"findings.{found.wording}"]
        fix = fixes.get(found.wording, fixes.get(found.code, ""))
        return self.vformat(message, (), values), self.vformat(fix, (), values)

    def _cause(self, values: Mapping[str, Any]) -> str:
        """Why a model failed; a fault of a program stands in the program's own words."""
        return self.vformat(self.words[f"failures.{values['cause']}"], (), values)

    def _where(self, found: Finding) -> str:
        """Row and column before what is said of them: «Rad 3, kolonne age: »."""
        row, column = self.words["nouns.row"][0], self.words["excel.column"].lower()
        parts = [f"{row} {found.row}"] * (found.row is not None)
        parts += [f"{column} {found.column}"] * (found.column is not None)
        said = ", ".join(parts)
        return f"{said[:1].upper()}{said[1:]}: " if said else ""

    def assumption(self, row: Assumption) -> Said:
        """The texts of an assumption; those of a plan stored before are as they were."""
        if row.values is None:
            value = row.value if row.unit in YEARS else self.words.value(row.value)
            return Said(row.name, value, row.unit, row.source, plain=row.value)
        table, values = self.words.table, row.values
        what = self.vformat(table["assumption_names"][row.name], (), values)
        about, after = (self._label(str(values.get(key, ""))) for key in ("group", "to"))
        plain = self._chosen(row.value, values)
        return Said(
            f"{about}: {what} {after}".strip() if about else what,
            plain if row.unit in YEARS else self.words.value(plain),
            self.vformat(table["units"][row.unit] if row.unit else "", (), values),
            self.vformat(table["assumption_sources"][row.source], (), values),
            plain,
            about or (self.words.form(Form(str(values["form"]))) if "form" in values else ""),
            what,
            after,
        )

    def _chosen(self, value: str, values: Mapping[str, Value]) -> str:
        """A word for a choice, the parts that are given of several, or the number itself."""
        choice = self.words.table["assumption_values"].get(value, value)
        if isinstance(choice, str):
            return choice
        parts = [self.vformat(text, (), values) for name, text in choice.items() if name in values]
        return ", ".join(parts) or str(self.words["words.no_limit"])


def worded(
    findings: Iterable[Finding], agency: Agency = NO_AGENCY, *, language: str = "nb"
) -> tuple[Finding, ...]:
    """The findings with their message and what to do in words."""
    wording = Wording(words_of(language), agency)
    return tuple(
        replace(found, message=message, fix=fix)
        for found in findings
        for message, fix in [wording.finding(found)]
    )
