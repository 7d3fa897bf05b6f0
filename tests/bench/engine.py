"""python -m tests.bench engine: the flow engine against one plain-Python region-year.

Machines differ by a factor of three, so every time is given as a ratio to a yardstick that is
run in between: one region-year of 183 referrals to 22 places, in plain Python with a heap
(one unit). The national job is 5 regions x 7 need groups x 365 days; counts of referrals and
stay laws are given, as a plan has them.
"""

import argparse
import heapq
import random
import resource
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from forecasting.panel import SeriesKey
from forecasting.streams import Streams
from planning.children import Children, Ticks
from planning.draws import Care, draw_children
from planning.fewest import fewest
from planning.flow import Chain
from planning.frontier import COARSE, PairLevel, Throughput, exchange
from planning.ordered import Ordered, ordered_pass
from planning.pair import Pair
from planning.stay_shapes import Shape, Stay

DAYS, LEVEL, THREADS = 365, 0.95, 2
SHARES = {"nord": 0.13, "midt": 0.17, "vest": 0.20, "sor": 0.19, "ost": 0.31}
# Referrals a year in the nation (together 2 770) and mean stay in days; assumed.
ALONE = {"a": (560, 60), "b": (460, 90), "c": (400, 120), "d": (260, 180), "e": (170, 240)}
ACUTE, TREATMENT, ONWARD = (850, 40), (70, 190), 0.15
FED_LEVELS = 7
NOBODY = np.zeros(0, np.int64)


@dataclass(frozen=True)
class Group:
    """One need group of one region: counts on every path and day, and how long they stay."""

    key: SeriesKey
    daily: NDArray[np.uint8]
    law: NDArray[np.float64]


@dataclass(frozen=True)
class Region:
    """What one region asks the engine: groups on their own, and the coupled two."""

    alone: tuple[Group, ...]
    acute: Group
    treatment: Group


def yardstick(years: int = 300) -> float:
    """Seconds of one plain-Python region-year (the best of three rounds)."""
    return min(_plain_years(years) for _ in range(3)) / years


def _plain_years(years: int) -> float:
    rng = random.Random(1)
    started = time.perf_counter()
    for _ in range(years):
        now, busy, refused = 0.0, list[float](), 0
        while (now := now + rng.expovariate(0.5)) < DAYS:
            while busy and busy[0] <= now:
                heapq.heappop(busy)
            if len(busy) < 22:
                heapq.heappush(busy, now + rng.expovariate(1 / 30))
            else:
                refused += 1
    return time.perf_counter() - started


def nation(paths: int) -> tuple[Region, ...]:
    """The given counts: Poisson with a yearly factor of cv 0.15, shared by the regions."""
    rng = np.random.default_rng(1)
    factor = rng.gamma(1 / 0.15**2, 0.15**2, paths)[:, None]

    def group(region: str, name: str, yearly: float, mean: float) -> Group:
        rate = factor * (yearly * SHARES[region] / DAYS)
        daily = np.zeros((paths, DAYS), np.uint8)
        for day in range(DAYS):
            daily[:, day] = rng.poisson(rate[:, 0])
        curve = Stay(Shape.LOGNORMAL, mean, 0.9).survival(np.arange(20 * mean) + 0.5)
        curve[0], curve[-1] = 1.0, 0.0
        return Group(SeriesKey(region, name), daily, curve)

    return tuple(
        Region(
            tuple(group(region, name, *volume) for name, volume in ALONE.items()),
            group(region, "acute", *ACUTE),
            group(region, "treatment", *TREATMENT),
        )
        for region in SHARES
    )


def children(group: Group, *, lost: float, fed: Group | None = None) -> Children:
    care = Care(
        survival=group.law,
        next_survival=np.zeros(0) if fed is None else fed.law,
        onward_share=0.0 if fed is None else ONWARD,
        within_days=0,
        lost_share=lost,
        stayed=NOBODY,
        waiting=NOBODY > 0,
        queue=NOBODY,
        queue_share=0.0,
    )
    return draw_children(group.daily, care, key=Streams(1).key(str(group.key)))


def every_number(drawn: Children) -> Ordered:
    """Discipline lost: service level and use for every number of places."""
    return ordered_pass(drawn.alone(), Ticks(DAYS))


def told(found: Ordered) -> bytes:
    return found.offered_shares.tobytes() + found.use_days.tobytes()


def alone_lost(group: Group) -> bytes:
    """One need group on its own: every number of places."""
    return told(every_number(children(group, lost=1.0)))


def frontier_lost(region: Region) -> bytes:
    """Both coupled groups: every number of places without blocking, and the frontier with it.

    The acute places at seven numbers of treatment places; unmet children are lost.
    """
    first = children(region.acute, lost=1.0, fed=region.treatment)
    fed = children(region.treatment, lost=1.0)
    both = every_number(first), every_number(fed)
    pair = Pair(first, fed, Ticks(DAYS))
    few = pair.head(2 * COARSE)
    near = both[0].required(LEVEL)
    found = _frontier(region, first, near, (pair.offered_share, few.offered_share))
    return found + told(both[0]) + told(both[1])


def fewest_mixed(group: Group) -> bytes:
    """Discipline mixed: the fewest places that reach the level, and what they give."""
    chain = Chain(group.key, children(group, lost=0.5), Ticks(DAYS))
    few, near = chain.head(COARSE), int(group.daily.mean() * group.law.sum())
    near = fewest(lambda c: few.run(c)[0].offered_share, LEVEL, near=near)
    places = fewest(lambda c: chain.run(c)[0].offered_share, LEVEL, near=near)
    return str(places).encode()


def frontier_mixed(region: Region) -> bytes:
    """The same frontier where half of the unmet children wait."""
    first = children(region.acute, lost=0.5, fed=region.treatment)
    fed = children(region.treatment, lost=0.5)
    chain = Chain(region.acute.key, first, Ticks(DAYS), fed_key=region.treatment.key, fed=fed)
    few = chain.head(COARSE)
    near = int(region.acute.daily.mean() * region.acute.law.sum())
    levels = (
        lambda places, fed_places: chain.run(places, fed_places)[0].offered_share,
        lambda places, fed_places: few.run(places, fed_places)[0].offered_share,
    )
    return _frontier(region, first, near, levels)


def _frontier(
    region: Region,
    first: Children,
    near: int,
    levels: tuple[PairLevel, PairLevel],
) -> bytes:
    through = Throughput.of(first, DAYS)
    asked = through.asked + region.treatment.daily.mean()
    usual = int(asked * region.treatment.law.sum())
    found = exchange(
        levels[0],
        [usual + 2 * i for i in range(FED_LEVELS)],
        level=LEVEL,
        throughput=through,
        near=near,
        coarse=levels[1],
    )
    return repr([(step.fed_places, step.places) for step in found]).encode()


Job = Callable[[], bytes]


def jobs(regions: Sequence[Region], discipline: str) -> list[Job]:
    """Every task of the national job, the longest first."""
    lost = discipline == "lost"
    coupled = frontier_lost if lost else frontier_mixed
    single = alone_lost if lost else fewest_mixed
    tasks: list[Job] = [lambda r=region: coupled(r) for region in reversed(regions)]  # type: ignore[misc]
    groups = [group for region in regions for group in region.alone]
    groups.sort(key=lambda group: -int(group.daily.sum(dtype=np.int64)))
    return tasks + [lambda g=group: single(g) for group in groups]  # type: ignore[misc]


def timed(tasks: Sequence[Job], threads: int) -> tuple[float, str]:
    """Seconds by the clock, and a digest of all answers in order."""
    started = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        answers = list(pool.map(lambda task: task(), tasks))
    seconds = time.perf_counter() - started
    return seconds, sha256(b"".join(answers)).hexdigest()[:12]


def one_evaluation(regions: Sequence[Region]) -> float:
    """Seconds to walk one choice of places in every region and group, on drawn children."""
    drawn = [
        (children(r.acute, lost=1.0, fed=r.treatment), children(r.treatment, lost=1.0))
        for r in regions
    ]
    singles = [children(group, lost=1.0) for r in regions for group in r.alone]
    grid = Ticks(DAYS)
    tasks: list[Job] = [
        lambda p=pair: Pair(*p, grid).missed(40, 25)[0].tobytes()  # type: ignore[misc]
        for pair in drawn
    ] + [lambda c=c: ordered_pass(c, grid).use_days.tobytes() for c in singles]  # type: ignore[misc]
    return timed(tasks, THREADS)[0]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Sizes of the job."""
    parser.add_argument("--paths", type=int, nargs="*", default=[1000, 10_000, 20_000])


def run(given: argparse.Namespace) -> None:
    """Print one row per number of paths and discipline."""
    small = nation(50)
    for discipline in ("lost", "mixed"):
        timed(jobs(small, discipline), THREADS)  # compile, or load what was compiled
    one_evaluation(small)
    print(f"yardstick: one plain-Python region-year, now {1e3 * yardstick():.3f} ms = 1 unit")
    print(f"{'paths':>7} {'discipline':<10}{'referrals':>12}{'seconds':>9}{'units':>9}  same bytes")
    for paths in given.paths:
        regions = nation(paths)
        referrals = sum(
            int(g.daily.sum(dtype=np.int64))
            for r in regions
            for g in (*r.alone, r.acute, r.treatment)
        )
        for discipline in ("lost", "mixed"):
            before = yardstick()
            seconds, digest = timed(jobs(regions, discipline), THREADS)
            unit = (before + yardstick()) / 2
            same = timed(jobs(regions, discipline), 1)[1] == digest
            print(
                f"{paths:>7} {discipline:<10}{referrals:>12}{seconds:>9.2f}{seconds / unit:>9.0f}"
                f"  1 and 2 threads: {'yes' if same else 'NO'}"
            )
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"{paths:>7} peak memory {peak:.0f} MB, given counts included")
        seconds = one_evaluation(regions)
        units = seconds / yardstick()
        print(f"{paths:>7} one evaluation, no search {'':>5}{seconds:>9.2f}{units:>9.0f}")
