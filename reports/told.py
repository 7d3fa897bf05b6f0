"""In the plan for the rest of a year: how the plan before it had gone, as it was told then."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from forecasting.panel import SeriesKey
from forecasting.samples import WHOLE_NATION
from planning.followed import Standing, Verdict
from planning.plan import Plan
from reports.document import Block, Cell, Column, Kind, Table, Text
from reports.words import Words


@dataclass(frozen=True)
class ToldNumber:
    """What came, and the band that the plan had for it; None where either is not known."""

    came: float | None
    band: tuple[float, float] | None
    standing: Standing


@dataclass(frozen=True)
class ToldSeries:
    """One series or sum: referrals so far, places in use, children without a place in time."""

    key: SeriesKey
    referrals: ToldNumber
    used: ToldNumber | None
    missed: ToldNumber
    verdict: Verdict


@dataclass(frozen=True)
class ToldPlan:
    """The plan that was in force, held against what had come by `as_of`."""

    as_of: date
    verdict: Verdict
    series: tuple[ToldSeries, ...]

    def of_region(self, region: str) -> "ToldPlan":
        """The series of one region; the verdict stays that of the whole plan."""
        return replace(self, series=tuple(s for s in self.series if s.key.region == region))

    @property
    def shown(self) -> tuple[ToldSeries, ...]:
        """The sums and the series that do not follow the plan; of one region all its series."""
        if not any(each.key.region == WHOLE_NATION for each in self.series):
            return self.series
        return tuple(
            each
            for each in self.series
            if each.key.region == WHOLE_NATION or each.verdict is Verdict.REVISE
        )


def told_blocks(found: ToldPlan, plan: Plan, words: Words) -> tuple[Block, ...]:
    """The verdict in a sentence, and the numbers behind it."""
    said = words.say("told.before", as_of=words.numbers.day(found.as_of))
    verdict = str(words[f"followed.{found.verdict.value}"])
    rows = tuple(_row(each, plan, words) for each in found.shown)
    table = Table(
        words.say("told.table", as_of=words.numbers.day(found.as_of)),
        tuple(_columns(words)),
        rows,
        words["tertial.source"],
        heads=2,
    )
    return Text((said, verdict)), table


def _columns(words: Words) -> Iterator[Column]:
    yield Column(words.column("region"))
    yield Column(words.column("group"))
    yield Column(words["followed.came"], Kind.COUNT)
    yield Column(words["followed.band"], Kind.SPAN)
    yield Column(words["followed.used"], Kind.COUNT)
    yield Column(words["tertial.days_band"], Kind.SPAN)
    yield Column(words["followed.missed"], Kind.COUNT)
    yield Column(words["followed.verdict"])


def _row(each: ToldSeries, plan: Plan, words: Words) -> tuple[Cell, ...]:
    used = each.used
    return (
        words.region(plan.agency, each.key.region),
        words.group(plan.agency, each.key.need_group),
        each.referrals.came,
        each.referrals.band,
        None if used is None else used.came,
        None if used is None else used.band,
        each.missed.came,
        str(words[f"followed.short_{each.verdict.value}"]),
    )
