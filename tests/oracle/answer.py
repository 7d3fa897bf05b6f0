"""Answers capacity cases through the product's own functions; computes nothing itself.

    python -m tests.oracle.answer CASES_DIR ANSWERS.json

A family without an entry in ANSWERS is left unanswered, and said on stderr.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from planning.erlang import SteadyState, blocking, place_use
from planning.policy import Discipline

Case = dict[str, Any]


def steady_state(given: Case, discipline: str | None = None) -> SteadyState:
    los = given["los_days"]
    mean = los.get("mean", los.get("value"))
    if mean is None:
        mean = sum(p * m for p, m in zip(los["p"], los["means"], strict=True))
    return SteadyState(
        rate=given["referral_rate_per_day"],
        mean_stay=mean,
        discipline=Discipline(discipline or given["discipline"]),
        spot_found=given.get("spot_found", 0.5),
        within_days=given.get("within_days", 0),
    )


def stationary(given: Case) -> Case:
    state, target = steady_state(given), given["target"]
    places = state.required(target)
    unmet = state.unmet(places)
    around = range(max(0, places - 2), places + 3)
    return {
        "required_places": places,
        "service_level_by_places": {str(c): 1 - state.unmet(c) for c in around},
        "offered_load": state.load,
        "mean_occupied": state.load * (1 - unmet),
        "utilisation": state.load * (1 - unmet) / places if places else 0.0,
        "expected_breaches_per_year": 365 * state.rate * unmet,
        "share_of_time_with_a_free_place": 1 - float(blocking(state.load, places)[-1]),
        "place_utilisation": place_use(state.load, places).tolist(),
    }


def disciplines(given: Case) -> Case:
    state, target = steady_state(given), given["target"]
    places = state.required(target)
    names = ["lost", given["discipline"], "wait"]
    plain = {**given, "within_days": 0}
    return {
        "required_places": places,
        "service_level_by_places": {
            str(c): 1 - state.unmet(c) for c in range(max(0, places - 2), places + 3)
        },
        "bracket": {name: steady_state(plain, name).required(target) for name in names},
    }


ANSWERS: dict[str, Callable[[Case], Case]] = {"A": stationary, "B": disciplines}


def answers(folder: Path) -> dict[str, Case]:
    """Answers to every case in the folder whose family can be answered."""
    cases = [json.loads(path.read_text()) for path in sorted(folder.glob("[A-Z][0-9][0-9].json"))]
    left = [case["id"] for case in cases if case["id"][0] not in ANSWERS]
    if left:
        sys.stderr.write(f"not answered: {', '.join(left)}\n")
    return {
        case["id"]: ANSWERS[case["id"][0]](case["given"])
        for case in cases
        if case["id"][0] in ANSWERS
    }


if __name__ == "__main__":
    found = answers(Path(sys.argv[1]))
    Path(sys.argv[2]).write_text(json.dumps(found, indent=1) + "\n")
    sys.stderr.write(f"{len(found)} answers in {sys.argv[2]}\n")
