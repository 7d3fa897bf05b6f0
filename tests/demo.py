"""Draws of the demonstration data shared by its tests."""

import tomllib
from dataclasses import replace
from datetime import date
from functools import cache
from importlib.resources import files

import pandas as pd

from features.synthetic import Demo, DemoSpec, draw_demo
from features.synthetic.spec import DemoGroup
from forecasting.streams import Streams

SEEDS = tuple(range(1, 9))
DATES = (
    "received_date",
    "offered_date",
    "withdrawn_date",
    "start_date",
    "ready_date",
    "end_date",
)


@cache
def spec() -> DemoSpec:
    """The packaged numbers."""
    return DemoSpec.from_dict(tomllib.loads((files("config") / "demo.toml").read_text("utf-8")))


@cache
def calm_spec() -> DemoSpec:
    """The same without yearly factors, so that steps and shares stand out from fewer draws."""
    groups = tuple(replace(group, year_cv=0.0) for group in spec().need_groups)
    return replace(spec(), need_groups=groups)


@cache
def long_spec() -> DemoSpec:
    """The same until 2034, so that every stay begun by 2024 has ended."""
    return replace(calm_spec(), last=date(2034, 12, 31))


def group(code: str) -> DemoGroup:
    """One need group's numbers."""
    return next(group for group in spec().need_groups if group.code == code)


@cache
def demo(seed: int = 1, scale: float = 1.0) -> Demo:
    """One draw of the packaged numbers."""
    return draw_demo(spec(), streams=Streams(seed), scale=scale)


@cache
def rows(which: str = "spec", seeds: tuple[int, ...] = SEEDS) -> pd.DataFrame:
    """Referrals of several draws with dates as dates; `seed` tells them apart."""
    numbers = {"spec": spec, "calm": calm_spec, "long": long_spec}[which]()
    drawn = [
        draw_demo(numbers, streams=Streams(seed)).referrals.assign(seed=seed) for seed in seeds
    ]
    frame = pd.concat(drawn, ignore_index=True)
    for column in DATES:
        frame[column] = pd.to_datetime(frame[column])
    frame["year"] = frame["received_date"].dt.year
    frame["child"] = frame["seed"].astype(str) + frame["child_pseudonym"]
    return frame
