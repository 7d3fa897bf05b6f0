"""python -m tests.bench engine: the flow engine against one plain-Python region-year.

Machines differ by a factor of three, so every time is given as a ratio to a yardstick that is
run in between: the work of one region-year of 183 referrals to 22 places, in plain Python with
a heap (one unit). The national job is 5 regions x 7 need groups x 365 days; counts of referrals
and stay laws are given, as a plan has them. Drawing the children is part of every time.
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
from numba import njit
from numpy.typing import NDArray

from forecasting.panel import SeriesKey
from forecasting.streams import Streams
from planning.blocks import Coupled, Drawing
from planning.children import Ticks
from planning.counter import mixed, unit
from planning.draws import Care
from planning.fewest import SharesAt, search
from planning.flow import Chain
from planning.frontier import exchange
from planning.lanes import LANES, NEVER
from planning.ordered import Ordered, ordered_pass
from planning.stay_shapes import Shape, Stay

DAYS, LEVEL, THREADS = 365, 0.95, 2
# A search is first made on so many paths.
ROUGH = 1000
SHARES = {"nord": 0.13, "midt": 0.17, "vest": 0.20, "sor": 0.19, "ost": 0.31}
# Referrals a year in the nation (together 2 770) and mean stay in days; assumed.
ALONE = {"a": (560, 60), "b": (460, 90), "c": (400, 120), "d": (260, 180), "e": (170, 240)}
ACUTE, TREATMENT, ONWARD = (850, 40), (70, 190), 0.15
FED_LEVELS = 7
NOBODY = np.zeros(0, np.int64)


Job = Callable[[], bytes]


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
    """Seconds of work of one plain-Python region-year (the best of three rounds)."""
    return min(_plain_years(years) for _ in range(3)) / years


def _plain_years(years: int) -> float:
    rng = random.Random(1)
    started = time.process_time()
    for _ in range(years):
        now, busy, refused = 0.0, list[float](), 0
        while (now := now + rng.expovariate(0.5)) < DAYS:
            while busy and busy[0] <= now:
                heapq.heappop(busy)
            if len(busy) < 22:
                heapq.heappush(busy, now + rng.expovariate(1 / 30))
            else:
                refused += 1
    return time.process_time() - started


def nation(paths: int, days: int = DAYS) -> tuple[Region, ...]:
    """The given counts: Poisson with a yearly factor of cv 0.15, shared by the regions."""
    rng = np.random.default_rng(1)
    factor = rng.gamma(1 / 0.15**2, 0.15**2, paths)[:, None]

    def group(region: str, name: str, yearly: float, mean: float) -> Group:
        rate = factor * (yearly * SHARES[region] / DAYS)
        daily = np.zeros((paths, days), np.uint8)
        for day in range(days):
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


def referrals_of(regions: Sequence[Region]) -> int:
    groups = (g for r in regions for g in (*r.alone, r.acute, r.treatment))
    return sum(int(g.daily.sum(dtype=np.int64)) for g in groups)


def drawing(group: Group, *, lost: float, fed: Group | None = None) -> Drawing:
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
    return Drawing(group.daily, care, Streams(1).key(str(group.key)))


def grid_of(group: Group) -> Ticks:
    return Ticks(group.daily.shape[1])


def coupled(region: Region, *, lost: float, within_next: int) -> Coupled:
    first = drawing(region.acute, lost=lost, fed=region.treatment)
    fed = drawing(region.treatment, lost=lost)
    return Coupled(first, fed, grid_of(region.acute), within_next)


def searches(asked: Coupled) -> list[SharesAt[int]]:
    """Few paths first, then all."""
    rough = [asked.head(ROUGH).shares] if asked.first.paths > ROUGH else []
    return [*rough, asked.shares]


def usual(group: Group) -> int:
    """Where to start looking: the load and what chance adds to it."""
    load = group.daily.mean() * group.law.sum()
    return int(load + 1.5 * load**0.5)


def told(found: Ordered) -> bytes:
    return found.offered_shares.tobytes() + found.use_days.tobytes()


def alone_lost(group: Group) -> bytes:
    """One need group on its own, discipline lost: service level and use of every place."""
    return told(drawing(group, lost=1.0).every_number(grid_of(group)))


def frontier_lost(region: Region) -> bytes:
    """Both coupled groups: every number of places without blocking, and the frontier with it.

    The acute places at seven numbers of treatment places; unmet children are lost, those who
    are ready for treatment wait for it.
    """
    asked = coupled(region, lost=1.0, within_next=NEVER)
    assert asked.fed is not None
    both = asked.first.every_number(asked.grid), asked.fed.every_number(asked.grid)
    return _frontier(region, asked, both[0].required(LEVEL)) + told(both[0]) + told(both[1])


def fewest_mixed(group: Group) -> bytes:
    """Discipline mixed: the fewest places that reach the level."""
    asked = Coupled(drawing(group, lost=0.5), None, grid_of(group), 0)
    near = {0: usual(group)}
    return str(search(searches(asked), LEVEL, near=near)).encode()


def frontier_mixed(region: Region) -> bytes:
    """The same frontier where half of the unmet children wait."""
    asked = coupled(region, lost=0.5, within_next=0)
    return _frontier(region, asked, usual(region.acute))


def _frontier(region: Region, asked: Coupled, near: int) -> bytes:
    through = asked.throughput
    wanted = through.asked + region.treatment.daily.mean()
    least = int(wanted * region.treatment.law.sum())
    found = exchange(
        searches(asked),
        [least + 2 * i for i in range(FED_LEVELS)],
        level=LEVEL,
        throughput=through,
        near=near,
    )
    return repr([(step.fed_places, step.places) for step in found]).encode()


def once(region: Region) -> list[Job]:
    """One choice of places in both coupled groups, and every number in the others."""
    asked = coupled(region, lost=1.0, within_next=NEVER)

    def pair() -> bytes:
        return b"".join(pair.missed(40, 25)[0].tobytes() for pair in asked.pairs())

    return [pair, *(lambda g=group: alone_lost(g) for group in region.alone)]


def jobs(regions: Sequence[Region], discipline: str) -> list[Job]:
    """Every task of the national job, the longest first."""
    if discipline == "one evaluation":
        return [job for region in reversed(regions) for job in once(region)]
    lost = discipline == "lost"
    both = frontier_lost if lost else frontier_mixed
    single = alone_lost if lost else fewest_mixed
    tasks: list[Job] = [lambda r=region: both(r) for region in reversed(regions)]  # type: ignore[misc]
    groups = [group for region in regions for group in region.alone]
    groups.sort(key=lambda group: -int(group.daily.sum(dtype=np.int64)))
    return tasks + [lambda g=group: single(g) for group in groups]


@dataclass(frozen=True)
class Timed:
    """Seconds by the clock, seconds of work on all cores, and a digest of all answers."""

    seconds: float
    work: float
    digest: str


def timed(tasks: Sequence[Job], threads: int) -> Timed:
    """Answer all tasks on so many threads."""
    started, worked = time.perf_counter(), time.process_time()
    with ThreadPoolExecutor(threads) as pool:
        answers = list(pool.map(lambda task: task(), tasks))
    seconds, work = time.perf_counter() - started, time.process_time() - worked
    return Timed(seconds, work, sha256(b"".join(answers)).hexdigest())


QUESTIONS = ("lost", "mixed", "one evaluation")


def limits() -> None:
    """Print nanoseconds a referral of each kernel, beside the least that one can cost."""
    region = nation(200)[-1]
    asked = coupled(region, lost=1.0, within_next=NEVER)
    half = coupled(region, lost=0.5, within_next=0)
    block, choices = slice(0, 200), [(40 + lane, 40) for lane in range(LANES)]
    pair, waits, first = next(asked.pairs()), next(half.pairs()), asked.first.children(block)
    alone, bits = first.alone(), np.arange(len(first.day), dtype=np.uint64)
    chain = Chain(
        region.acute.key, waits.first, asked.grid, fed_key=region.treatment.key, fed=waits.fed
    )
    kernels: dict[str, Callable[[], object]] = {
        "one random number": lambda: _one_random(bits),
        "one bit, taken and given back": lambda: _one_bit(bits),
        "draw children": lambda: asked.first.children(block),
        "ordered pass, every number of places": lambda: ordered_pass(alone, asked.grid),
        "count, lost, four choices of places": lambda: pair.count(choices),
        "count, mixed, four choices of places": lambda: waits.count(choices),
        "walk, mixed, one choice, with use": lambda: chain.run(*choices[0]),
    }
    print("ns a referral on one core, by kernel (acute and treatment of the largest region)")
    for name, kernel in kernels.items():
        kernel()
        best = min(_seconds(kernel) for _ in range(9))
        print(f"  {name:<40}{1e9 * best / len(bits):>7.1f}")


def _seconds(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


@njit(nogil=True)
def _one_random(bits):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    total = 0.0
    for i in range(len(bits)):
        total += unit(mixed(bits[i], np.uint64(1)))
    return total


@njit(nogil=True)
def _one_bit(bits):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    free = ~np.uint64(0)
    for i in range(len(bits)):
        free ^= free & (~free + np.uint64(1))
        free |= bits[i]
    return free


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Sizes of the job."""
    parser.add_argument("--paths", type=int, nargs="*", default=[1000, 10_000, 20_000])
    parser.add_argument("--days", type=int, default=DAYS)
    parser.add_argument("--rounds", type=int, default=1, help="the best of so many is shown")


def run(given: argparse.Namespace) -> None:
    """Print what limits, then one row per number of paths and question."""
    small = nation(50)
    for question in QUESTIONS:
        timed(jobs(small, question), THREADS)  # compile, or load what was compiled
    limits()
    print(f"one unit: a plain-Python region-year, now {1e3 * yardstick():.3f} ms")
    print("  paths question         referrals  seconds  core s   units    free  1 and 2 threads")
    for paths in given.paths:
        regions = nation(paths, given.days)
        for question in QUESTIONS:
            found = measured(regions, question, rounds=given.rounds)
            print(
                f"{paths:>7} {question:<15}{referrals_of(regions):>11}{found.timed.seconds:>9.2f}"
                f"{found.timed.work:>8.2f}{found.units:>8.0f}{found.free_units:>8.0f}"
                f"  {'same bytes' if found.same else 'DIFFERENT'}",
                flush=True,
            )
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        counts = paths * given.days * 7 * len(SHARES) / 1e6
        print(f"{paths:>7} peak memory {peak:.0f} MB, of which counts {counts:.0f} MB", flush=True)


@dataclass(frozen=True)
class Measured:
    """The best of some rounds on two threads, and whether one thread gave the same bytes.

    `unit` is the seconds of a plain-Python region-year before and after it.
    """

    timed: Timed
    unit: float
    same: bool

    @property
    def units(self) -> float:
        """Seconds by the clock in units."""
        return self.timed.seconds / self.unit

    @property
    def free_units(self) -> float:
        """The same on two cores that are free: half of the work, whatever else was running."""
        return self.timed.work / THREADS / self.unit


def measured(regions: Sequence[Region], question: str, *, rounds: int = 1) -> Measured:
    """Answer one question on two threads, and then on one."""
    tries = []
    for _ in range(rounds):
        before = yardstick()
        found = timed(jobs(regions, question), THREADS)
        tries.append((found, (before + yardstick()) / 2))
    best, unit_seconds = min(tries, key=lambda tried: tried[0].seconds / tried[1])
    same = timed(jobs(regions, question), 1).digest == best.digest
    return Measured(best, unit_seconds, same)
