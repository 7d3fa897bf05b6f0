"""A finished plan as the page and the API see it: read back from its files."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

from forecasting.errors import InputError
from planning.plan import Plan
from reports.facts import NATION, Part, groups_of, regions_of
from reports.numbers import Numbers
from reports.stored import plan_from_json
from service.shelf import PlanShelf, UnknownPlanError

LANGUAGE = "nb"


@dataclass(frozen=True)
class PlanView:
    """A plan under the id that it is kept by."""

    plan_id: str
    plan: Plan

    @cached_property
    def regions(self) -> Mapping[str, str]:
        """Labels of the planned regions by code, in the agency's order."""
        codes = [part.key.region for part in regions_of(self.plan)]
        return {code: self.plan.agency.region(code).label(LANGUAGE) for code in codes}

    @cached_property
    def need_groups(self) -> Mapping[str, str]:
        """Labels of the planned need groups by code, in the agency's order."""
        codes = [part.key.need_group for part in groups_of(self.plan)]
        return {code: self.plan.agency.need_group(code).label(LANGUAGE) for code in codes}

    @property
    def synthetic(self) -> bool:
        """Whether the plan was made from made-up data."""
        return self.plan.basis.synthetic or self.plan.agency.synthetic

    @property
    def committed(self) -> int:
        """Recommended committed places in all."""
        return Part(self.plan, NATION).committed

    @property
    def own_levels(self) -> bool:
        """Whether some need group is planned for a level of its own."""
        return any(
            self.plan.level_of(curve.key) != self.plan.policy.level for curve in self.plan.curves
        )

    @property
    def as_of_text(self) -> str:
        """Day on which the data were known, as people write it."""
        return Numbers(LANGUAGE).day(self.plan.basis.as_of)

    @property
    def basis_text(self) -> str:
        """What the plan rests on, in one line."""
        basis, numbers = self.plan.basis, Numbers(LANGUAGE)
        return " · ".join(
            (
                f"data {basis.data_sha256[:12]}, {numbers.count(basis.data_rows)} rader",
                f"kjent {self.as_of_text}",
                f"oppsett {basis.config_hash[:12]}",
                f"modell {basis.model}",
                f"{numbers.count(basis.draws)} trekninger, frø {basis.seed}",
                f"versjon {basis.code_version}",
            )
        )


@dataclass(frozen=True)
class Shelved:
    """What stands on a shelf: the plans, and the ids of those that cannot be read."""

    views: tuple[PlanView, ...]
    unreadable: tuple[str, ...]


def read_plan(shelf: PlanShelf, plan_id: str) -> PlanView:
    """One plan. Raises UnknownPlanError, or InputError for a damaged one."""
    return PlanView(plan_id, _plan_of(shelf.read(plan_id, "plan.json")))


def read_all(shelf: PlanShelf) -> Shelved:
    """Every plan on the shelf, newest first; one that is damaged does not hide the others."""
    views, unreadable = [], []
    for plan_id in shelf.ids():
        try:
            views.append(read_plan(shelf, plan_id))
        except UnknownPlanError:
            continue  # taken away meanwhile
        except InputError:
            unreadable.append(plan_id)
    return Shelved(tuple(views), tuple(unreadable))


@lru_cache(maxsize=32)
def _plan_of(content: bytes) -> Plan:
    # A slider asks the same plan many times a minute; equal bytes are an equal plan.
    return plan_from_json(content)
