"""The demonstration extract and its register, drawn in one go."""

from dataclasses import dataclass

import pandas as pd

from features.synthetic.children import draw_children
from features.synthetic.rates import days_of
from features.synthetic.register import MARK, assign_places, draw_register
from features.synthetic.spec import DemoRegion, DemoSpec
from features.synthetic.stays import blank_after, move_on, settle
from forecasting.errors import UsageError
from forecasting.streams import Streams

_DATES = {
    "received": "received_date",
    "offered": "offered_date",
    "withdrawn": "withdrawn_date",
    "start": "start_date",
    "ready": "ready_date",
    "end": "end_date",
}
COLUMNS = (
    "referral_id",
    "received_date",
    "region",
    "municipality_no",
    "need_group",
    "legal_basis",
    "child_pseudonym",
    "age",
    "outcome",
    "offered_date",
    "withdrawn_date",
    "start_date",
    "ready_date",
    "end_date",
    "provider_type",
    "owner",
    "institution_id",
    "event_id",
)


@dataclass(frozen=True)
class Demo:
    """A synthetic extract and register, as text and numbers ready to be written as CSV.

    Dates are ISO text, blank where not known on the last day of the file.
    """

    referrals: pd.DataFrame
    register: pd.DataFrame


def draw_demo(spec: DemoSpec, *, streams: Streams, scale: float = 1.0) -> Demo:
    """Draw the demonstration data; `scale` multiplies referrals and places.

    Equal `spec`, seed and `scale` give equal data. Referrals of `burn_in_years` before the
    first day are drawn too, so that transfers flow from the start, and then left out:
    children who were resident on the first day are therefore not in the file.
    """
    if not scale > 0:
        raise UsageError(f"scale is {scale}.", fix="Use a number above 0, for example 1.")
    streams = streams.child("demo", str(spec.variant))
    register = draw_register(spec, scale=scale)
    parts = [
        part
        for region in spec.regions
        for part in _region(region, spec=spec, scale=scale, streams=streams)
    ]
    rows = pd.concat(parts, ignore_index=True).sort_values(
        ["received", "region", "need_group", "event", "child_pseudonym"], ignore_index=True
    )
    known = blank_after(assign_places(rows, register, spec=spec), spec=spec)
    return Demo(referrals=_extract(known), register=register)


def _region(
    region: DemoRegion, *, spec: DemoSpec, scale: float, streams: Streams
) -> list[pd.DataFrame]:
    """All referrals of one region, a frame a need group, transfers included."""
    days = days_of(spec)
    by_group: dict[str, list[pd.DataFrame]] = {}
    for group in spec.need_groups:
        children = draw_children(
            group, region, spec=spec, days=days, scale=scale, streams=streams
        ).assign(path=group.code)
        by_group[group.code] = [settle(children, group, spec=spec, streams=streams)]
        if group.via:
            source = next(g for g in spec.need_groups if g.code == group.via.need_group)
            direct = by_group[source.code][0]
            changed, new = move_on(direct, group, source=source, spec=spec, streams=streams)
            by_group[source.code][0] = changed
            by_group[group.code].append(new)
    return [part for parts in by_group.values() for part in parts]


def _extract(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows in the contract's columns; what is not known yet is blank."""
    begun = rows["start"].notna()
    event = rows.groupby(["received", "region", "need_group", "path", "event"]).ngroup()
    named = rows.assign(
        referral_id=[f"{MARK}{number:07d}" for number in range(1, len(rows) + 1)],
        event_id=[f"{MARK}E{number:07d}" for number in event + 1],
        legal_basis="§ " + rows["legal_basis"],
        **{column: rows[column].where(begun, "") for column in ("provider_type", "institution_id")},
        owner=rows["owner"].where(begun, ""),
        **{ours: rows[name].dt.strftime("%Y-%m-%d").fillna("") for name, ours in _DATES.items()},
    )
    return named[list(COLUMNS)].reset_index(drop=True)
