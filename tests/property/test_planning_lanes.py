"""The fast count of many choices, and blocks of paths, against the full walk and each other."""

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting.errors import ComputationError
from forecasting.panel import SeriesKey
from planning import blocks
from planning.blocks import Coupled, Drawing
from planning.children import Children, Ticks
from planning.draws import Care, draw_children
from planning.fewest import fewest, fewest_of_each
from planning.flow import Chain
from planning.frontier import exchange
from planning.lanes import NEVER
from planning.ordered import ordered_pass
from planning.pair import Pair

KEY, NEXT = SeriesKey("r", "g"), SeriesKey("r", "h")
PATHS, DAYS = 8, 150
LAW = np.append(np.exp(-np.arange(200) / 20), 0.0)
NEXT_LAW = np.append(np.exp(-np.arange(400) / 60), 0.0)
NOBODY = np.zeros(0, np.int64)
LOST = Care(LAW, NEXT_LAW, 0.3, 0, 1.0, NOBODY, NOBODY == 1, NOBODY, 1.0)


@st.composite
def chains(draw: st.DrawFn) -> Chain:
    """Two coupled groups with residents, a queue, deadlines, closed places and a cap."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    here = draw(st.integers(0, 6))
    lost_share = draw(st.sampled_from([0.0, 0.5, 1.0]))
    within = draw(st.sampled_from([0, 0, 4]))
    care = Care(
        survival=LAW,
        next_survival=NEXT_LAW,
        onward_share=draw(st.sampled_from([0.0, 0.3, 1.0])),
        within_days=within,
        lost_share=lost_share,
        stayed=rng.integers(0, 60, here),
        waiting=rng.random(here) < 0.4,
        queue=rng.integers(-3, 8, here // 2),
        queue_share=0.7,
    )
    fed_care = replace(
        care, survival=NEXT_LAW, next_survival=np.zeros(0), waiting=np.zeros(here) > 0
    )
    rate, fed_rate = draw(st.sampled_from([(0.1, 0.02), (0.6, 0.1), (2.0, 0.2)]))
    shut = rng.integers(0, 3, (PATHS, DAYS)).astype(np.int16)
    shuts = draw(st.booleans())
    return Chain(
        KEY,
        draw_children(rng.poisson(rate, (PATHS, DAYS)), care, key=int(rng.integers(99))),
        Ticks(DAYS - 30, 30),
        overfill=lost_share == 0 and draw(st.booleans()),
        fed_key=NEXT,
        fed=draw_children(
            rng.poisson(fed_rate, (PATHS, DAYS)), fed_care, key=int(rng.integers(99))
        ),
        fed_within_days=within,
        cap=draw(st.sampled_from([None, 90])),
        closed=shut if shuts else None,
        fed_closed=shut[:, ::-1].copy() if shuts else None,
    )


CHOICES = st.lists(st.tuples(st.integers(0, 50), st.integers(0, 30)), min_size=1, max_size=9)


@settings(max_examples=60, deadline=None)
@given(chains(), CHOICES)
def test_every_choice_is_counted_as_it_is_walked(
    chain: Chain, choices: list[tuple[int, int]]
) -> None:
    pair = Pair.of(chain)
    found = pair.count(choices)
    for at, (places, fed_places) in enumerate(choices):
        first, fed = chain.run(places, fed_places)
        assert (found.first[at] == first.missed_a_year).all()
        assert (pair.to_meet == first.to_meet).all()
        assert (found.fed[at] + found.on[at] == fed.missed_a_year).all()
        assert (pair.fed_to_meet + found.on_met[at] == fed.to_meet).all()
        assert (found.spot_days[at] == first.elsewhere_days).all()
        assert (found.fed_spot_days[at] == fed.elsewhere_days).all()


@settings(max_examples=20, deadline=None)
@given(chains(), CHOICES)
def test_a_group_alone_is_counted_as_it_is_walked(
    chain: Chain, choices: list[tuple[int, int]]
) -> None:
    alone = replace(chain, children=chain.children.alone(), fed_key=None, fed=None)
    found = Pair.of(alone).count(choices)
    for at, (places, _) in enumerate(choices):
        walked = alone.run(places)[0]
        assert (found.first[at] == walked.missed_a_year).all()
        assert (found.spot_days[at] == walked.elsewhere_days).all()


def drawing(rate: float, care: Care = LOST, *, paths: int = 60) -> Drawing:
    daily = np.random.default_rng(7).poisson(rate, (paths, DAYS)).astype(np.uint8)
    return Drawing(daily, care, key=3)


@pytest.mark.parametrize("size", [1, 300, 2000])
def test_the_size_of_a_block_changes_no_child_and_no_answer(
    monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    paths, rng = 60, np.random.default_rng(1)
    hazard = rng.gamma(20, 1 / 20, paths)
    care = replace(
        LOST,
        stayed=np.array([3, 50]),
        waiting=np.array([False, False]),
        queue=np.array([2, 5]),
        queue_share=0.5,
        hazard=hazard,
        next_hazard=hazard,
    )
    whole = drawing(0.5, care)
    at_once = draw_children(whole.daily, care, key=3)
    monkeypatch.setattr(blocks, "CHILDREN", size)
    parts = [drawing(0.5, care).children(block) for block in drawing(0.5, care).blocks]
    for name in (f.name for f in fields(Children) if f.name not in {"residents", "start"}):
        assert (np.concatenate([getattr(p, name) for p in parts]) == getattr(at_once, name)).all()
    joined = drawing(0.5, care).every_number(Ticks(DAYS))
    single = ordered_pass(at_once.alone(), Ticks(DAYS))
    assert (joined.use_days == single.use_days).all()
    assert (joined.taken == single.taken).all()


@given(st.dictionaries(st.integers(0, 9), st.tuples(st.integers(0, 400), st.integers(0, 400))))
def test_asked_together_is_found_as_asked_one_by_one(
    questions: dict[int, tuple[int, int]],
) -> None:
    def share(question: int, places: int) -> float:
        return 1.0 if places >= questions[question][0] else 0.5

    found = fewest_of_each(
        lambda asked: {q: [share(q, c) for c in tries] for q, tries in asked.items()},
        0.9,
        near={question: near for question, (_, near) in questions.items()},
    )
    for question, (answer, near) in questions.items():
        assert found[question] == answer
        assert fewest(lambda c, q=question: share(q, c), 0.9, near=near) == answer  # type: ignore[misc]


def test_a_level_that_is_never_reached_ends_the_search() -> None:
    with pytest.raises(ComputationError):
        fewest_of_each(
            lambda asked: {q: [0.5] * len(c) for q, c in asked.items()}, 0.9, near={1: 5}
        )


def test_the_frontier_is_that_of_full_walks() -> None:
    first, straight = drawing(0.6), drawing(0.1, replace(LOST, survival=NEXT_LAW, onward_share=0))
    asked = Coupled(first, straight, Ticks(DAYS), within_next=NEVER)
    levels, level = [8, 14, 20], 0.9
    found = exchange(
        [asked.head(20).shares, asked.shares],
        levels,
        level=level,
        throughput=asked.throughput,
        near=12,
    )
    chain = Chain(
        KEY,
        first.children(slice(0, first.paths)),
        Ticks(DAYS),
        fed_key=NEXT,
        fed=straight.children(slice(0, first.paths)),
        fed_within_days=NEVER,
    )
    for step in found:
        if step.places is not None:
            assert chain.run(step.places, step.fed_places)[0].offered_share >= level
            assert chain.run(step.places - 1, step.fed_places)[0].offered_share < level
    assert [step.fed_places for step in found] == levels
    assert found[-1].places is not None
    assert found[0].ceiling < found[-1].ceiling or found[0].ceiling == 1


def test_the_throughput_of_the_laws_is_that_of_drawn_children() -> None:
    care = replace(LOST, next_hazard=np.random.default_rng(3).gamma(20, 1 / 20, 400))
    first = drawing(0.6, care, paths=400)
    drawn = first.children(slice(0, 400))
    goes = drawn.next_nights[drawn.onward]
    through = Coupled(first, None, Ticks(DAYS), within_next=0).throughput
    children = len(drawn.day)
    asked_error = np.sqrt(0.3 * 0.7 / children) * through.came
    assert through.came == children / (400 * DAYS)
    assert through.asked == pytest.approx(len(goes) / (400 * DAYS), abs=4 * asked_error)
    error = goes.std() / np.sqrt(len(goes))
    assert through.mean_nights == pytest.approx(goes.mean(), abs=4 * error)
