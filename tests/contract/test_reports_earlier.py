"""The plan beside an earlier one: stored, told, drawn, and how the earlier one fared."""

import json
from dataclasses import replace
from importlib.resources import files

import jsonschema
import numpy as np
import pytest

from forecasting.panel import SeriesKey
from forecasting.samples import WHOLE_NATION
from planning.earlier import Reason
from planning.fared import fared
from planning.plan import Plan
from planning.region_plan import region_plan
from reports.capacity_plan import capacity_plan
from reports.document import Block, Figure, Table, Text
from reports.drawings import Waterfalls
from reports.files import plan_files
from reports.stored import plan_from_json, plan_to_json
from tests.made_reports import compared_with_earlier
from tests.plans import example_plan


def compared() -> Plan:
    return compared_with_earlier(example_plan())


def blocks(plan: Plan) -> tuple[Block, ...]:
    found = (s.blocks for s in capacity_plan(plan).sections if s.key == "earlier")
    return next(found, ())


def told(plan: Plan) -> str:
    texts = [p for b in blocks(plan) if isinstance(b, Text) for p in b.paragraphs]
    return " ".join(texts).replace("\u00a0", " ")


def test_it_is_stored_and_comes_back_whole_under_the_schema() -> None:
    content = plan_to_json(compared())
    schema = json.loads(files("reports").joinpath("schema/plan-1.schema.json").read_text())
    jsonschema.validate(json.loads(content), schema)
    again = plan_from_json(content)
    assert again.earlier == compared().earlier
    assert plan_to_json(again) == content


def test_an_old_stored_plan_and_one_compared_with_nothing_have_no_such_section() -> None:
    plain = json.loads(plan_to_json(example_plan()))
    assert plain.pop("earlier") is None
    assert blocks(plan_from_json(json.dumps(plain).encode())) == ()
    assert blocks(region_plan(compared(), "ost")) == (), "the comparison is of the nation"


def test_the_waterfall_goes_from_the_places_before_to_those_now() -> None:
    figure = next(b for b in blocks(compared()) if isinstance(b, Figure))
    assert isinstance(figure.drawing, Waterfalls)
    for panel, row in zip(figure.drawing.panels, figure.table.rows, strict=False):
        steps = [n for _, n in panel.steps]
        assert [row[1], *row[2:-1]] == steps
        assert sum(steps) == row[-1]
    *_, total = figure.table.rows
    assert total[1] + 7 * len(figure.drawing.panels) == total[-1]  # type: ignore[operator]


def test_the_sentences_follow_the_numbers() -> None:
    plan = compared()
    assert plan.earlier is not None
    before = sum(each.before for each in plan.earlier.since)
    assert f"Forrige plan (2024) hadde {before} forpliktede plasser" in told(plan)
    assert "Mest betyr at det ventes andre henvisninger: +50." in told(plan)
    assert "har det kommet 110 henvisninger, mot 100 ventet. 2 av 12 måneder" in told(plan)
    rest = tuple(
        replace(
            e, steps=((Reason.DEMAND, 1), (Reason.CHOICES, 0), (Reason.PRICES, 0), (Reason.REST, 6))
        )
        for e in plan.earlier.since
    )
    other = replace(plan, earlier=replace(plan.earlier, since=rest, fared=()))
    assert "Mest betyr opphold, barn i dag og annet: +30." in told(other)
    assert "har det kommet" not in told(other)
    assert not [b for b in blocks(other) if isinstance(b, Table)]


def test_the_same_plan_again_changed_nothing() -> None:
    plan = compared()
    assert plan.earlier is not None
    same = tuple(
        replace(e, now=e.before, steps=tuple((r, 0) for r in Reason)) for e in plan.earlier.since
    )
    plan = replace(plan, earlier=replace(plan.earlier, since=same))
    assert "av de samme grunnene" in told(plan)
    figure = next(b for b in blocks(plan) if isinstance(b, Figure))
    assert figure.headline.startswith("Ingen målgruppe")


def test_every_format_takes_it() -> None:
    made = plan_files(compared(), formats=("html", "pdf", "docx", "xlsx"))
    assert "Siden forrige plan" in made["plan.html"].decode()


# How the earlier plan fared. The example's history ends where its forecast begins, so the plan
# of two years before is the earlier one here.


def earlier_plan() -> Plan:
    return example_plan(year=2023, regions=2, groups=2)


def test_months_that_came_are_counted_against_the_bands() -> None:
    earlier, history = earlier_plan(), example_plan(regions=2, groups=2).history
    found = {each.need_group: each for each in fared(earlier, history)}
    assert set(found) == {"akutt", "behandling_hoy", WHOLE_NATION}
    year = history.periods.astype("datetime64[Y]") == np.datetime64("2023", "Y")
    for code, each in found.items():
        rows = [i for i, k in enumerate(history.series) if code in (k.need_group, WHOLE_NATION)]
        assert each.months == 12
        assert each.came == history.counts[rows][:, year].sum()
        bands = next(b for b in earlier.demand if b.key == SeriesKey(WHOLE_NATION, code))
        assert each.expected == pytest.approx(float(bands.mean.sum()))
    parts = (found["akutt"], found["behandling_hoy"])
    assert found[WHOLE_NATION].came == sum(each.came for each in parts)


@pytest.mark.parametrize(("scale", "where"), [(0.0, "below"), (10.0, "above")])
def test_months_outside_the_bands_are_told_apart(scale: float, where: str) -> None:
    earlier, history = earlier_plan(), example_plan(regions=2, groups=2).history
    found = fared(earlier, replace(history, counts=np.floor(history.counts * scale)))
    whole = next(each for each in found if each.need_group == WHOLE_NATION)
    assert getattr(whole, where) == 12
    assert whole.below + whole.above == 12


def test_a_month_that_one_series_lacks_is_left_out_of_its_sums() -> None:
    earlier, history = earlier_plan(), example_plan(regions=2, groups=2).history
    observed = history.observed.copy()
    month = int(np.flatnonzero(history.periods == np.datetime64("2023-03-01"))[0])
    observed[0, month] = False
    found = {each.need_group: each for each in fared(earlier, replace(history, observed=observed))}
    assert (found["akutt"].months, found["behandling_hoy"].months) == (11, 12)
    assert found[WHOLE_NATION].months == 11


def test_a_plan_whose_months_have_not_come_has_not_fared() -> None:
    plan = example_plan(regions=2, groups=2)
    assert fared(plan, plan.history) == ()
    assert fared(earlier_plan(), example_plan(year=2023, regions=2, groups=2).history) == ()
