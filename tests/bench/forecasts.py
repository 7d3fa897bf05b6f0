"""python -m tests.bench forecasts: our pool beside other engines on the forecast sets."""

import argparse
import json
import pickle
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import pandas as pd

from service.processes import mapper, one_thread_each
from tests.bench.answers import Answers
from tests.bench.judge import SetResult, judge
from tests.bench.own import code_digest, run_own
from tests.bench.peers import PEERS, able, run_peer
from tests.bench.sets import BUNDLED, BenchSet, describe, load_sets
from tests.bench.tables import rows_of, set_table, summary

Kept = TypeVar("Kept")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of this part."""
    parser.add_argument("--sets", type=Path, default=BUNDLED, help="folder with a sets.toml")
    parser.add_argument("--only", nargs="+", default=(), metavar="SET", help="these sets only")
    parser.add_argument(
        "--peers", nargs="+", default=tuple(PEERS), choices=tuple(PEERS), metavar="ENGINE"
    )
    parser.add_argument("--cache", type=Path, help="folder that keeps forecasts between runs")
    parser.add_argument("--workers", type=int, default=1, help="processes")
    parser.add_argument("--out", type=Path, help="folder for scores.csv and summary.json")


def run(given: argparse.Namespace) -> None:
    """Forecast, judge, print and save."""
    one_thread_each()
    sets = load_sets(given.sets, only=tuple(given.only))
    say(f"Peers on {len(sets)} sets")
    tasks = [(name, bench, given.cache) for bench in sets for name in given.peers]
    tasks = [task for task in tasks if able(task[0], task[1])]
    peers = list(mapper(given.workers)(_peer, tasks))
    results = []
    for bench in sets:
        say(f"Our models on {bench.name}")
        theirs = [a for a, (_, b, _) in zip(peers, tasks, strict=True) if b is bench]
        results.append(judge(bench, [*theirs, *_own(bench, given)]))
        show(describe(bench), set_table(results[-1]))
    text, facts = summary(results, given.peers)
    show(text)
    if given.out:
        save(given.out, results, facts)


def save(folder: Path, results: Sequence[SetResult], facts: dict[str, object]) -> None:
    """scores.csv, a line per set and engine, and summary.json."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = [row for result in results for row in rows_of(result)]
    pd.DataFrame(rows).to_csv(folder / "scores.csv", index=False, float_format="%.6g")
    (folder / "summary.json").write_text(json.dumps(facts, indent=1, ensure_ascii=False))


def _peer(task: tuple[str, BenchSet, Path | None]) -> Answers:
    name, bench, cache = task
    # Our two models change with our code, the others with their release.
    edition = code_digest() if PEERS[name].package == "plassplan" else PEERS[name].release
    key = f"{bench.name}-{bench.digest}-{name}-{edition}"
    return kept(cache, key, lambda: run_peer(name, bench))


def _own(bench: BenchSet, given: argparse.Namespace) -> list[Answers]:
    key = f"{bench.name}-{bench.digest}-own-{code_digest()}"
    return kept(given.cache, key, lambda: run_own(bench, workers=given.workers))


def kept(cache: Path | None, key: str, make: Callable[[], Kept]) -> Kept:
    """What `make` gives, from the cache where it is there. The cache is trusted: it is pickles."""
    if cache is None:
        return make()
    path = cache / f"{key}.pickle"
    if path.exists():
        found: Kept = pickle.loads(path.read_bytes())
        return found
    started = time.monotonic()
    made = make()
    cache.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_bytes(pickle.dumps(made))
    part.replace(path)  # whole or not there, also when stopped
    say(f"  {key}: {time.monotonic() - started:.1f} s")
    return made


def say(text: str) -> None:
    """Progress, beside the tables."""
    print(text, file=sys.stderr, flush=True)


def show(*texts: str) -> None:
    """A result."""
    print(*texts, "", sep="\n", flush=True)
