"""Why this number, in files and reports: it adds up everywhere, and old plans do without."""

import csv
import io
import json
from collections import defaultdict
from fractions import Fraction

from forecasting.samples import WHOLE_NATION
from planning.plan import Source
from reports.capacity_plan import capacity_plan
from reports.document import Depth, Figure
from reports.drawings import Waterfalls
from reports.facts import groups_of
from reports.files import plan_files
from reports.sentences import Speaker
from reports.stored import plan_from_json, plan_to_json
from reports.why import why_headline, why_sentence, why_sums
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
    for part, said in zip(groups_of(plan), why_sums(speaker).split(" · "), strict=True):
        assert said.startswith(
            f"{speaker.name(part)}: {NB.numbers.count(part.steps[0][1])} i snitt"
        )
        assert said.endswith(f"= {NB.numbers.count(part.committed)}")


def test_the_short_report_says_it_in_words_and_the_full_one_draws_it() -> None:
    document = capacity_plan(example_plan())
    full, short = (
        {section.key: section for section in document.at(depth).sections}
        for depth in (Depth.FULL, Depth.SHORT)
    )
    assert [type(block) for block in full["why"].blocks] == [Figure]
    assert "why" not in short
    told = why_sums(Speaker(example_plan(), NB))
    assert told in str(short["curve"])
    assert told not in str(full)


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
