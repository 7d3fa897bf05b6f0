"""A light gate on the speed of the flow engine: it fails when the engine is three times slower."""

import pytest

from tests.bench.engine import THREADS, jobs, measured, nation, timed

# Units of work (tests/bench/engine.py) at 1 000 paths; a third of it was measured on 2026-11-25.
BOUNDS = {"lost": 4_000, "mixed": 8_500, "one evaluation": 2_600}


@pytest.mark.parametrize("question", BOUNDS)
def test_the_engine_has_not_become_slow_and_ignores_threads(question: str) -> None:
    timed(jobs(nation(20), question), THREADS)  # compile, or load what was compiled
    found = measured(nation(1000), question)
    assert found.same
    assert found.free_units < BOUNDS[question]
