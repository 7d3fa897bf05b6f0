"""A year that has begun: the plan for the rest of it, and the locked plan against what has come."""

import csv
import io
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

from features.referrals import ReferralTable
from features.so_far import so_far
from forecasting.agency import Agency
from forecasting.findings import Finding, warning
from forecasting.panel import SeriesKey
from forecasting.samples import WHOLE_NATION
from planning.followed import Compared, Followed, FollowedSeries, Standing, Verdict, followed
from planning.plan import Plan
from reports.numbers import Numbers
from reports.sentences import PART_OF_YEAR
from reports.told import ToldNumber, ToldPlan, ToldSeries
from reports.writers.csv import Value, to_bytes
from service.store import plan_file
from service.talk import Row
from service.yearly import kept_plan
from service.yearly_store import Named, yearly_plan
from service.yearly_words import WORDS, group_of, region_of

FOLLOWED = "followed.csv"


def plan_in_force(home: Path, year: int, *, as_of: date) -> Plan | None:
    """The plan that the nation's yearly plan was locked with last, if its days have begun.

    None where none was locked, and where it is of days after `as_of`: a rest of the year that was
    locked today has nothing yet to be held against, and must not stop the next plan for it.
    """
    version = yearly_plan(home, Named(year, WHOLE_NATION)).in_force
    plan = None if version is None else kept_plan(home, version.plan_id)
    return None if plan is None or plan.first_day > as_of else plan


def follow(plan: Plan, table: ReferralTable, *, agency: Agency, as_of: date) -> Followed:
    """The plan against what has come from its first day to `as_of`, as known then."""
    return followed(plan, so_far(table, agency=agency, first=plan.first_day, as_of=as_of))


def part_of_year(begins: date | None, year: int) -> tuple[Finding, ...]:
    """That a plan is not of a whole year, which nobody must overlook."""
    if begins is None:
        return ()
    last = date(year, 12, 31)
    return (warning(PART_OF_YEAR, first=begins.isoformat(), last=last.isoformat()),)


def followed_csv(found: Followed) -> bytes:
    """followed.csv: every number that came beside what the plan expected, and the verdicts."""
    columns = ("region", "need_group", "what", "period", "came", "mean", "0.05", "0.95", "standing")
    parts = (found.nation, *found.need_groups, *found.series)
    nation = (WHOLE_NATION, WHOLE_NATION, "verdict_of_plan", found.as_of.isoformat())
    whole = (*nation, None, None, None, None, found.verdict.value)
    return to_bytes([columns, whole, *(row for part in parts for row in _csv_rows(part, found))])


def kept_sentence(content: bytes) -> str:
    """The verdict on the plan as a whole, in words, from followed.csv."""
    rows = csv.DictReader(io.StringIO(content.decode("utf-8-sig")))
    verdict = next(row["standing"] for row in rows if row["what"] == "verdict_of_plan")
    return str(WORDS[f"followed.{verdict}"])


def kept_rows(content: bytes, agency: Agency) -> list[Row]:
    """The nation, need groups over it and series to be revised, from followed.csv."""
    found: dict[tuple[str, str], dict[str, Mapping[str, str]]] = {}
    for row in csv.DictReader(io.StringIO(content.decode("utf-8-sig"))):
        found.setdefault((row["region"], row["need_group"]), {})[row["what"]] = row
    return [
        {
            WORDS.column("region"): region_of(agency, region),
            WORDS.column("group"): group_of(agency, group),
            WORDS["followed.came"]: _kept(by["referrals_so_far"]),
            WORDS["followed.used"]: _kept(by.get("places_in_use")),
            WORDS["followed.missed"]: _kept(by["children_not_offered"]),
            WORDS["followed.verdict"]: WORDS[f"followed.short_{by['verdict']['standing']}"],
        }
        for (region, group), by in found.items()
        if region == WHOLE_NATION or by["verdict"]["standing"] == Verdict.REVISE
    ]


def told(content: bytes) -> ToldPlan:
    """followed.csv as it stands in the report of the plan that it was kept with."""
    found: dict[SeriesKey, dict[str, Mapping[str, str]]] = {}
    for row in csv.DictReader(io.StringIO(content.decode("utf-8-sig"))):
        found.setdefault(SeriesKey(row["region"], row["need_group"]), {})[row["what"]] = row
    whole = found[SeriesKey(WHOLE_NATION, WHOLE_NATION)]["verdict_of_plan"]
    series = tuple(
        ToldSeries(
            key,
            referrals=_told(by["referrals_so_far"]),
            used=_told(by["places_in_use"]) if "places_in_use" in by else None,
            missed=_told(by["children_not_offered"]),
            verdict=Verdict(by["verdict"]["standing"]),
        )
        for key, by in found.items()
    )
    return ToldPlan(date.fromisoformat(whole["period"]), Verdict(whole["standing"]), series)


def kept_told(home: Path, name: str) -> ToldPlan | None:
    """What was told with a plan of the store (its id) or of a folder; None where nothing was."""
    folder = Path(name)
    if not folder.is_dir():
        content = plan_file(home, name, FOLLOWED)
        return None if content is None else told(content)
    path = folder / FOLLOWED
    return told(path.read_bytes()) if path.is_file() else None


def _told(row: Mapping[str, str]) -> ToldNumber:
    band = (float(row["0.05"]), float(row["0.95"])) if row["0.05"] else None
    came = float(row["came"]) if row["came"] else None
    return ToldNumber(came, band, Standing(row["standing"]))


def _kept(row: Mapping[str, str] | None) -> str:
    """A number that came, where it lies, and the band, as far as they are known."""
    if row is None or not row["came"]:
        return ""
    numbers = Numbers("nb")
    said = f"{numbers.decimal(float(row['came']))} {WORDS['followed.' + row['standing']]}"
    if not row["0.05"]:
        return said
    low, high = (numbers.decimal(float(row[name])) for name in ("0.05", "0.95"))
    return f"{said} ({low}–{high})"


def _csv_rows(part: FollowedSeries, found: Followed) -> Iterator[tuple[Value, ...]]:
    key = (part.key.region, part.key.need_group)
    for month in part.months:
        yield (*key, "referrals", month.month.isoformat(), *_numbers(month.referrals))
    as_of = found.as_of.isoformat()
    yield (*key, "referrals_so_far", as_of, *_numbers(part.so_far))
    if part.days is not None:
        yield (*key, "places_in_use", as_of, *_numbers(part.days.last))
    children = part.children
    yield (
        *(*key, "children_not_offered", as_of, children.met.missed),
        *(None, None, None, children.standing.value),
    )
    yield (*key, "verdict", as_of, None, None, None, None, part.verdict.value)


def _numbers(compared: Compared) -> tuple[Value, ...]:
    known = compared.standing is not Standing.UNKNOWN
    low, high = (compared.low, compared.high) if known else (None, None)
    return compared.came, compared.expected, low, high, compared.standing.value


def followed_rows(found: Followed, agency: Agency, *, region: str = WHOLE_NATION) -> list[Row]:
    """The nation, each need group over it, and every series that does not follow the plan.

    Of a region every series of it.
    """
    if region != WHOLE_NATION:
        return [_row(each, agency) for each in found.series if each.key.region == region]
    off = set(found.off_plan)
    parts = (found.nation, *found.need_groups, *(each for each in found.series if each.key in off))
    return [_row(part, agency) for part in parts]


def _row(part: FollowedSeries, agency: Agency) -> Row:
    days = part.days
    return {
        WORDS.column("region"): region_of(agency, part.key.region),
        WORDS.column("group"): group_of(agency, part.key.need_group),
        WORDS["followed.came"]: part.so_far.came,
        WORDS["followed.expected"]: round(part.so_far.expected, 1),
        WORDS["followed.band"]: _band(part.so_far),
        WORDS["followed.used"]: None if days is None else days.last.came,
        f"{WORDS['followed.band']} ": "" if days is None else _band(days.last),
        WORDS["followed.missed"]: part.children.met.missed,
        WORDS["followed.year_high"]: part.children.year_high,
        WORDS["followed.verdict"]: WORDS[f"followed.short_{part.verdict.value}"],
    }


def _band(compared: Compared) -> str:
    """The band, and where the number lies."""
    standing = str(WORDS[f"followed.{compared.standing.value}"])
    if compared.standing is Standing.UNKNOWN:
        return standing
    low, high = (Numbers("nb").decimal(value) for value in (compared.low, compared.high))
    return f"{low}–{high} {standing}"
