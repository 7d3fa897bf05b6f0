"""Work on several processes; the order of the answers, and the answers, stay the same."""

import os
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Protocol, TypeVar

from service.talk import SILENT, Talk

Task = TypeVar("Task")
Answer = TypeVar("Answer")

# Linear algebra on several threads adds in another order: other last digits, and slower here.
THREAD_SETTINGS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
)


class Mapper(Protocol):
    """Applies a function to every task; answers come in the order of the tasks."""

    def __call__(
        self, function: Callable[[Task], Answer], tasks: Iterable[Task], /
    ) -> Iterable[Answer]:
        """Lazily or at once; what a task raises is raised here."""
        ...


def one_thread_each() -> None:
    """Keep numerical libraries to one thread; to be called before they are first loaded."""
    for name in THREAD_SETTINGS:
        os.environ[name] = "1"


def mapper(workers: int, *, talk: Talk = SILENT) -> Mapper:
    """Plain `map` for one worker, else a pool of processes that lives until the program ends.

    `talk` is told after each task. Tasks and functions must be picklable.
    """
    applied = _here if workers == 1 else partial(_elsewhere, workers)

    def run(function: Callable[[Task], Answer], tasks: Iterable[Task], /) -> Iterable[Answer]:
        todo = list(tasks)
        for done, answer in enumerate(applied(function, todo), start=1):
            talk.tick(done, len(todo))
            yield answer

    return run


def _here(function: Callable[[Task], Answer], tasks: Sequence[Task]) -> Iterable[Answer]:
    return map(function, tasks)


def _elsewhere(
    workers: int, function: Callable[[Task], Answer], tasks: Sequence[Task]
) -> Iterable[Answer]:
    # Loading joblib takes longer than many a command.
    from joblib import Parallel, delayed, parallel_config  # noqa: PLC0415

    with parallel_config(backend="loky", inner_max_num_threads=1):
        answers: Iterable[Answer] = Parallel(n_jobs=workers, return_as="generator")(
            delayed(function)(task) for task in tasks
        )
    return answers


def default_workers() -> int:
    """As many as this process may use, at most 8 (each needs about 300 MB)."""
    usable = getattr(os, "sched_getaffinity", None)
    count = len(usable(0)) if usable else os.cpu_count() or 1
    return min(8, count)
