"""Laws of a plan: what must hold whatever the agency, the forecast and the prices."""

from dataclasses import replace
from datetime import date
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting.errors import ComputationError, InputError, UsageError
from forecasting.panel import Quantity, SeriesKey
from forecasting.places import Form, PlaceSet, Price, Register
from forecasting.samples import WHOLE_NATION
from forecasting.streams import Streams
from planning.build import make_plan, market_of
from planning.evidence import Evidence, build_chain, chains
from planning.flow import years_meeting
from planning.goal import Binds, Goal, assured_share
from planning.limits import FormLimit, Limits, Range
from planning.mix import cheapest_mix, held_places
from planning.money import year_cost
from planning.needed import Asked
from planning.plan import Plan
from planning.policy import Discipline, Policy
from planning.sizing import size_chain
from planning.sweep import SHOWN
from planning.used import NEAR
from planning.walks import Walks
from planning.window import Window
from reports.facts import places_at
from tests.flows import (
    YEAR,
    made_up_agency,
    made_up_basis,
    made_up_choices,
    made_up_evidence,
    made_up_prices,
    made_up_register,
)

RATES = {"haster": 6.0, "lang": 1.0}
MEANS = {"haster": 20.0, "lang": 60.0}
LAWS = settings(max_examples=12, deadline=None)


def plan_of(
    evidence: Evidence,
    *,
    regions: int = 2,
    coupled: bool = True,
    workers: int = 1,
    within_days: int = 0,
    prices: bool = True,
    **policy: object,
) -> Plan:
    agency = made_up_agency(regions=regions, coupled=coupled, within_days=within_days)
    choices = made_up_choices(**policy)
    return make_plan(
        evidence,
        choices if prices else replace(choices, prices=None),
        agency=agency,
        basis=made_up_basis(),
        streams=Streams(3),
        workers=workers,
    )


def evidence_of(*, regions: int = 2, coupled: bool = True, **more: object) -> Evidence:
    agency = made_up_agency(regions=regions, coupled=coupled)
    values: dict[str, object] = {"rates": RATES, "means": MEANS, "draws": 60, **more}
    return made_up_evidence(agency, **values)  # type: ignore[arg-type]


def places(plan: Plan) -> list[int]:
    return [curve.chosen for curve in plan.curves]


@given(st.sampled_from(list(Discipline)), st.floats(0.3, 0.98), st.floats(0.3, 0.98))
@LAWS
def test_a_higher_level_never_gives_fewer_places(
    discipline: Discipline, one: float, two: float
) -> None:
    evidence = evidence_of(regions=1, coupled=False)
    low, high = (
        plan_of(evidence, regions=1, coupled=False, level=level, discipline=discipline)
        for level in sorted((one, two))
    )
    assert all(a <= b for a, b in zip(places(low), places(high), strict=True))


def test_without_referrals_and_residents_there_are_no_places_and_no_cost() -> None:
    plan = plan_of(evidence_of(rates={"haster": 0.0, "lang": 0.0}))
    assert places(plan) == [0, 0, 0, 0]
    assert {line.places for line in plan.lines} == {0}
    assert plan.total_cost is not None
    assert plan.total_cost.mean == plan.total_cost.high == 0
    assert {risk.offered_share for risk in plan.risks} == {1.0}


def test_a_fed_group_is_planned_where_no_child_comes_to_the_group_that_feeds_it() -> None:
    coupled = plan_of(evidence_of(rates={"haster": 0.0, "lang": 2.0}))
    alone = plan_of(evidence_of(rates={"haster": 0.0, "lang": 2.0}, coupled=False), coupled=False)
    assert places(coupled) == places(alone)
    assert min(places(coupled)[1::2]) > 0


def test_a_level_of_zero_needs_no_places() -> None:
    assert places(plan_of(evidence_of(), level=0.0)) == [0, 0, 0, 0]


@pytest.mark.parametrize("binds", list(Binds))
@pytest.mark.parametrize("coupled", [True, False])
def test_the_chosen_number_is_the_fewest_that_reaches_the_goal(coupled: bool, binds: Binds) -> None:
    plan = plan_of(evidence_of(coupled=coupled), coupled=coupled, binds=binds)
    for curve in plan.curves:
        share = curve.share(binds)
        assert share[curve.chosen] >= 0.97
        assert curve.offered_share[-1] >= 0.999
        fed = coupled and curve.key.need_group == "lang"
        assert fed or share[curve.chosen - 1] < 0.97
        assert curve.by_level is not None
        assert fed or curve.offered_share[curve.by_level - 1] < 0.97
        assert curve.offered_share[curve.by_level] >= 0.97
        risk = plan.risk(curve.key)
        assert risk.offered_share == pytest.approx(curve.offered_share[curve.chosen])
        assert risk.not_offered_mean == pytest.approx(curve.not_offered_mean[curve.chosen])


def test_the_share_of_years_asked_for_reach_the_level_themselves() -> None:
    plan = plan_of(evidence_of(coupled=False), coupled=False, assurance=0.9)
    assert all(plan.risk(key).years_meeting >= 0.9 for key in plan.series())
    loose = plan_of(evidence_of(coupled=False), coupled=False, binds=Binds.LEVEL)
    assert any(loose.risk(key).years_meeting < 0.9 for key in loose.series())


def test_both_need_as_many_places_as_the_stricter_of_the_two() -> None:
    both, level, assurance = (
        places(plan_of(evidence_of(coupled=False), coupled=False, binds=binds)) for binds in Binds
    )
    assert both == [max(pair) for pair in zip(level, assurance, strict=True)]


@given(st.integers(0, 40), st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=1))
@settings(deadline=None)
def test_a_level_is_met_by_the_assured_share_of_years_and_no_higher_one(
    tenths: int, years: list[tuple[int, int]]
) -> None:
    assurance = tenths / 40
    to_meet = np.array([max(pair) for pair in years])
    missed = np.array([min(pair) for pair in years])
    share = assured_share(to_meet, missed, assurance=assurance)
    assert years_meeting(to_meet, missed, level=share) >= assurance
    own = 1 - missed / np.maximum(to_meet, 1)
    for higher in own[own > share + 1e-9]:
        assert years_meeting(to_meet, missed, level=higher) < assurance


def test_what_a_plan_gives_is_told_on_paths_that_it_was_not_chosen_on() -> None:
    agency = made_up_agency(regions=1, coupled=False)
    drawn = made_up_evidence(agency, rates=RATES, means=MEANS, draws=800)
    samples, fresh = drawn.samples.halves()
    evidence = replace(drawn, samples=samples, fresh=fresh)
    plan = plan_of(evidence, regions=1, coupled=False)
    assert places(plan) == places(plan_of(replace(evidence, fresh=None), regions=1, coupled=False))
    for curve in plan.curves:
        risk, chosen = plan.risk(curve.key), float(curve.offered_share[curve.chosen])
        assert risk.offered_share != chosen
        assert abs(risk.offered_share - chosen) <= 4 * 2**0.5 * risk.standard_error
        assert risk.offered_share >= 0.97 - 2 * risk.standard_error


def test_regions_add_up_to_the_nation() -> None:
    evidence = evidence_of()
    plan = plan_of(evidence)
    nation = plan.risk(SeriesKey(WHOLE_NATION, WHOLE_NATION))
    parts = [plan.risk(key) for key in plan.series()]
    assert nation.to_meet == pytest.approx(sum(part.to_meet for part in parts))
    assert nation.not_offered_mean == pytest.approx(sum(part.not_offered_mean for part in parts))
    total = evidence.samples.total()
    assert (total.counts[0] == evidence.samples.counts.sum(axis=0)).all()
    bands = {band.key: band for band in plan.demand}
    everything = bands[SeriesKey(WHOLE_NATION, WHOLE_NATION)]
    added = sum(bands[key].mean for key in plan.series())
    assert everything.mean == pytest.approx(added)


def test_more_load_never_needs_fewer_places() -> None:
    small = plan_of(evidence_of(coupled=False), coupled=False)
    doubled = {group: 2 * rate for group, rate in RATES.items()}
    large = plan_of(evidence_of(coupled=False, rates=doubled), coupled=False)
    assert all(a <= b for a, b in zip(places(small), places(large), strict=True))


def test_waiting_for_the_fed_group_takes_places_in_the_first() -> None:
    agency = made_up_agency(regions=1)
    evidence = made_up_evidence(agency, rates=RATES, means=MEANS, draws=150, onward_share=0.3)
    curve = plan_of(evidence, regions=1).curves[0]
    agency = made_up_agency(regions=1, coupled=False)
    alone = made_up_evidence(agency, rates=RATES, means=MEANS, draws=150, onward_share=0.0)
    unblocked = plan_of(alone, regions=1, coupled=False).curves[0]
    shown = min(len(curve.offered_share), len(unblocked.offered_share))
    assert (curve.offered_share[:shown] <= unblocked.offered_share[:shown] + 0.02).all()


def test_workers_change_nothing_and_neither_do_other_regions() -> None:
    evidence = evidence_of()
    one, two = plan_of(evidence), plan_of(evidence, workers=2)
    assert one.lines == two.lines
    assert [risk for risk in one.risks if risk.key.region != WHOLE_NATION][:4] == [
        risk for risk in two.risks if risk.key.region != WHOLE_NATION
    ][:4]
    alone = replace(
        evidence, samples=evidence.samples.total(lambda key: key)
    )  # the same draws; region r1 is left out of the agency below
    only = plan_of(alone, regions=1)
    assert only.lines == one.lines[: len(only.lines)]


def test_used_days_and_prices_make_up_the_cost() -> None:
    plan = plan_of(evidence_of(register=made_up_register(made_up_agency())))
    prices = made_up_prices()
    for line in plan.lines:
        assert line.cost_nok is not None
        price = prices.of(line.form)
        paid = line.places * 365 * (price.ready + price.used * line.used_share)
        assert line.cost_nok.mean == pytest.approx(paid)
        assert line.cost_nok.low <= line.cost_nok.mean + 1e-6
    assert plan.total_cost is not None
    assert plan.costs[SeriesKey(WHOLE_NATION, WHOLE_NATION)] == plan.total_cost
    for sums in ([SeriesKey(f"r{i}", WHOLE_NATION) for i in range(2)], plan.series()):
        assert sum(plan.costs[key].mean for key in sums) == pytest.approx(plan.total_cost.mean)
    parts = [line.cost_nok.mean for line in plan.lines if line.cost_nok]
    assert plan.total_cost.mean == pytest.approx(sum(parts))


def test_committed_forms_hold_at_least_the_chosen_places() -> None:
    plan = plan_of(evidence_of(register=made_up_register(made_up_agency())))
    for curve in plan.curves:
        held = {form: plan.line(curve.key, form).places for form in Form if form.committed}
        committed = sum(held.values()) - 0.2 * held[Form.CALL_OFF]
        assert curve.chosen <= committed < curve.chosen + 1
        for form in (Form.GUARANTEED, Form.CALL_OFF):
            assert held[form] <= 10  # 8 places that exist, and a quarter more


def test_prices_times_ten_cost_ten_times_and_change_no_place() -> None:
    agency, evidence = made_up_agency(), evidence_of()
    choices = made_up_choices()
    assert choices.prices is not None
    dearer = {
        form: Price(10 * price.ready, 10 * price.used, price.availability)
        for form, price in choices.prices.by_form.items()
    }
    one, ten = (
        make_plan(
            evidence,
            replace(choices, prices=prices),
            agency=agency,
            basis=made_up_basis(),
            streams=Streams(3),
        )
        for prices in (choices.prices, replace(choices.prices, by_form=dearer))
    )
    assert [line.places for line in one.lines] == [line.places for line in ten.lines]
    assert one.total_cost is not None
    assert ten.total_cost is not None
    assert ten.total_cost.mean == pytest.approx(10 * one.total_cost.mean)


def test_without_register_and_prices_there_are_places_and_findings() -> None:
    plan = plan_of(evidence_of(), prices=False)
    assert plan.total_cost is None
    assert all(curve.cost_nok is None and curve.existing is None for curve in plan.curves)
    assert all(line.cost_nok is None and line.change is None for line in plan.lines)
    assert {finding.code for finding in plan.findings} == {"no_register", "no_prices"}
    assert min(places(plan)) > 0


@pytest.mark.parametrize("left_out", [Form.STANDBY, Form.GUARANTEED, Form.CALL_OFF])
def test_a_form_without_a_price_is_not_used_and_that_is_said(left_out: Form) -> None:
    choices, evidence = made_up_choices(), evidence_of(register=made_up_register(made_up_agency()))
    assert choices.prices is not None
    rest = {form: price for form, price in choices.prices.by_form.items() if form is not left_out}
    plan = make_plan(
        evidence,
        replace(choices, prices=replace(choices.prices, by_form=rest)),
        agency=made_up_agency(),
        basis=made_up_basis(),
        streams=Streams(3),
    )
    assert {line.places for line in plan.lines if line.form is left_out} == {0}
    codes = [finding.code for finding in plan.findings if finding.code != "limit_binds"]
    assert codes == ["no_price_of_form"]
    assert plan.total_cost is not None
    assert plan.total_cost.mean > 0


@pytest.mark.parametrize("left_out", [Form.BASE, Form.SPOT])
def test_prices_without_base_or_spot_are_refused(left_out: Form) -> None:
    choices = made_up_choices()
    assert choices.prices is not None
    rest = {form: price for form, price in choices.prices.by_form.items() if form is not left_out}
    with pytest.raises(InputError, match=left_out.value):
        make_plan(
            evidence_of(),
            replace(choices, prices=replace(choices.prices, by_form=rest)),
            agency=made_up_agency(),
            basis=made_up_basis(),
            streams=Streams(3),
        )


def test_a_forecast_of_occupancy_is_refused() -> None:
    evidence = evidence_of()
    occupied = replace(evidence.samples, quantity=Quantity.OCCUPANCY)
    with pytest.raises(InputError, match="occupancy"):
        replace(evidence, samples=occupied)


def test_a_year_that_had_begun_is_refused() -> None:
    with pytest.raises(UsageError, match=str(YEAR - 1)):
        evidence_of().grid(Window.of_year(YEAR - 1))


@pytest.mark.parametrize(("name", "value"), [("level", 1.0), ("level", -0.1), ("assurance", 1.2)])
def test_a_share_out_of_range_is_refused(name: str, value: float) -> None:
    with pytest.raises(UsageError, match=f"{name} is"):
        Policy(**{name: value})


prices_of_forms = st.fixed_dictionaries(
    {
        form: st.builds(
            Price,
            st.integers(0, 20).map(float),
            st.integers(0, 20).map(float),
            st.just(1.0) if form is not Form.CALL_OFF else st.sampled_from([0.5, 0.8, 1.0]),
        )
        for form in Form
        if form.committed
    }
)


@given(
    st.lists(st.integers(0, 365), max_size=5).map(lambda use: sorted(use, reverse=True)),
    prices_of_forms,
    st.integers(0, 4),
    st.integers(0, 4),
)
@settings(max_examples=200, deadline=None)
def test_the_mix_is_the_cheapest_of_all(
    use: list[int], prices: dict[Form, Price], guaranteed: int, call_off: int
) -> None:
    most = {Form.GUARANTEED: guaranteed, Form.CALL_OFF: call_off}
    ranges = {form: Range(most=places) for form, places in most.items()}
    found = cheapest_mix(
        np.array(use, dtype=float), prices, wanted=len(use), ranges=ranges, days=365
    )
    assert found is not None

    def cost(split: tuple[Form, ...]) -> float:
        total = 0.0
        for form, price in prices.items():
            held = [u for u, f in zip(use, split, strict=True) if f is form]
            contracts = -(-len(held) // price.availability) if held else 0
            if contracts > most.get(form, len(use)):
                return np.inf
            total += contracts * 365 * price.ready + price.used * sum(held)
        return total

    best = min(cost(split) for split in product(prices, repeat=len(use)))
    assert found.cost_nok == pytest.approx(best)
    assert cost(found.form) == pytest.approx(best)


def test_existing_places_are_whole_though_the_computer_rounds() -> None:
    agency = made_up_agency(regions=1, coupled=False)
    register = made_up_register(agency, places=100)
    calls = tuple(row for row in register.place_sets if row.form is Form.CALL_OFF)
    choices = made_up_choices()
    assert choices.prices is not None
    by_form = {**choices.prices.by_form, Form.CALL_OFF: Price(0, 1300, availability=0.29)}
    plan = make_plan(
        evidence_of(
            regions=1,
            coupled=False,
            register=Register(calls),
            rates={"haster": 60.0, "lang": 25.0},
        ),
        replace(choices, prices=replace(choices.prices, by_form=by_form)),
        agency=agency,
        basis=made_up_basis(),
        streams=Streams(3),
    )
    for curve in plan.curves:
        assert curve.existing == pytest.approx(29)
        assert plan.existing_offered[curve.key] == curve.offered_share[29]


def test_framework_places_grow_from_those_that_exist() -> None:
    limits = Limits(framework_growth=0.25, framework_new_places=2)
    for form in (Form.GUARANTEED, Form.CALL_OFF):
        ends = [limits.range(form, n, bound=0, lead_days=90).most for n in (8, 0, None)]
        assert ends == [10, 2, 2]
    assert limits.range(Form.BASE, 8, bound=0, lead_days=90) == Range(0, None, 8)


def test_a_series_without_a_forecast_is_named() -> None:
    samples = evidence_of().samples
    with pytest.raises(ComputationError, match="r9/haster"):
        samples.of(SeriesKey("r9", "haster"))


def test_progress_counts_every_chain_of_groups() -> None:
    told: list[tuple[int, int]] = []
    make_plan(
        evidence_of(),
        made_up_choices(),
        agency=made_up_agency(),
        basis=made_up_basis(),
        streams=Streams(3),
        progress=lambda done, total: told.append((done, total)),
    )
    assert told == [(1, 2), (2, 2)]


ranges = st.builds(
    lambda least, width, house: Range(least, least + width, least, house),
    st.integers(0, 2),
    st.integers(0, 3),
    st.integers(1, 2),
)


@given(
    st.lists(st.integers(0, 365), min_size=8, max_size=8).map(lambda u: sorted(u, reverse=True)),
    st.dictionaries(st.sampled_from([f for f in Form if f.committed]), ranges, min_size=4),
    prices_of_forms,
    st.integers(0, 4),
)
@settings(max_examples=100, deadline=None)
def test_within_limits_and_whole_houses_no_other_numbers_cost_less(
    use: list[int], within: dict[Form, Range], prices: dict[Form, Price], wanted: int
) -> None:
    found = cheapest_mix(np.array(use, dtype=float), prices, wanted=wanted, ranges=within, days=365)

    def cost(numbers: tuple[int, ...]) -> float:
        held = {
            form: held_places(n, prices[form].availability)
            for form, n in zip(within, numbers, strict=True)
        }
        if not wanted <= sum(held.values()) <= len(use):
            return np.inf
        at, total = 0, 0.0
        for form in sorted(held, key=lambda f: (prices[f].used, f.value)):
            total += prices[form].used * sum(use[at : at + held[form]])
            at += held[form]
        ready = zip(within, numbers, strict=True)
        return total + sum(365 * prices[form].ready * n for form, n in ready)

    choices = [range(r.least, (r.most or 0) + 1, r.house) for r in within.values()]
    best = min((cost(numbers) for numbers in product(*choices)), default=np.inf)
    if found is None:
        assert best == np.inf
    else:
        assert found.cost_nok == pytest.approx(best)
        assert all(found.contracts[form] in within[form].numbers(99) for form in within)
        assert found.places >= wanted


def test_base_falls_no_faster_than_the_limit_and_agreements_that_run_are_kept() -> None:
    agency = made_up_agency(regions=1, coupled=False)
    register = made_up_register(agency, places=30)
    runs = tuple(
        replace(row, agreement_end=date(YEAR + 1, 1, 1)) if row.form is Form.GUARANTEED else row
        for row in register.place_sets
    )
    evidence = evidence_of(regions=1, coupled=False, register=Register(runs))
    limits = Limits(by_form={Form.BASE: FormLimit(fewer=0.1)})
    free, held = (
        plan_of(evidence, regions=1, coupled=False, **policy) for policy in ({}, {"limits": limits})
    )
    for key in held.series():
        assert held.line(key, Form.BASE).places >= 27
        assert held.line(key, Form.GUARANTEED).places >= 30
        assert free.line(key, Form.GUARANTEED).places >= 30
    assert any(free.line(key, Form.BASE).places < 27 for key in free.series())
    assert free.total_cost is not None
    assert held.total_cost is not None
    assert free.total_cost.mean <= held.total_cost.mean
    for curve in held.curves:
        assert curve.needed is not None
        assert curve.chosen >= curve.needed


def test_a_level_out_of_reach_is_said_with_the_nearest_that_is_not() -> None:
    agency = made_up_agency(regions=1, coupled=False)
    none = dict.fromkeys((f for f in Form if f.committed), FormLimit(more=0.0))
    plan = plan_of(
        evidence_of(regions=1, coupled=False, register=made_up_register(agency, places=2)),
        regions=1,
        coupled=False,
        limits=Limits(by_form=none),
    )
    said = [finding for finding in plan.findings if finding.code == "level_out_of_reach"]
    short = [curve for curve in plan.curves if curve.chosen < (curve.needed or 0)]
    assert len(said) == len(short) > 0
    for finding, curve in zip(said, short, strict=True):
        assert (finding.values["needed"], finding.values["most"]) == (curve.needed, curve.chosen)
        nearest = curve.share(plan.policy.binds)[curve.chosen]
        assert finding.values["nearest"] == pytest.approx(nearest)
        assert nearest < 0.97


def test_a_form_cannot_grow_before_its_lead_time() -> None:
    limits = Limits(by_form={Form.BASE: FormLimit(lead_days=365)})
    assert limits.range(Form.BASE, 8, bound=0, lead_days=364).most == 8
    assert limits.range(Form.BASE, 8, bound=0, lead_days=365).most is None


def test_what_treatment_places_are_worth_is_told_around_the_recommendation() -> None:
    agency = made_up_agency(regions=1)
    evidence = made_up_evidence(agency, rates=RATES, means=MEANS, draws=150, onward_share=0.3)
    plan = plan_of(evidence, regions=1)
    first, fed = plan.curves
    rows = [row for row in plan.exchanges if row.key == first.key]
    assert {row.fed_places for row in rows} >= set(range(fed.chosen - 2, fed.chosen + 3))
    needed = [row.places for row in rows if row.places is not None]
    assert needed == sorted(needed, reverse=True)
    for row in rows:
        # The ceiling is flow balance: what is passed, of what is asked.
        assert row.ceiling == pytest.approx(min(1, row.passed / row.asked))
        assert (row.places is None) == (row.ceiling < plan.policy.level)
        assert (row.cost_nok is None) == (row.places is None)


def test_the_first_group_is_sized_with_the_places_that_the_fed_one_will_have() -> None:
    agency = made_up_agency(regions=1)
    known = made_up_evidence(agency, rates=RATES, means=MEANS, draws=150, onward_share=0.3)
    kept = PlaceSet("p", "r0", ("lang",), Form.BASE, "state", 60, 15, date(YEAR - 5, 1, 1))
    held = replace(known, register=Register((kept,)))
    limits = Limits(by_form={Form.BASE: FormLimit(fewer=0.1)})
    plan = plan_of(held, regions=1, limits=limits)
    first, fed = plan.curves
    assert fed.chosen >= 54
    roomy = replace(known, register=None)
    alone = plan_of(roomy, regions=1, coupled=True)
    assert first.needed is not None
    assert first.needed <= alone.curves[0].chosen
    # The curve holds the other at its recommendation: the plan's own run says the same.
    risk = plan.risk(first.key)
    assert risk.not_offered_mean == pytest.approx(first.not_offered_mean[first.chosen])


def test_with_limits_too_a_higher_level_never_has_fewer_places_nor_costs_less() -> None:
    agency = made_up_agency(regions=1, coupled=False)
    evidence = evidence_of(regions=1, coupled=False, register=made_up_register(agency, places=40))
    limits = Limits(by_form={Form.BASE: FormLimit(fewer=0.1, house=4)})
    plan = plan_of(evidence, regions=1, coupled=False, limits=limits)
    for curve in plan.curves:
        found = [places_at(curve, level, own=0.97) for level in (0.8, 0.95, 0.97, 0.98, 0.99)]
        assert found == sorted(n for n in found if n is not None)
    points = plan.frontier
    assert [p.places for p in points] == sorted(p.places for p in points)
    assert all(a.cost_nok <= b.cost_nok + 1e-6 for a, b in pairwise(points))
    assert min(p.places for p in points) >= 2 * 36


@pytest.mark.parametrize("house", [1, 3])
@pytest.mark.parametrize("coupled", [False, True])
def test_no_number_of_places_that_reaches_the_goal_costs_less(coupled: bool, house: int) -> None:
    """The recommendation is looked for among all by walking them, single purchases paid."""
    agency = made_up_agency(regions=1, coupled=coupled)
    register = made_up_register(agency, places=6)
    limits = Limits(by_form={Form.BASE: FormLimit(fewer=0.5, house=house)})
    known = evidence_of(regions=1, coupled=coupled, register=register)
    choices = made_up_choices(limits=limits, spot_found=0.9)
    assert choices.prices is not None
    dear = {**choices.prices.by_form, Form.SPOT: Price(0, 9000)}
    choices = replace(choices, prices=replace(choices.prices, by_form=dear))
    market = market_of(known, choices)
    plan = make_plan(
        known, choices, agency=agency, basis=made_up_basis(), streams=Streams(3), workers=1
    )
    more = []
    for curve in plan.curves:
        assert curve.needed is not None
        costs = [curve.cost_of(c) for c in range(curve.needed, len(curve.offered_share))]
        assert min(cost for cost in costs if cost is not None) == curve.cost_of(curve.chosen)
        more.append(curve.chosen - curve.needed)
    assert max(more) > 0, "a place more spares dear single purchases"
    # What the curve says of a number is what its own walk costs.
    (pair,) = chains(agency)[:1]
    chain = build_chain(
        known, pair, region="r0", window=market.window, policy=choices.policy, streams=Streams(3)
    )
    first, *fed = (plan.curve(key) for key in (chain.key, chain.fed_key) if key)
    for places in range(first.chosen, first.chosen + 5):
        outcome = chain.run(places, *(curve.chosen for curve in fed))[0]
        mix, said = market.mix(outcome.use.mean(axis=0), chain.key), first.cost_of(places)
        assert (mix is None) == (said is None)
        if mix is not None:
            paid = year_cost(mix, outcome, market).mean()
            assert said == pytest.approx(paid)


@given(
    st.sampled_from(list(Discipline)),
    st.sampled_from([0.0, 1.0, 4.0]),
    st.integers(2, 8),
    st.integers(0, 9),
)
@LAWS
def test_places_that_there_are_and_are_paid_are_the_places_of_the_plan(
    discipline: Discipline, rate: float, house: int, existing: int
) -> None:
    """Whole houses that must be kept are places too, though fewer are needed."""
    agency = made_up_agency(regions=1, coupled=False)
    rows = made_up_register(agency, places=existing).place_sets
    base = Register(tuple(row for row in rows if row.form is Form.BASE))
    limits = Limits(by_form={Form.BASE: FormLimit(fewer=0.5, house=house)})
    known = evidence_of(
        regions=1, coupled=False, rates={"haster": rate, "lang": 0.0}, register=base
    )
    plan = plan_of(known, regions=1, coupled=False, limits=limits, discipline=discipline)
    for curve in plan.curves:
        forms = (Form.BASE, Form.STANDBY, Form.GUARANTEED)
        assert plan.line(curve.key, Form.CALL_OFF).places == 0
        assert curve.chosen == sum(plan.line(curve.key, form).places for form in forms)


def test_a_higher_level_never_costs_less_though_places_spare_single_purchases() -> None:
    known = evidence_of(regions=1, coupled=False, rates={"haster": 20.0, "lang": 6.0})
    plan = plan_of(known, regions=1, coupled=False, spot_found=1.0)
    for curve in plan.curves:
        numbers = range(1, len(curve.offered_share))
        there = [curve.there(needed) for needed in numbers]
        paid = [curve.cost_where(needed) for needed in numbers]
        assert all(at >= needed for needed, at in zip(numbers, there, strict=True))
        assert there == sorted(there)
        assert all(a <= b + 1e-6 for a, b in pairwise(cost for cost in paid if cost is not None))
        assert None not in paid


@pytest.mark.parametrize("coupled", [False, True])
def test_the_curve_tells_what_a_walk_of_each_number_of_places_gives(coupled: bool) -> None:
    """Children at every number near the needed one, the use of places at those nearest to it."""
    agency = made_up_agency(regions=1, coupled=coupled, within_days=10)
    rates, means = {"haster": 9.0, "lang": 4.0}, {"haster": 30.0, "lang": 60.0}
    known = made_up_evidence(agency, rates=rates, means=means, draws=150)
    choices = made_up_choices(level=0.95)
    pair = chains(agency)[0]
    chain = build_chain(
        known,
        pair,
        region="r0",
        window=choices.window,
        policy=choices.policy,
        streams=Streams(3),
    )
    asked = [Asked(Goal(0.95)), Asked(Goal(0.95))]
    first, *fed = size_chain(Walks(chain), asked=asked)
    others = [part.chosen for part in fed]
    for places in range(max(0, first.needed - SHOWN), first.needed + SHOWN + 1):
        walked, told = chain.run(places, *others)[0], first.steps[places]
        missed = walked.missed_a_year
        assert told.offered_share == pytest.approx(walked.offered_share, abs=1e-12)
        assert told.missed_mean == pytest.approx(missed.mean(), abs=1e-9)
        assert told.missed_high == np.quantile(missed, 0.9, method="inverted_cdf")
        use, spot = walked.use.mean(axis=0), walked.elsewhere_days.mean()
        exact = abs(places - first.needed) <= NEAR
        assert told.use_days == pytest.approx(use, rel=1e-12 if exact else 0.2, abs=1e-9)
        assert told.use_days.sum() == pytest.approx(use.sum(), rel=1e-12 if exact else 0.02)
        assert told.elsewhere_days == pytest.approx(spot, rel=1e-9 if exact else 0.2, abs=0.5)
