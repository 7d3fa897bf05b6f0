"""The chain behind scenario run: one forecast, the base plan, and each scenario beside it."""

import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from experiments.tracking import Tracked
from features.asof import known_at
from features.legal_basis import basis_shares
from features.referrals import ReferralTable
from forecasting.agency import Agency
from forecasting.ensemble import PooledForecast
from forecasting.errors import UsageError
from forecasting.panel import SeriesKey
from forecasting.places import Register
from forecasting.streams import Streams
from planning.compare import Bought, Comparison, Result, Results, compare, recommended
from planning.evidence import Evidence, chains
from planning.regret import ONE_LESS, Robust, one_less, robust
from planning.scenario import Given, Scenario
from service import clock
from service.evidence import Referrals, read_stamped, referrals
from service.files import require_writable, write_folder
from service.home import home_path
from service.outcomes import run_json
from service.planner_text import MOST_REASON, checked_text
from service.requests import PlanRequest
from service.run_plan import Span, basis_of, evidence_of, plan_span
from service.scenario_files import scenario_files
from service.scenario_store import KeptScenarios, save_scenarios
from service.scenario_tables import check_scenario
from service.scenarios import BASE, chosen_scenarios, regrouped
from service.settings import Settings, prices_for
from service.talk import SILENT, Talk

# Told the id of a run just before it is kept.
Keeping = Callable[[str], None]


@dataclass(frozen=True)
class ScenarioOutcome:
    """Scenarios that were compared and written; `kept_as` is empty where no reason was given."""

    out: Path
    files: tuple[str, ...]
    robust: tuple[Robust, ...]
    kept_as: str = ""


@dataclass(frozen=True)
class _Known:
    """What was read, for the base plan and for scenarios with other need groups alike."""

    request: PlanRequest
    found: Referrals
    register: Register | None
    span: Span
    talk: Talk

    def given(self, agency: Agency) -> tuple[PooledForecast, Given]:
        """The forecast, and all that a plan is made from, for the agency's need groups."""
        request = replace(self.request, settings=replace(self.request.settings, agency=agency))
        pooled, evidence = evidence_of(
            request, self.found, self.register, span=self.span, talk=self.talk
        )
        return pooled, self._given(evidence, agency)

    def _given(self, evidence: Evidence, agency: Agency) -> Given:
        known = known_at(self.found.table, self.span.as_of)
        return Given(
            evidence,
            self.request.policy,
            prices_for(self.request.settings, self.span.year),
            agency,
            year=self.span.year,
            begins=self.span.begins,
            streams=Streams(self.request.seed),
            basis_shares=basis_shares(known, agency=agency, as_of=self.span.as_of),
        )

    def regrouped(self, into: Mapping[str, str]) -> "_Known":
        """The same rows and places under other need groups."""
        frame = self.found.table.frame
        table = ReferralTable(frame.assign(need_group=frame["need_group"].replace(dict(into))))
        register = self.register and Register(
            tuple(
                replace(row, need_groups=tuple(dict.fromkeys(into[g] for g in row.need_groups)))
                for row in self.register.place_sets
            )
        )
        return replace(self, found=replace(self.found, table=table), register=register)


def run_scenarios(
    request: PlanRequest,
    names: tuple[str, ...],
    *,
    reason: str = "",
    who: str = "",
    talk: Talk = SILENT,
    keeping: Keeping | None = None,
) -> ScenarioOutcome:
    """Make the base plan and every scenario on the same random numbers; write the comparison.

    With a reason it is kept in the store too, to be looked at side by side; `who` asked for it,
    and `keeping` is told what it will be kept as.
    """
    started = time.monotonic()
    why = checked_text(reason, what="reason", most=MOST_REASON) if reason else ""
    scenarios = chosen_scenarios(names, request.settings)
    if not scenarios:
        raise UsageError("no scenario was named.", fix="See plassplan scenario list.")
    require_writable(request.out)
    settings = request.settings
    found = referrals(request.extract, settings=settings, home=home_path(), today=clock.today())
    register, stamp = read_stamped(request.register, agency=settings.agency)
    known = _Known(request, found, register, plan_span(request, found), talk)
    talk.say(f"Forecasting referrals for {known.span.months} months")
    pooled, given = known.given(settings.agency)
    talk.say(f"Sizing the base plan for {known.span.year}")
    base = recommended(given, workers=request.workers, progress=talk.tick)
    given = replace(given, base=base)
    own = {each.code: each.applied(given) for each in scenarios if not each.need_groups}
    talk.say(f"Comparing it with {len(scenarios)} scenarios")
    compared = compare(
        {BASE: given, **own},
        held={ONE_LESS: one_less({key: Bought(places) for key, places in base.items()})},
        workers=request.workers,
        progress=talk.tick,
    )
    results = _with_other_groups(compared, scenarios, known)
    answers = tuple(
        answer
        for pair in chains(settings.agency)
        if (answer := robust(compared, [g.code for g in pair if g], base=BASE)) is not None
    )
    basis = basis_of(request, found, known.span, pooled=pooled, register=stamp)
    files = scenario_files(results, scenarios, answers, basis=basis, agency=settings.agency)
    run = run_json(started, Tracked(None))
    write_folder(request.out, {**files, "run.json": run})
    kept_as = ""
    if why:
        made = KeptScenarios.of(
            files, year=known.span.year, reason=why, made_at=clock.now(), who=who
        )
        kept_as = _kept(made, keeping)
    return ScenarioOutcome(request.out, (*files, "run.json"), answers, kept_as)


def steps_of(names: tuple[str, ...], settings: Settings) -> int:
    """How many steps a run of these scenarios talks of."""
    own = [each for each in chosen_scenarios(names, settings) if each.need_groups]
    # Those with changes are sized before them too.
    return 3 + sum(3 if each.changes else 2 for each in own)


def _kept(made: KeptScenarios, keeping: Keeping | None) -> str:
    if keeping is not None:
        keeping(made.run_id)
    save_scenarios(home_path(), made)
    return made.run_id


def _with_other_groups(
    compared: Comparison, scenarios: tuple[Scenario, ...], known: _Known
) -> Results:
    """All results in the order asked for; scenarios with other need groups are planned here."""
    found = dict(compared.results)
    for scenario in scenarios:
        if scenario.need_groups:
            found[scenario.code] = _regrouped_result(compared, scenario, known)
    return {name: found[name] for name in (BASE, *(each.code for each in scenarios))}


def _regrouped_result(
    compared: Comparison, scenario: Scenario, known: _Known
) -> Mapping[str, Mapping[SeriesKey, Result]]:
    """What the scenario recommends, and what the base plan's places give put together."""
    agency, into = regrouped(scenario, known.request.settings.agency)
    check_scenario(scenario, agency)
    talk, workers = known.talk, known.request.workers
    talk.say(f"Forecasting by the need groups of {scenario.code}")
    _, given = known.regrouped(into).given(agency)
    base: dict[SeriesKey, int] = {}
    if scenario.changes:
        # Only changes can ask for the places of a base plan, and they cost as much as a plan.
        talk.say(f"Sizing by the need groups of {scenario.code}, before its changes")
        base = recommended(given, workers=workers, progress=talk.tick)
    given = scenario.applied(replace(given, base=base))
    merged: dict[SeriesKey, Bought] = defaultdict(lambda: Bought(0))
    for key, bought in compared.chosen[BASE].items():
        target = SeriesKey(key.region, into[key.need_group])
        before = merged[target]
        merged[target] = Bought(before.firm + bought.firm, before.call_off + bought.call_off)
    talk.say(f"Comparing by the need groups of {scenario.code}")
    compared_alone = compare(
        {scenario.code: given}, held={BASE: merged}, workers=workers, progress=talk.tick
    )
    return compared_alone.results[scenario.code]
