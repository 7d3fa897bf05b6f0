"""Work on several processes; the order of the answers, and the answers, stay the same."""

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Generic, Protocol, TypeVar

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

# A process whose parent is gone may go on for so long.
SECONDS_TO_NOTICE = 1.0
ORPHANED = 1


class Mapper(Protocol):
    """Applies a function to every task; answers come in the order of the tasks."""

    def __call__(
        self, function: Callable[[Task], Answer], tasks: Iterable[Task], /
    ) -> Iterable[Answer]:
        """Lazily or at once; what a task raises is raised here."""
        ...


@dataclass(frozen=True)
class Limited(Generic[Task, Answer]):
    """A function that is interrupted every `seconds`, so that no model can hang a run.

    The interruption is raised in the fit of whatever series it is at, which then is a failure
    by name, and the rest goes on. Works in the main thread of a process where the system has
    alarms; elsewhere, and within compiled code that does not come back, nothing is interrupted.
    """

    function: Callable[[Task], Answer]
    seconds: float

    def __call__(self, task: Task) -> Answer:
        """The function's answer. What it does with a TimeoutError is its own matter."""
        if threading.current_thread() is not threading.main_thread() or os.name != "posix":
            return self.function(task)
        before = signal.signal(signal.SIGALRM, self._interrupt)
        signal.setitimer(signal.ITIMER_REAL, self.seconds, self.seconds)
        try:
            return self.function(task)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)

    def _interrupt(self, _signal: int, _frame: object) -> None:
        raise TimeoutError(f"the model was at this series when {self.seconds:g} seconds were over")


def tied(function: Callable[..., Answer], *args: object) -> Answer:
    """What the function answers, in a process that ends when its parent does."""
    end_with_parent()
    return function(*args)


@cache
def end_with_parent() -> None:
    """End this process soon after its parent, also in the midst of a step.

    Work that nobody can stop or hear of any more keeps processors, memory and rows of children.
    Where the system does not tell of orphans (other than POSIX), nothing is ended.
    """
    parent = multiprocessing.parent_process()
    if parent is not None and os.name == "posix":
        watch = threading.Thread(target=_outlive, args=(parent.pid,), daemon=True)
        watch.start()


def _outlive(parent: int | None) -> None:
    while os.getppid() == parent:
        time.sleep(SECONDS_TO_NOTICE)
    # Not sys.exit: this is not the thread that works, and that one must not clean up at leisure.
    os._exit(ORPHANED)


def one_thread_each() -> None:
    """Keep numerical libraries to one thread; to be called before they are first loaded."""
    for name in THREAD_SETTINGS:
        os.environ[name] = "1"


def mapper(workers: int, *, talk: Talk = SILENT, seconds_per_model: float | None = None) -> Mapper:
    """Plain `map` for one worker, else a pool of processes that lives until the program ends.

    `talk` is told after each task. Tasks and functions must be picklable. With
    `seconds_per_model`, whatever goes on is interrupted that often (see Limited).
    """
    applied = _here if workers == 1 else partial(_elsewhere, workers)

    def run(function: Callable[[Task], Answer], tasks: Iterable[Task], /) -> Iterable[Answer]:
        todo = list(tasks)
        held = Limited(function, seconds_per_model) if seconds_per_model else function
        for done, answer in enumerate(applied(held, todo), start=1):
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
            delayed(tied)(function, task) for task in tasks
        )
    return answers


def default_workers() -> int:
    """As many as this process may use, at most 8 (each needs about 300 MB)."""
    usable = getattr(os, "sched_getaffinity", None)
    count = len(usable(0)) if usable else os.cpu_count() or 1
    return min(8, count)
