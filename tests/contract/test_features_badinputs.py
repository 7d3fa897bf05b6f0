"""Every case of the bad-input manifest, through reading and checking."""

import json
import re
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from features.check import check_file
from features.schema import ExtractMapping
from reports.wording import worded
from tests.features_help import TODAY, norway

FOLDER = Path(__file__).parents[1] / "data" / "badinputs"
CASES = json.loads((FOLDER / "manifest.json").read_text(encoding="utf-8"))["files"]


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_a_file_is_judged_as_the_manifest_says(
    case: dict[str, Any], capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    began = time.monotonic()
    checked = check_file(
        FOLDER / case["file"], agency=norway(), mapping=ExtractMapping(), today=TODAY
    )
    checked = replace(checked, findings=worded(checked.findings, norway()))
    text = json.dumps(checked.to_dict(), ensure_ascii=False)
    assert checked.outcome.value in [case["expect"], *case.get("also_ok", [])]
    for pattern in case["must_match"]:
        assert re.search(pattern, text, re.IGNORECASE), pattern
    said = text + "".join(capfd.readouterr()) + caplog.text + repr(checked.findings)
    for secret in [*case["must_not_contain"], *case.get("must_not_print", [])]:
        assert secret not in said
    assert time.monotonic() - began < 5
    after = case.get("after", {})
    if checked.referrals is None:
        assert (checked.outcome.value, checked.rows_stored) == ("reject", 0)
        return
    frame = checked.referrals.frame
    assert checked.rows_stored == len(frame) == after.get("rows", checked.rows_read)
    for expected in after.get("values", []):
        row = frame.set_index("referral_id").loc[expected["referral_id"]]
        assert str(row["received_date"].date()) == expected["received_date"]
    if "region_counts_sorted" in after:
        found = sorted(frame["region"].value_counts(), reverse=True)
        assert found == after["region_counts_sorted"]
    assert not set(after.get("stored_columns_exclude", [])) & set(frame.columns)
