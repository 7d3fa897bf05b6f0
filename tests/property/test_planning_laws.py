"""Laws of a plan: what must hold whatever the agency, the forecast and the prices."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting.errors import ComputationError, InputError, UsageError
from forecasting.panel import Quantity, SeriesKey
from forecasting.places import Form, Price, Register
from forecasting.samples import WHOLE_NATION
from forecasting.streams import Streams
from planning.build import make_plan
from planning.evidence import Evidence
from planning.mix import cheapest_mix, most_places
from planning.plan import Plan
from planning.policy import Discipline, Limits, Policy
from planning.window import Window
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


@pytest.mark.parametrize("coupled", [True, False])
def test_the_chosen_number_is_the_fewest_that_reaches_the_level(coupled: bool) -> None:
    plan = plan_of(evidence_of(coupled=coupled), coupled=coupled)
    for curve in plan.curves:
        assert curve.offered_share[curve.chosen] >= 0.97
        assert curve.offered_share[-1] >= 0.999
        fed = coupled and curve.key.need_group == "lang"
        assert fed or curve.offered_share[curve.chosen - 1] < 0.97
        risk = plan.risk(curve.key)
        assert risk.offered_share == pytest.approx(curve.offered_share[curve.chosen])
        assert risk.not_offered_mean == pytest.approx(curve.not_offered_mean[curve.chosen])


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
    assert [finding.code for finding in plan.findings] == ["no_price_of_form"]
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
    found = cheapest_mix(np.array(use, dtype=float), prices, most=most, days=365)

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
    existing = dict.fromkeys(Form, 8)
    assert most_places(existing, limits) == {Form.GUARANTEED: 10, Form.CALL_OFF: 10}
    assert most_places(None, limits) == {Form.GUARANTEED: 2, Form.CALL_OFF: 2}


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
