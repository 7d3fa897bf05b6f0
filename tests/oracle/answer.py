"""Answers capacity cases through the product's own functions; computes nothing itself.

    python -m tests.oracle.answer CASES_DIR ANSWERS.json

A case that cannot be answered is left out, and said on stderr with the reason.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.oracle import answer_chains, answer_days, answer_portfolio, answer_stays, answer_steady

Case = dict[str, Any]


def uncertain_rates(given: Case) -> Case:
    known = "rate_mean_per_day" in given
    return answer_steady.uncertain(given) if known else answer_chains.phases(given)


ANSWERS: dict[str, Callable[[Case], Case]] = {
    "A": answer_steady.stationary,
    "B": answer_steady.disciplines,
    "C": answer_chains.season,
    "D": uncertain_rates,
    "E": answer_chains.together,
    "F": answer_steady.sized,
    "G": answer_steady.regions,
    "H": answer_chains.blocked,
    "I": answer_chains.houses,
    "J": answer_portfolio.portfolio,
    "K": answer_stays.stays,
    "L": answer_days.trace,
    "N": answer_chains.day_grid,
    "P": answer_days.region_year,
    "Q": answer_chains.quiet_year,
    "R": answer_steady.budget_frontier,
}


def answer(case: Case) -> Case:
    """Answer to one case: `id` and `given` are read, nothing else."""
    return ANSWERS[case["id"][0]](case["given"])


def answers(folder: Path) -> dict[str, Case]:
    """Answers to every case in the folder that can be answered."""
    found = {}
    for path in sorted(folder.glob("[A-Z][0-9][0-9].json")):
        case = json.loads(path.read_text())
        try:
            found[case["id"]] = answer(case)
        except Exception as error:  # one case must not take the others with it
            sys.stderr.write(f"{case['id']} not answered: {error!r}\n")
    return found


if __name__ == "__main__":
    found = answers(Path(sys.argv[1]))
    Path(sys.argv[2]).write_text(json.dumps(found, indent=1) + "\n")
    sys.stderr.write(f"{len(found)} answers in {sys.argv[2]}\n")
