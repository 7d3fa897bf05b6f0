"""The chain behind replay: at each origin a plan on what was known, then what really came."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import pandas as pd

from features.asof import data_date, is_quiet, known_at, last_complete_month
from features.came import daily_occupancy, what_came
from features.referrals import ReferralTable
from forecasting.basis import Basis
from forecasting.errors import UsageError
from forecasting.panel import SeriesKey
from forecasting.places import Register
from forecasting.streams import Streams
from planning.build import Choices, size_all
from planning.children import DayGrid
from planning.evidence import Evidence, chains
from planning.money import Market
from planning.policies import Situation
from planning.real_children import real_chain
from planning.replay import Served, serve, summarise
from planning.sizing import Sized
from planning.walks import Walks
from planning.window import Window
from service import clock
from service.evidence import Referrals, read_stamped, referrals
from service.files import require_writable, write_folder
from service.home import home_path
from service.outcomes import run_json
from service.plan_evidence import Ahead, plan_evidence, stay_laws
from service.recorded import tracker
from service.registry import ENSEMBLE
from service.replayed import served_table, summary_table
from service.requests import ReplayOutcome, ReplayRequest
from service.run_plan import MOST_MONTHS
from service.settings import Settings, prices_for
from service.tables import csv_bytes, json_bytes
from service.talk import SILENT, Talk
from service.version import code_version

# On less than half a year there is hardly a count or a stay to go by.
LEAST_DAYS = 182


@dataclass(frozen=True)
class Origin:
    """A day on which a plan is made, and the days that are then replayed."""

    day: date
    window: Window


def run_replay(request: ReplayRequest, *, talk: Talk = SILENT) -> ReplayOutcome:
    """Plan at every origin, serve the children who then came, write and record the scores."""
    started = time.monotonic()
    home = home_path()
    require_writable(request.out)
    with tracker(on=request.tracking, home=home) as track:
        found = referrals(
            request.extract, settings=request.settings, home=home, today=clock.today()
        )
        register, stamp = read_stamped(request.register, agency=request.settings.agency)
        origins = tuple(replay_origins(request, found.table))
        served: list[Served] = []
        for number, origin in enumerate(origins, start=1):
            talk.say(f"Origin {origin.day} ({number} of {len(origins)}): planning, then replaying")
            served += _served(request, found.table, origin, register=register, talk=talk)
        summary = summarise(
            served, referrals_a_year=_referrals_a_year(found.table, origins, request.settings)
        )
        basis = _basis(request, found, origins, register=stamp)
        rows = summary_table(summary)
        tracked = track.record_replay(rows, basis=basis, seconds=time.monotonic() - started)
    files = {
        "replay.csv": csv_bytes(served_table(served)),
        "summary.csv": csv_bytes(rows),
        "basis.json": json_bytes(basis.to_dict()),
        "run.json": run_json(started, tracked),
    }
    write_folder(request.out, files)
    findings = (*found.findings, *tracked.findings)
    return ReplayOutcome(request.out, tuple(files), findings, summary, tracked.run_id)


def replay_origins(request: ReplayRequest, table: ReferralTable) -> Iterator[Origin]:
    """The origins in order, with their days. Raises UsageError where the data do not reach."""
    data_ends = data_date(table)
    first = table.frame["received_date"].min().date()
    for day in sorted(set(request.origins)):
        opens = day + timedelta(days=1)
        closes = (pd.Timestamp(opens) + pd.DateOffset(months=request.months)).date()
        window = Window(opens, closes - timedelta(days=1))
        beyond = (window.last - data_ends).days
        if beyond > 0 and not is_quiet(table, beyond):
            raise UsageError(
                f"--origins {day}: {request.months} months after it end {window.last}, but the "
                f"data end {data_ends}.",
                fix="Name earlier origins or fewer --months.",
            )
        if (day - first).days < LEAST_DAYS:
            raise UsageError(
                f"--origins {day}: the first referral came {first}, less than half a year before.",
                fix=f"Name origins from {first + timedelta(days=LEAST_DAYS)}.",
            )
        yield Origin(day, window)


def _served(
    request: ReplayRequest,
    table: ReferralTable,
    origin: Origin,
    *,
    register: Register | None,
    talk: Talk,
) -> tuple[Served, ...]:
    settings = known_settings(request.settings, origin.day)
    market = Market(
        origin.window,
        prices_for(settings, origin.window.first.year),
        register,
        settings.policy.limits,
        lead_days=1,
    )
    evidence, sized = _planned(request, table, origin, market=market, talk=talk)
    agency, policy, window = settings.agency, settings.policy, origin.window
    # What nobody saw the end of is drawn from the law as known when the months were over: the
    # plan's own law would judge the plan by its own belief.
    laws = stay_laws(table, agency=agency, as_of=window.last)
    data_ends = max(data_date(table), window.last)
    came = what_came(table, agency=agency, origin=origin.day, last=window.last, as_of=data_ends)
    grid = DayGrid(window.first, window, evidence.holidays)
    streams = Streams(request.seed).child("replay", origin.day.isoformat())
    seen = Situation(
        agency=agency,
        policy=policy,
        market=market,
        plan=sized,
        occupancy=daily_occupancy(
            table, agency=agency, first=_a_year_before(origin.day), last=origin.day
        ),
        came=tuple(
            Walks(
                real_chain(
                    came,
                    pair,
                    region=region.code,
                    laws=laws,
                    grid=grid,
                    policy=policy,
                    streams=streams,
                )
            )
            for region in agency.planned_regions()
            for pair in chains(agency)
        ),
    )
    return serve(origin.day, seen)


def known_settings(settings: Settings, origin: date) -> Settings:
    """The settings without the breaks that came after the origin: nobody knew of them."""
    return replace(settings, breaks=tuple(each for each in settings.breaks if each.day <= origin))


def _planned(
    request: ReplayRequest, table: ReferralTable, origin: Origin, *, market: Market, talk: Talk
) -> tuple[Evidence, tuple[Sized, ...]]:
    """The plan as it would have been made on the origin: what it rests on, and its places."""
    settings = known_settings(request.settings, origin.day)
    last, complete = (
        origin.window.last,
        last_complete_month(known_at(table, origin.day), origin.day),
    )
    months = (last.year - complete.year) * 12 + last.month - complete.month
    if months > MOST_MONTHS:
        raise UsageError(
            f"--months {request.months}: the forecast from {complete:%Y-%m} would reach {months} "
            f"months ahead, and a plan reaches {MOST_MONTHS} at most.",
            fix="Ask for fewer months.",
        )
    _, evidence = plan_evidence(
        table,
        Ahead(origin.day, months, last),
        settings=settings,
        register=market.register,
        draws=request.draws,
        seed=request.seed,
        workers=request.workers,
        talk=talk,
    )
    sized = size_all(
        evidence,
        Choices(origin.window.first.year, settings.policy, market.prices),
        agency=settings.agency,
        market=market,
        streams=Streams(request.seed),
        workers=request.workers,
        progress=talk.tick,
    )
    return evidence, sized


def _a_year_before(day: date) -> date:
    """The first of the 12 months that end on this day."""
    before: date = (pd.Timestamp(day) - pd.DateOffset(years=1)).date()
    return before + timedelta(days=1)


def _referrals_a_year(
    table: ReferralTable, origins: Sequence[Origin], settings: Settings
) -> Mapping[SeriesKey, float]:
    """Referrals a year of each planned series, mean over the replayed days."""
    received = table.frame["received_date"].to_numpy().astype("datetime64[D]")
    days = np.concatenate([_days(origin.window) for origin in origins])
    inside = table.frame.loc[np.isin(received, days), ["region", "need_group"]]
    found = inside.value_counts()
    return {
        SeriesKey(region.code, group.code): found.get((region.code, group.code), 0)
        * (365.25 / len(np.unique(days)))
        for region in settings.agency.planned_regions()
        for group in settings.agency.need_groups
    }


def _days(window: Window) -> "np.ndarray[tuple[int], np.dtype[np.datetime64]]":
    return np.arange(np.datetime64(window.first), np.datetime64(window.last) + 1)


def _basis(
    request: ReplayRequest, found: Referrals, origins: Sequence[Origin], *, register: str
) -> Basis:
    settings = request.settings
    models = settings.forecast.models
    return Basis(
        data_sha256=found.sha256,
        data_rows=len(found.table),
        as_of=data_date(found.table),
        config_hash=settings.config_hash,
        model=models[0] if len(models) == 1 else ENSEMBLE,
        weights={},  # learnt again at every origin
        seed=request.seed,
        draws=request.draws,
        code_version=code_version(),
        synthetic=settings.agency.synthetic,
        data_name=found.name,
        register_sha256=register,
        settings={
            "origins": ",".join(origin.day.isoformat() for origin in origins),
            "months": str(request.months),
            "level": f"{settings.policy.level:g}",
        },
    )
