"""The chain behind plan: extract -> what was known -> forecast -> places -> reports -> files."""

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from features.asof import data_date, known_at, last_complete_month
from features.summary import summed
from features.suspicious import suspicions
from forecasting.agency import Agency
from forecasting.basis import Basis
from forecasting.ensemble import PooledForecast
from forecasting.errors import InputError, PlassplanError, UsageError
from forecasting.findings import Finding, warning
from forecasting.places import Register
from forecasting.streams import Streams
from planning.build import Choices, make_plan
from planning.earlier import Earlier, Since
from planning.evidence import Evidence
from planning.fared import fared
from planning.followed import Followed
from planning.plan import Plan
from planning.scenario import Given
from planning.since import since
from reports.beside import Beside
from reports.files import plan_files
from reports.wording import worded
from service import clock
from service.evidence import Referrals, read_stamped, referrals
from service.files import require_writable, write_folder
from service.home import home_path
from service.outcomes import failed_fits, run_json
from service.plan_evidence import Ahead, plan_evidence
from service.plan_inputs import plan_inputs
from service.recorded import tracker
from service.registry import ENSEMBLE
from service.requests import PlanOutcome, PlanRequest
from service.settings import prices_for
from service.since_files import SINCE, since_csv, since_name
from service.store import StoredPlan, save_plan
from service.stored_plans import plan_id_of, stored_id, stored_plan
from service.talk import SILENT, Talk
from service.tertial import FOLLOWED, follow, followed_csv, part_of_year, plan_in_force, told
from service.version import code_version

# A plan reaches this many months ahead at most (contract: plan files).
MOST_MONTHS = 27
# Days after the last one that the data name on which they may still be called up to date:
# open stays are taken to last until --as-of, so a later day would lengthen every one of them.
MOST_SILENT_DAYS = 31
# Findings of one kind that are shown one by one.
SHOWN_ALIKE = 20


@dataclass(frozen=True)
class Span:
    """What is known until when, and what is planned: `months` from the last complete one.

    `begins` is the first planned day of a year that had begun, None where all of it is planned.
    """

    as_of: date
    year: int
    months: int
    begins: date | None = None


def run_plan(request: PlanRequest, *, talk: Talk = SILENT) -> PlanOutcome:
    """Make the plan, write its files, keep it in the store and record the run."""
    started, settings = time.monotonic(), request.settings
    home = home_path()
    require_writable(request.out)
    earlier = None if request.compare is None else stored_plan(request.compare)
    with tracker(on=request.tracking, home=home) as runs:
        found = referrals(request.extract, settings=settings, home=home, today=clock.today())
        register, stamp = read_stamped(request.register, agency=settings.agency)
        span = plan_span(request, found)
        if span.as_of < data_date(found.table):
            talk.say(f"Planning from what was known on {span.as_of}: later rows are left out")
        followed = _followed(earlier, span, found=found, agency=settings.agency)
        talk.say(f"Forecasting referrals for {span.months} months")
        pooled, evidence = evidence_of(request, found, register, span=span, talk=talk)
        talk.say(f"Sizing places for {span.year}")
        plan = make_plan(
            evidence,
            Choices(span.year, request.policy, prices_for(settings, span.year), span.begins),
            agency=settings.agency,
            basis=basis_of(request, found, span, pooled=pooled, register=stamp),
            streams=Streams(request.seed),
            findings=(
                *part_of_year(span.begins, span.year),
                *suspicions(found.table, agency=settings.agency, as_of=span.as_of),
                *_findings(found, pooled),
            ),
            workers=request.workers,
            progress=talk.tick,
        )
        changes: tuple[Since, ...] = ()
        if earlier is not None and span.begins is None:
            changes = _since(earlier, plan, evidence=evidence, request=request)
            plan = replace(plan, earlier=_earlier(earlier, plan, changes))
        talk.say("Writing the reports")
        files = plan_files(plan, beside=_shown(followed))
        tracked = runs.record_plan(
            plan, seconds=time.monotonic() - started, scores=_mean_scores(pooled)
        )
    beside = {SINCE: since_csv(changes)} if changes else {}
    beside |= {FOLLOWED: followed_csv(followed)} if followed else {}
    write_folder(request.out, {**files, **beside, "run.json": run_json(started, tracked)})
    try:
        plan_id = _keep(plan, {**files, **_kept_beside(beside, request)})
    except PlassplanError as error:
        # The files are whole; only the copy in the store is missing, and that is said.
        talk.say(f"The plan was not kept in the store: {error}")
        plan_id = ""
    for finding in worded(tracked.findings):
        talk.say(finding.message)
    names = (*files, *beside, "run.json")
    return PlanOutcome(plan, plan_id, request.out, names, tracked.run_id, changes, followed)


def _followed(
    earlier: Plan | None, span: Span, *, found: Referrals, agency: Agency
) -> Followed | None:
    """How the plan of a year that had begun goes; None for a whole year, or without such a plan.

    The rest of a year has no other plan for the same days to differ from: what has come tells.
    """
    if span.begins is None:
        return None
    locked = earlier or plan_in_force(home_path(), span.year, as_of=span.as_of)
    if locked is None:
        return None
    return follow(locked, found.table, agency=agency, as_of=span.as_of)


def _shown(followed: Followed | None) -> Beside:
    """What the report shows beside the plan, as it will read it from what is kept."""
    return Beside(told=told(followed_csv(followed)) if followed else None)


def _since(
    earlier: Plan, plan: Plan, *, evidence: Evidence, request: PlanRequest
) -> tuple[Since, ...]:
    """What changed since the earlier plan."""
    base = {curve.key: curve.chosen for curve in plan.curves}
    given = Given(
        evidence,
        plan.policy,
        plan.prices,
        plan.agency,
        year=plan.year,
        streams=Streams(request.seed),
        base=base,
    )
    return since(earlier, given, workers=request.workers)


def _earlier(earlier: Plan, plan: Plan, changes: tuple[Since, ...]) -> Earlier:
    """What the new plan keeps of the one it was compared with."""
    return Earlier(earlier.year, earlier.basis.as_of, changes, fared(earlier, plan.history))


def plan_span(request: PlanRequest, found: Referrals) -> Span:
    """Data date, plan year and months to forecast. Raises UsageError for a year out of reach.

    Of a year that has begun, the whole months after the data date are planned: a tertial update.
    """
    planned = [region.code for region in request.settings.agency.planned_regions()]
    if not found.table.frame["region"].isin(planned).any():
        raise InputError(
            f"none of the {len(found.table)} referrals is to a planned region.",
            fix=f"Planned are {', '.join(planned)}: check the extract and [regions].",
        )
    last = data_date(found.table)
    as_of = request.as_of or _default_as_of(request, found)
    first = found.table.frame["received_date"].min().date()
    if as_of < first:
        raise UsageError(
            f"--as-of {as_of} lies before the first referral, {first}.",
            fix=f"Use a day from {first} to {last}.",
        )
    if (as_of - last).days > MOST_SILENT_DAYS:
        raise UsageError(
            f"--as-of {as_of} lies {(as_of - last).days} days after the last day that the data "
            f"name, {last}.",
            fix=f"Use {last} or a day soon after, or load newer data.",
        )
    complete = last_complete_month(known_at(found.table, as_of), as_of)
    year = request.year or request.settings.year or complete.year + 1
    months = (year - complete.year) * 12 + 12 - complete.month
    begins = _next_month(as_of) if year == as_of.year else None
    if year < as_of.year or (begins and begins.year > year):
        raise UsageError(
            f"no whole month of --year {year} was left on the data date {as_of}.",
            fix=f"Plan for {as_of.year + 1} or later, or give an earlier --as-of.",
        )
    if months > MOST_MONTHS:
        raise UsageError(
            f"--year {year} ends {months} months after the last complete month "
            f"({complete:%Y-%m}), and a plan reaches {MOST_MONTHS} at most.",
            fix=f"Plan for {complete.year + 1} or {complete.year + 2}, or load newer data.",
        )
    return Span(as_of, year, months, begins)


def _next_month(day: date) -> date:
    """First day of the month after: only whole months are planned, as they are forecast."""
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1)


def _default_as_of(request: PlanRequest, found: Referrals) -> date:
    """The last day of the data, or the last day before the plan year that follows from it.

    A file that ends within January has December as its last complete month, so the year to
    plan is the one that has just begun: it is planned from what was known when it began.
    """
    last = data_date(found.table)
    follows = last_complete_month(found.table, last).year + 1
    chosen = request.year or request.settings.year
    return date(follows - 1, 12, 31) if not chosen and follows == last.year else last


def evidence_of(
    request: PlanRequest,
    found: Referrals,
    register: Register | None,
    *,
    span: Span,
    talk: Talk,
) -> tuple[PooledForecast, Evidence]:
    """All that was known on the data date, with the forecast made from it."""
    return plan_evidence(
        found.table,
        Ahead(span.as_of, span.months, date(span.year, 12, 31)),
        settings=request.settings,
        register=register,
        draws=request.draws,
        seed=request.seed,
        workers=request.workers,
        talk=talk,
    )


def basis_of(
    request: PlanRequest,
    found: Referrals,
    span: Span,
    *,
    pooled: PooledForecast,
    register: str,
) -> Basis:
    """What the plan rests on."""
    settings = request.settings
    return Basis(
        data_sha256=found.sha256,
        data_rows=len(found.table),
        as_of=span.as_of,
        config_hash=settings.config_hash,
        model=ENSEMBLE if len(pooled.by_model) > 1 else next(iter(pooled.by_model)),
        weights=pooled.weights.overall,
        weights_by_family=pooled.weights.by_family,
        spread=pooled.weights.spread,
        seed=request.seed,
        draws=request.draws,
        code_version=code_version(),
        synthetic=settings.agency.synthetic,
        data_name=found.name,
        register_sha256=register,
        settings={
            "year": str(span.year),
            "level": f"{request.policy.level:g}",
            "weight_origins": str(settings.forecast.weight_origins),
        },
    )


def _findings(found: Referrals, pooled: PooledForecast) -> tuple[Finding, ...]:
    """What cleaning and forecasting found: rows summed by kind, long lists cut short."""
    every = (*summed(found.findings), *pooled.findings, *failed_fits(pooled.failures))
    counts, shown = Counter(finding.code for finding in every), Counter[str]()
    kept = []
    for finding in every:
        shown[finding.code] += 1
        if shown[finding.code] <= SHOWN_ALIKE:
            kept.append(replace(finding, value=None))
    kept += [
        warning(code, wording="more_alike", count=count - SHOWN_ALIKE)
        for code, count in counts.items()
        if count > SHOWN_ALIKE
    ]
    return tuple(kept)


def _mean_scores(pooled: PooledForecast) -> Mapping[str, float]:
    """Mean scaled CRPS of each model's periods in the forecasts behind the weights."""
    rows = pooled.losses[pooled.losses["part"] == "periods"]
    means = rows.groupby("model")["value"].mean()
    return {f"crps_scaled.{model}": float(value) for model, value in means.items()}


def _kept_beside(beside: Mapping[str, bytes], request: PlanRequest) -> dict[str, bytes]:
    """What is kept with the plan: what it was made with, and its comparison.

    A comparison is named by the plan that it was held against.
    """
    compare = request.compare
    named = {
        since_name(stored_id(compare)) if name == SINCE and compare else name: content
        for name, content in beside.items()
    }
    return {**named, **plan_inputs(request)}


def _keep(plan: Plan, files: Mapping[str, bytes]) -> str:
    """Keep the plan in the store; its id is made from its content."""
    plan_id = plan_id_of(plan.year, files["plan.json"])
    stored = StoredPlan(plan_id, plan.year, plan.basis.to_dict(), clock.now().isoformat())
    save_plan(home_path(), stored, files)
    return plan_id
