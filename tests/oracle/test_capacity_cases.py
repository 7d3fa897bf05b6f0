"""Every capacity case with a known answer, of all sixteen families.

The cases were computed by two independent methods each; `derivation` in each file names them.
"""

import json
from math import hypot
from pathlib import Path
from typing import Any

import pytest

from forecasting.errors import PlassplanError
from tests.oracle.answer import ANSWERS, answer, answers

CASES = Path(__file__).parent / "cases"
KNOWN = {path.stem: json.loads(path.read_text()) for path in CASES.glob("[A-Z][0-9][0-9].json")}


def agrees(known: Any, found: Any, *, error: float) -> bool:
    """The same whole numbers and words; the same shares within four standard errors."""
    match known:
        case bool() | None | str():
            return bool(found == known)
        case dict():
            shared = known.keys() & found.keys()
            return bool(shared) and all(agrees(known[k], found[k], error=error) for k in shared)
        case list():
            pairs = zip(known, found, strict=True)
            return all(agrees(one, other, error=error) for one, other in pairs)
        case int():
            return bool(found == known)
        case _:
            near = max(1e-6, 1e-5 * abs(known)) if error == 0 else 4 * error * max(1, abs(known))
            return bool(abs(found - known) <= near)


@pytest.mark.parametrize("case", sorted(KNOWN))
def test_the_answer_is_the_known_one(case: str) -> None:
    expected = KNOWN[case]["expect"]
    found = answer(KNOWN[case])
    steps = expected.get("by_acute_places", {}).values()
    theirs = max((step["se"] for step in steps), default=0.0)
    # Shares of 40 000 and of 20 000 years, that both have at worst these errors.
    error = hypot(found["se"], theirs * 0.5**0.5, 0.5 / 40_000**0.5) if "se" in found else 0.0
    if "optimal_plans" in found:
        assert found.pop("optimal_plans")[0] in expected["optimal_plans"]
    shared = expected.keys() & found.keys()
    assert shared
    for key in sorted(shared - {"se"}):
        assert agrees(expected[key], found[key], error=error), (key, expected[key], found[key])


def test_every_family_has_an_answer_and_a_case() -> None:
    assert {case[0] for case in KNOWN} == set(ANSWERS)


def test_a_case_that_cannot_be_answered_is_named_and_the_rest_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "A01.json").write_text(json.dumps(KNOWN["A01"]))
    wrong = {**KNOWN["I01"]["given"], "los_days": {"dist": "lognormal", "mean": 30, "cv": 1}}
    (tmp_path / "I01.json").write_text(json.dumps({"id": "I01", "given": wrong}))
    (tmp_path / "R01.json").write_text(json.dumps({"id": "R01", "given": {}}))
    assert set(answers(tmp_path)) == {"A01"}
    said = capsys.readouterr().err
    assert "I01 not answered" in said
    assert "R01 not answered" in said


@pytest.mark.parametrize(
    ("case", "changes"),
    [
        ("A01", {"target": 1.0}),
        ("A01", {"referral_rate_per_day": -0.5}),
        ("A01", {"referral_rate_per_day": float("nan")}),
        ("D01", {"rate_cv": -0.1}),
        ("E01", {"children_per_event": {"1": 0.5, "2": 0.1}}),
        ("F01", {"places_per_child": [0, 1]}),
        ("G03", {"caps": [-1, 3]}),
        ("H01", {"to_treatment_probability": 1.5}),
        ("H01", {"acute_los_days": {"dist": "exponential", "mean": 0}}),
        ("I01", {"mean_days_closed": 0}),
        ("K07", {"horizon_days": 0}),
        ("L01", {"referrals": [[0, 0, 1]]}),
        ("N01", {"los_nights": {"dist": "geometric", "mean": 0.5}}),
        ("P01", {"acute_event_rate_segments": [{"days": 10, "rate_per_day": 0.5}]}),
        ("Q01", {"target_probability": 1.0}),
        ("R01", {"places_from": 9, "places_to": 3}),
    ],
)
def test_an_impossible_question_gets_a_sentence(case: str, changes: dict[str, Any]) -> None:
    with pytest.raises(PlassplanError) as raised:
        answer({"id": case, "given": {**KNOWN[case]["given"], **changes}})
    assert raised.value.fix


@pytest.mark.parametrize(
    ("case", "changes"),
    [
        ("A01", {"referral_rate_per_day": 0}),
        ("A01", {"target": 0}),
        ("C01", {"target": 0}),
        ("D01", {"rate_mean_per_day": 0}),
        ("E01", {"event_rate_per_day": 0}),
        ("I01", {"referral_rate_per_day": 0}),
        ("N01", {"daily_count_pmf": [1.0]}),
    ],
)
def test_no_referrals_or_no_target_need_no_places(case: str, changes: dict[str, Any]) -> None:
    found = answer({"id": case, "given": {**KNOWN[case]["given"], **changes}})
    assert found["required_places"] == 0
