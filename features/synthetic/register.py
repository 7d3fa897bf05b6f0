"""The register of places of the demonstration data, and which place each stay takes."""

from heapq import heapify, heappop, heappush
from typing import Any

import numpy as np
import pandas as pd

from features.synthetic.spec import DemoForm, DemoGroup, DemoRegion, DemoSpec

MARK = "SYN-"  # begins every identifier, so that no row can be taken for a real one


def places_by_region(total: int, *, spec: DemoSpec) -> list[int]:
    """Places of each region: houses dealt out by share (largest remainder), exact in sum.

    What does not fill a house goes to the region that is then furthest below its share.
    """
    shares = np.array([region.share for region in spec.regions])
    whole, rest = divmod(total, spec.house)
    exact = shares * whole
    houses = np.floor(exact).astype(int)
    most_left = np.argsort(houses - exact, kind="stable")[: whole - houses.sum()]
    houses[most_left] += 1
    places = houses * spec.house
    places[np.argmax(shares * total - places)] += rest
    return [int(count) for count in places]


def draw_register(spec: DemoSpec, *, scale: float = 1.0) -> pd.DataFrame:
    """The register (contract columns): one row a region, need group and form with places."""
    rows = [
        _place_set(region, group, form, spec=spec, places=places)
        for group in spec.need_groups
        for form in spec.forms
        for region, places in zip(
            spec.regions,
            places_by_region(round(group.places[form.code] * scale), spec=spec),
            strict=True,
        )
        if places > 0
    ]
    return pd.DataFrame(rows)


def _place_set(
    region: DemoRegion, group: DemoGroup, form: DemoForm, *, spec: DemoSpec, places: int
) -> dict[str, Any]:
    return {
        "place_set_id": place_set_id(region.code, group.code, form.code),
        "region": region.code,
        "need_groups": group.code,
        "form": form.code,
        "owner": form.owner,
        "places": places,
        "houses": -(-places // spec.house),
        "valid_from": spec.valid_from.isoformat(),
        "valid_to": "",
        "agreement_end": form.agreement_end.isoformat() if form.agreement_end else "",
        "nok_per_day_ready": form.ready,
        "nok_per_day_used": form.used,
        "price_year": spec.price_year,
        "availability": form.availability,
    }


def place_set_id(region: str, need_group: str, form: str) -> str:
    """Name of a set of places, marked synthetic."""
    return f"{MARK}{region}-{need_group}-{form}"


def assign_places(stays: pd.DataFrame, register: pd.DataFrame, *, spec: DemoSpec) -> pd.DataFrame:
    """The same stays with provider_type, owner and institution_id.

    First come, first served: the first form with a free place, in the order of `spec.forms`;
    where none is free, the place is bought for this one child.
    """
    filled = stays.assign(provider_type="", owner="", institution_id="")
    placed = stays[stays["start"].notna()].sort_values(["start", "received"], kind="stable")
    for (region, group), rows in placed.groupby(["region", "need_group"]):
        names = {form.code: place_set_id(region, group, form.code) for form in spec.forms}
        sizes = dict(zip(register["place_set_id"], register["places"], strict=True))
        free = [(form, names[form.code], sizes.get(names[form.code], 0)) for form in spec.forms]
        spot = (spec.spot, place_set_id(region, group, spec.spot.code))
        taken = _fill(rows, free=free, spot=spot, house=spec.house)
        columns = ["provider_type", "owner", "institution_id"]
        filled.loc[rows.index, columns] = taken
    return filled


def _fill(
    rows: pd.DataFrame,
    *,
    free: list[tuple[DemoForm, str, int]],
    spot: tuple[DemoForm, str],
    house: int,
) -> list[tuple[str, str, str]]:
    """Place of each stay, in order of start: (provider type, owner, institution)."""
    homes = [(form, f"{name}-{place // house + 1}") for form, name, n in free for place in range(n)]
    # Lowest place first: the places stand in merit order, so this is also the cheapest.
    vacant = list(range(len(homes)))
    heapify(vacant)
    leaving: list[tuple[int, int]] = []
    taken = []
    days = rows[["start", "end"]].to_numpy(dtype="datetime64[D]").astype(np.int64)
    for start, end in days:
        while leaving and leaving[0][0] <= start:
            heappush(vacant, heappop(leaving)[1])
        if vacant:
            place = heappop(vacant)
            heappush(leaving, (end, place))
            form, home = homes[place]
        else:
            form, home = spot
        taken.append((form.provider_type, form.owner, home))
    return taken
