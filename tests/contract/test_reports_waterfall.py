"""Why this number, in files and reports: it adds up everywhere, and old plans do without."""

import csv
import io
import json
from collections import defaultdict
from fractions import Fraction

import pytest

from forecasting.samples import WHOLE_NATION
from planning.plan import Source
from reports.capacity_plan import capacity_plan
from reports.document import Depth, Figure
from reports.drawings import Frontier, Waterfalls
from reports.facts import groups_of
from reports.files import plan_files
from reports.sentences import Speaker
from reports.stored import plan_from_json, plan_to_json
from reports.why import (
    added_steps,
    why_headline,
    why_sentence,
    why_sum_headline,
    why_sum_sentence,
)
from reports.words import words_of
from tests.plans import example_plan

NB = words_of("nb")


def test_the_steps_of_the_csv_add_up_to_the_chosen_places_of_the_curve() -> None:
    found = plan_files(example_plan(), formats=["csv"])
    tables = {
        name: list(csv.DictReader(io.StringIO(found[name].decode())))
        for name in ("waterfall.csv", "curve.csv")
    }
    sums: defaultdict[tuple[str, str], Fraction] = defaultdict(Fraction)
    for row in tables["waterfall.csv"]:
        sums[row["region"], row["need_group"]] += Fraction(row["places"])
    chosen = {
        (row["region"], row["need_group"]): int(row["committed"])
        for row in tables["curve.csv"]
        if row["chosen"] == "true"
    }
    assert sums == chosen
    # Sums over regions stay out, so that nobody adds them twice.
    assert all(region != WHOLE_NATION for region, _ in sums)


def test_the_table_and_the_drawing_show_the_same_and_add_up() -> None:
    plan = example_plan()
    (section,) = (s for s in capacity_plan(plan).sections if s.key == "why")
    figure = section.blocks[0]
    assert isinstance(figure, Figure)
    assert isinstance(figure.drawing, Waterfalls)
    for panel, row in zip(figure.drawing.panels, figure.table.rows, strict=True):
        name, *steps, places = row
        assert panel.title == name
        # What moves no number anywhere stands in the table alone.
        assert [n for _, n in panel.steps if n] == [n for n in steps if n]
        assert sum(Fraction(str(step)) for step in steps) == places
    drawn = {name for panel in figure.drawing.panels for name, n in panel.steps if n}
    assert all({name for name, _ in panel.steps} == drawn for panel in figure.drawing.panels)
    assert len(figure.table.columns) == len(Source) + 2


def test_the_sentences_hold_the_numbers_of_the_plan() -> None:
    plan = example_plan()
    speaker = Speaker(plan, NB)
    widest = max(groups_of(plan), key=lambda part: part.committed / part.steps[0][1])
    load = widest.steps[0][1]
    share = NB.numbers.percent(1 - load / widest.committed)
    assert speaker.name(widest) in why_headline(speaker)
    assert share in why_headline(speaker)
    told = why_sentence(speaker)
    for _, places in widest.steps[1:]:
        assert places == 0 or NB.numbers.change(places) in told
    assert NB.numbers.count(load) in told


def test_the_sum_of_all_need_groups_adds_up_step_by_step() -> None:
    plan = example_plan()
    speaker, steps = Speaker(plan, NB), dict(added_steps(plan))
    for source, places in steps.items():
        assert places == pytest.approx(sum(dict(p.steps)[source] for p in groups_of(plan)))
    committed = sum(part.committed for part in groups_of(plan))
    assert sum(steps.values()) == pytest.approx(committed)
    load = steps.pop(Source.LOAD)
    said = why_sum_headline(speaker)
    assert said.startswith(f"{NB.numbers.count(committed - load)} av {NB.numbers.count(committed)}")
    source = max(steps, key=lambda each: steps[each])
    told = why_sum_sentence(speaker)
    assert NB.numbers.change(steps[source]) in told
    assert NB.table["waterfall_for"][source.value] in told


def test_the_short_report_draws_the_sum_and_the_frontier_beside_it() -> None:
    document = capacity_plan(example_plan())
    full, short = (
        {section.key: section for section in document.at(depth).sections}
        for depth in (Depth.FULL, Depth.SHORT)
    )
    assert [type(block) for block in full["why"].blocks] == [Figure]
    assert "why" not in short
    drawn = [block for block in short["curve"].blocks if isinstance(block, Figure) and block.half]
    assert [type(figure.drawing) for figure in drawn] == [Waterfalls, Frontier]
    (panel,) = drawn[0].drawing.panels  # type: ignore[union-attr]
    assert sum(places for _, places in panel.steps) == pytest.approx(
        sum(part.committed for part in groups_of(example_plan()))
    )
    assert not any(isinstance(b, Figure) and b.half for s in full.values() for b in s.blocks)


def test_a_plan_without_demand_has_nothing_to_explain() -> None:
    speaker = Speaker(example_plan(load_scale=0.0), NB)
    assert "Ingen målgruppe" in why_headline(speaker)
    assert "Ingen målgruppe" in why_sentence(speaker)


def test_a_plan_from_before_waterfalls_opens_and_has_no_such_section() -> None:
    plan = example_plan()
    assert plan_from_json(plan_to_json(plan)).waterfalls == plan.waterfalls
    stored = json.loads(plan_to_json(plan))
    del stored["waterfalls"]
    old = plan_from_json(json.dumps(stored).encode())
    assert old.waterfalls == ()
    assert "why" not in {section.key for section in capacity_plan(old).sections}
    assert plan_files(old, formats=["csv"])["waterfall.csv"].count(b"\n") == 1
