"""Work on several processes gives the same answers in the same order as in one."""

import os

import pytest

from service.processes import THREAD_SETTINGS, default_workers, mapper, one_thread_each


def squared(number: int) -> tuple[int, int]:
    return number * number, os.getpid()


def failing(number: int) -> int:
    raise ValueError(f"task {number}")


class Heard:
    """A talk that remembers."""

    def __init__(self) -> None:
        self.ticks: list[tuple[int, int]] = []

    def say(self, text: str) -> None:
        raise AssertionError(text)

    def tick(self, done: int, total: int) -> None:
        self.ticks.append((done, total))


@pytest.mark.parametrize("workers", [1, 2])
def test_answers_come_in_the_order_of_the_tasks(workers: int) -> None:
    heard = Heard()
    answers = list(mapper(workers, talk=heard)(squared, range(9)))
    assert [answer for answer, _ in answers] == [n * n for n in range(9)]
    assert ({process for _, process in answers} == {os.getpid()}) == (workers == 1)
    assert heard.ticks == [(n, 9) for n in range(1, 10)]


@pytest.mark.parametrize("workers", [1, 2])
def test_no_task_gives_no_answer(workers: int) -> None:
    assert list(mapper(workers)(squared, [])) == []


@pytest.mark.parametrize("workers", [1, 2])
def test_what_a_task_raises_is_raised_here(workers: int) -> None:
    with pytest.raises(ValueError, match="task 3"):
        list(mapper(workers)(failing, [3]))


def test_numerical_libraries_are_kept_to_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in THREAD_SETTINGS:
        monkeypatch.setenv(name, "4")
    one_thread_each()
    assert {os.environ[name] for name in THREAD_SETTINGS} == {"1"}


def test_there_is_at_least_one_processor() -> None:
    assert 1 <= default_workers() <= 8
