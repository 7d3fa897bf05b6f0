"""Regions and need groups as the configuration names them; no code is known here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from forecasting.errors import InputError


@dataclass(frozen=True)
class Region:
    """One region. `planned` is false where others plan (their rows are counted apart).

    `tile` is where it lies on a map of tiles: column and row, from 0 in the north-west.
    """

    code: str
    labels: Mapping[str, str]
    aliases: tuple[str, ...] = ()
    planned: bool = True
    valid_from: date | None = None
    valid_to: date | None = None
    tile: tuple[int, int] | None = None

    def label(self, language: str) -> str:
        """Name for people; the code where the configuration gives no name."""
        return self.labels.get(language) or self.labels.get("nb") or self.code


@dataclass(frozen=True)
class NeedGroup:
    """One need group: what the child needs, and when.

    `within_days` is the longest wait, in days, that still counts as offered in time.
    `feeds` names the group that a child may go on to when ready, `max_nights` caps the
    nights of both stays together. `level` overrides the plan's service level.
    `takes_places[w]` is the share of the children who need w + 1 places. Each of its houses
    closes `closings_a_year` times a year in the mean, for `closed_days` days in the mean.
    """

    code: str
    labels: Mapping[str, str]
    acute: bool = False
    within_days: int = 28
    aliases: tuple[str, ...] = ()
    feeds: str | None = None
    max_nights: int | None = None
    level: float | None = None
    takes_places: tuple[float, ...] = (1.0,)
    closings_a_year: float = 0.0
    closed_days: float = 60.0

    def __post_init__(self) -> None:
        if abs(sum(self.takes_places) - 1) > 1e-6 or min(self.takes_places, default=-1) < 0:
            raise InputError(
                f"need group {self.code!r} has takes_places {list(self.takes_places)}.",
                fix="Give the shares who need 1, 2, .. places; they add up to 1.",
            )
        if self.feeds == self.code:
            raise InputError(
                f"need group {self.code!r} feeds itself.",
                fix="Name another group in `feeds`, or leave it out.",
            )
        if self.within_days < 0:
            raise InputError(
                f"need group {self.code!r} has within_days {self.within_days}.",
                fix="Use 0 (the same day) or more.",
            )

    def label(self, language: str) -> str:
        """Name for people; the code where the configuration gives no name."""
        return self.labels.get(language) or self.labels.get("nb") or self.code


@dataclass(frozen=True)
class Agency:
    """Whose plan it is: its regions and need groups, in the order they are shown."""

    name: str
    regions: tuple[Region, ...]
    need_groups: tuple[NeedGroup, ...]
    synthetic: bool = False
    _groups: Mapping[str, NeedGroup] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        groups = {group.code: group for group in self.need_groups}
        for group in self.need_groups:
            if group.feeds is not None and group.feeds not in groups:
                raise InputError(
                    f"need group {group.code!r} feeds {group.feeds!r}, which is not configured.",
                    fix=f"Use one of: {', '.join(groups)}.",
                )
        object.__setattr__(self, "_groups", groups)

    def need_group(self, code: str) -> NeedGroup:
        """The need group with this code. Raises InputError for an unknown one."""
        if code not in self._groups:
            raise InputError(
                f"need group {code!r} is not configured.",
                fix=f"Use one of: {', '.join(self._groups)}.",
            )
        return self._groups[code]

    def region(self, code: str) -> Region:
        """The region with this code. Raises InputError for an unknown one."""
        for region in self.regions:
            if region.code == code:
                return region
        known = ", ".join(region.code for region in self.regions)
        raise InputError(f"region {code!r} is not configured.", fix=f"Use one of: {known}.")

    def planned_regions(self) -> tuple[Region, ...]:
        """The regions that the plan covers."""
        return tuple(region for region in self.regions if region.planned)
