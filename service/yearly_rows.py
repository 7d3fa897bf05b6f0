"""Yearly plans as plain values: what commands print as JSON and what the API answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from planning.decided import DecidedPart, Standing, by_group
from planning.earlier import Since
from planning.override import AtPlaces, Effect, chosen_lines
from planning.plan import Plan
from planning.yearly import Horizon, Override, Status, Version, YearlyPlan
from planning.yearly_diff import Pair, YearlyDiff
from reports.effect_said import effect_sentences
from service.yearly_words import WORDS, told


@dataclass(frozen=True)
class OverrideRow:
    """One override, with the model's number beside it. `places` None: taken back.

    `holds` says whether it is the one that counts.
    """

    region: str
    need_group: str
    form: str
    model_places: int
    places: int | None
    holds: bool
    reason: str
    name: str
    role: str
    made_at: datetime


@dataclass(frozen=True)
class PlacesRow:
    """What a number of committed places gives in the planned days; see AtPlaces."""

    places: int
    offered_share: float
    children_not_offered: float
    children_not_offered_high: float
    cost_nok: float | None


@dataclass(frozen=True)
class EffectRow:
    """What the overrides of one series do, in numbers and in words."""

    region: str
    need_group: str
    level: float
    below_level: bool
    model: PlacesRow
    chosen: PlacesRow
    cost_change_nok: float | None
    ready_change_nok: float | None
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class VersionRow:
    """One version of a yearly plan."""

    year: int
    region: str
    number: int
    status: Status
    in_force: bool
    plan_id: str
    horizon: Horizon
    tertial: int | None
    based_on: int | None
    reason: str
    name: str
    role: str
    made_at: datetime
    signed_name: str | None
    signed_role: str | None
    signed_at: datetime | None
    overrides: int


@dataclass(frozen=True)
class LineRow:
    """Places of one form: the model's number and the one that holds."""

    region: str
    need_group: str
    form: str
    model_places: int
    places: int


@dataclass(frozen=True)
class StandingRow:
    """Places, cost of the cheapest forms for so many, and children; see Standing."""

    places: int
    cost_nok: float | None
    children_not_offered: float


@dataclass(frozen=True)
class DecidedRow:
    """A need group, or all of them (`alle`): the model's numbers, and the version's."""

    need_group: str
    model: StandingRow
    decided: StandingRow
    ready_change_nok: float | None


@dataclass(frozen=True)
class VersionAnswer:
    """One version with every number in it; `sentences` are those of its report."""

    version: VersionRow
    lines: tuple[LineRow, ...]
    overrides: tuple[OverrideRow, ...]
    effects: tuple[EffectRow, ...]
    decided: tuple[DecidedRow, ...]
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class PairRow:
    """One value of two versions; None where it is not known."""

    before: float | None
    now: float | None
    change: float | None


@dataclass(frozen=True)
class GroupRow:
    """Committed places of a need group; the causes add up to the change."""

    need_group: str
    before: int
    now: int
    causes: dict[str, int]


@dataclass(frozen=True)
class SinceRow:
    """Why the model's places of a need group differ, from the data; the steps add up."""

    need_group: str
    before: int
    now: int
    steps: dict[str, int]


@dataclass(frozen=True)
class LineChangeRow:
    """One form of one series that has another number; None where a version lacks it."""

    region: str
    need_group: str
    form: str
    before: int | None
    now: int | None
    model_before: int | None
    model_now: int | None


@dataclass(frozen=True)
class DiffAnswer:
    """Two versions side by side. Costs and referrals compare only where `same_days`.

    `since` is empty unless the later plan was made with --compare to the earlier one.
    """

    before: VersionRow
    now: VersionRow
    same_days: bool
    level: PairRow
    places: PairRow
    cost_nok: PairRow
    referrals: PairRow
    groups: tuple[GroupRow, ...]
    lines: tuple[LineChangeRow, ...]
    overrides_gone: tuple[OverrideRow, ...]
    overrides_new: tuple[OverrideRow, ...]
    since: tuple[SinceRow, ...]


def version_row(yearly: YearlyPlan, version: Version) -> VersionRow:
    """One version as a row."""
    signed = version.signature
    return VersionRow(
        year=yearly.year,
        region=yearly.region,
        number=version.number,
        status=version.status,
        in_force=version == yearly.in_force,
        plan_id=version.plan_id,
        horizon=version.horizon,
        tertial=version.tertial,
        based_on=version.based_on,
        reason=version.reason,
        name=version.who.name,
        role=version.who.role,
        made_at=version.made_at,
        signed_name=signed.who.name if signed else None,
        signed_role=signed.who.role if signed else None,
        signed_at=signed.at if signed else None,
        overrides=len(version.held),
    )


def version_answer(yearly: YearlyPlan, version: Version, plan: Plan) -> VersionAnswer:
    """One version with its numbers."""
    lines = chosen_lines(plan, version.held, region=yearly.region)
    found = told(plan, version, yearly.region)
    return VersionAnswer(
        version=version_row(yearly, version),
        lines=tuple(
            LineRow(each.key.region, each.key.need_group, each.form.value, each.model, each.places)
            for each in lines
        ),
        overrides=override_rows(plan, version.overrides, held=version.held),
        effects=tuple(effect_row(each, plan) for each in found.whole.effects),
        decided=tuple(_decided(each) for each in (*by_group(found.parts), found.whole)),
        sentences=(*found.sentences(), *found.explained()),
    )


def override_rows(
    plan: Plan, overrides: Sequence[Override], *, held: Sequence[Override]
) -> tuple[OverrideRow, ...]:
    """Overrides in the order they were made, with the model's numbers of this plan."""
    model = {(each.key, each.form): each.places for each in plan.lines}
    return tuple(
        OverrideRow(
            region=each.key.region,
            need_group=each.key.need_group,
            form=each.form.value,
            model_places=model.get((each.key, each.form), 0),
            places=each.places,
            holds=each in held,
            reason=each.reason,
            name=each.who.name,
            role=each.who.role,
            made_at=each.at,
        )
        for each in overrides
    )


def effect_row(effect: Effect, plan: Plan) -> EffectRow:
    """What the overrides of one series do; `effect` is one of `told_effects`."""
    return EffectRow(
        region=effect.key.region,
        need_group=effect.key.need_group,
        level=effect.level,
        below_level=effect.below_level,
        model=_places(effect.model),
        chosen=_places(effect.chosen),
        cost_change_nok=effect.cost_change_nok,
        ready_change_nok=effect.ready_nok,
        sentences=effect_sentences(WORDS, effect, plan),
    )


def diff_answer(
    found: YearlyDiff,
    rows: tuple[VersionRow, VersionRow],
    plans: tuple[Plan, Plan],
    *,
    since: tuple[Since, ...] = (),
) -> DiffAnswer:
    """Two versions side by side. `rows` and `plans` are those of before and now."""
    before, now = plans
    return DiffAnswer(
        before=rows[0],
        now=rows[1],
        same_days=found.same_days,
        level=_pair(found.level),
        places=_pair(found.places),
        cost_nok=_pair(found.cost_nok),
        referrals=_pair(found.referrals),
        groups=tuple(
            GroupRow(
                each.need_group,
                each.before,
                each.now,
                {cause.value: places for cause, places in each.causes},
            )
            for each in found.groups
        ),
        lines=tuple(
            LineChangeRow(
                region=each.key.region,
                need_group=each.key.need_group,
                form=each.form.value,
                before=each.before,
                now=each.now,
                model_before=each.model_before,
                model_now=each.model_now,
            )
            for each in found.lines
        ),
        overrides_gone=override_rows(before, found.overrides_gone, held=()),
        overrides_new=override_rows(now, found.overrides_new, held=found.overrides_new),
        since=tuple(
            SinceRow(
                each.need_group,
                each.before,
                each.now,
                {reason.value: places for reason, places in each.steps},
            )
            for each in since
        ),
    )


def _decided(part: DecidedPart) -> DecidedRow:
    def row(of: Standing) -> StandingRow:
        return StandingRow(of.places, of.cost_nok, of.not_offered)

    rows = row(part.model), row(part.decided)
    return DecidedRow(part.key.need_group, *rows, part.ready_change_nok)


def _places(at: AtPlaces) -> PlacesRow:
    return PlacesRow(
        places=at.places,
        offered_share=at.offered_share,
        children_not_offered=at.not_offered_mean,
        children_not_offered_high=at.not_offered_high,
        cost_nok=at.cost_nok,
    )


def _pair(pair: Pair) -> PairRow:
    return PairRow(pair.before, pair.now, pair.change)
