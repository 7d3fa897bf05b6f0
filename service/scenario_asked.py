"""A run of scenarios as a planner asks for it on a page: checked, and made into a request."""

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, BinaryIO

from forecasting.errors import UsageError
from forecasting.places import Form
from planning.scenario import AnyChange, Demand, PriceOf, Scenario, ServiceLevel, Stays
from reports.numbers import Numbers
from service.evidence import STORE_NAME
from service.files import write_file
from service.plan_inputs import PlanInputs
from service.planner_text import MOST_NAME, MOST_REASON, checked_text
from service.requests import PlanRequest
from service.scenario_view import MOST
from service.scenarios import chosen_scenarios, known_scenarios
from service.settings import Settings
from service.store import store_stamp
from service.uploads import CHUNK
from service.yearly_words import WORDS

# Code of the scenario that holds the planner's own assumptions.
OWN = "own_assumptions"
# Per cent more or less than in the plan. Who writes 95 has most likely meant 95 % of the plan's,
# and would else get nearly the double; what is meant so stands in the configuration instead.
LEAST_CHANGE, MOST_CHANGE = -50.0, 50.0
CHANGE_FIX = "Per cent more or less than the plan's; a larger change is a scenario of your own."
LEAST_LEVEL, MOST_LEVEL = 50.0, 99.9
NUMBERS = Numbers("nb")


class WrongFieldError(UsageError):
    """A field of the form that cannot be used; `field` is its name."""

    def __init__(self, field: str, message: str, *, fix: str) -> None:
        super().__init__(message, fix=fix)
        self.field = field


@dataclass(frozen=True)
class ScenarioAsked:
    """Which plan, which named scenarios and which assumptions of one's own, by whom and why.

    Changes are in per cent of what the plan assumes; `level_percent` is the level itself.
    """

    plan_id: str
    scenarios: tuple[str, ...]
    reason: str
    name: str
    demand_percent: float | None = None
    stays_percent: float | None = None
    level_percent: float | None = None
    price_percent: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def of(cls, what: Mapping[str, Any]) -> "ScenarioAsked":
        """What `plain` made plain."""
        return cls(**{**what, "scenarios": tuple(what["scenarios"])})

    @property
    def plain(self) -> dict[str, object]:
        """The same in values that JSON has."""
        return asdict(self)

    @property
    def changes(self) -> tuple[AnyChange, ...]:
        """The assumptions of one's own."""
        found: list[AnyChange] = []
        if self.demand_percent is not None:
            found.append(Demand(1 + self.demand_percent / 100))
        if self.stays_percent is not None:
            found.append(Stays(1 + self.stays_percent / 100))
        if self.level_percent is not None:
            found.append(ServiceLevel(self.level_percent / 100))
        found += [PriceOf(1 + p / 100, Form(form)) for form, p in self.price_percent.items()]
        return tuple(found)

    @property
    def codes(self) -> tuple[str, ...]:
        """All scenarios of the run."""
        return (*self.scenarios, OWN) if self.changes else self.scenarios

    def settings(self, inputs: PlanInputs) -> Settings:
        """The plan's configuration, with the assumptions of one's own as a scenario in it."""
        if not self.changes:
            return inputs.settings
        own = Scenario(OWN, {"nb": self._label()}, self.reason, self.changes)
        return replace(inputs.settings, scenarios=(*inputs.settings.scenarios, own))

    def _label(self) -> str:
        said = []
        if self.demand_percent is not None:
            said.append(f"henvisninger {_percent(self.demand_percent)}")
        if self.stays_percent is not None:
            said.append(f"opphold {_percent(self.stays_percent)}")
        if self.level_percent is not None:
            said.append(f"nivå {WORDS.of_children(self.level_percent / 100)}")
        said += [
            f"pris på {WORDS.form(Form(form)).lower()} {_percent(percent)}"
            for form, percent in self.price_percent.items()
        ]
        return f"Egne: {', '.join(said)}"


def check_asked(asked: ScenarioAsked, inputs: PlanInputs) -> ScenarioAsked:
    """What was asked for, as it will be kept. Raises WrongFieldError for the first wrong field."""
    _check_scenarios(asked, inputs)
    changes = {"demand_percent": asked.demand_percent, "stays_percent": asked.stays_percent}
    changes |= {f"price_{form}": percent for form, percent in asked.price_percent.items()}
    for name, value in changes.items():
        _check_range(name, value, least=LEAST_CHANGE, most=MOST_CHANGE, why=CHANGE_FIX)
    _check_range("level_percent", asked.level_percent, least=LEAST_LEVEL, most=MOST_LEVEL)
    for form in asked.price_percent:
        _check_priced(form, inputs.settings)
    return replace(
        asked,
        name=_text("name", asked.name, MOST_NAME),
        reason=_text("reason", asked.reason, MOST_REASON),
    )


def plan_request(
    inputs: PlanInputs, asked: ScenarioAsked, *, extract: Path | None, out: Path
) -> PlanRequest:
    """The plan again, with the scenarios to compare it with. `extract` None: from the store."""
    plan, basis = inputs.plan, inputs.plan.basis
    register = None
    if inputs.register is not None:
        register = out.parent / "inputs" / f"register{inputs.ending}"
        write_file(register, inputs.register)
    return PlanRequest(
        extract,
        extract is None,
        register=register,
        year=plan.year,
        as_of=basis.as_of,
        settings=asked.settings(inputs),
        level=plan.policy.level,
        draws=basis.draws,
        seed=basis.seed,
        out=out,
        tracking=False,
    )


def needs_file(inputs: PlanInputs) -> bool:
    """Whether the plan was made from a file, whose rows are not in the store."""
    return inputs.plan.basis.data_name != STORE_NAME


def check_data(inputs: PlanInputs, *, given: bool, home: Path) -> None:
    """That the plan's own rows are there: in the store, or in the extract that is given.

    Raises WrongFieldError. Asked again when the job begins: it may have waited for long.
    """
    if needs_file(inputs) and not given:
        raise WrongFieldError(
            "no_extract", "the plan was made from a file.", fix="Send that file as `extract`."
        )
    if not needs_file(inputs) and store_stamp(home) != inputs.plan.basis.data_sha256:
        raise WrongFieldError(
            "moved_on",
            "extracts were loaded after the plan was made.",
            fix="Make the plan again from the store, and use that one.",
        )


def take_data(inputs: PlanInputs, sent: BinaryIO | None, *, home: Path, folder: Path) -> None:
    """Lay the plan's own extract into `folder`, or see that the store still holds its rows.

    Raises WrongFieldError for another extract: the numbers would not be the plan's.
    """
    check_data(inputs, given=sent is not None, home=home)
    if sent is None or not needs_file(inputs):
        return
    basis = inputs.plan.basis
    # The plan's own name for it, so that the run rests on the same in every word.
    if _copied(sent, folder / Path(basis.data_name).name) != basis.data_sha256:
        raise WrongFieldError(
            "other_extract",
            "the extract is not the one that the plan was made from.",
            fix="Send the same file, unchanged; or make a new plan from this one.",
        )


def _copied(sent: BinaryIO, path: Path) -> str:
    """Copy what was sent. Returns its sha256."""
    digest = hashlib.sha256()
    path.parent.mkdir(mode=0o700)
    with path.open("xb") as copy:
        while chunk := sent.read(CHUNK):
            digest.update(chunk)
            copy.write(chunk)
    return digest.hexdigest()


def _check_scenarios(asked: ScenarioAsked, inputs: PlanInputs) -> None:
    if not 1 <= len(asked.codes) <= MOST or OWN in known_scenarios(inputs.settings):
        raise WrongFieldError(
            "scenarios",
            f"{len(asked.codes)} scenarios were asked for, own assumptions counted as one.",
            fix=f"Ask for 1 to {MOST}.",
        )
    try:
        chosen_scenarios(asked.scenarios, inputs.settings)
    except UsageError as error:
        # The codes came from outside and are not repeated.
        raise WrongFieldError(
            "scenarios",
            "a scenario is not known, or was named twice.",
            fix=f"Use some of: {', '.join(known_scenarios(inputs.settings))}.",
        ) from error


def _check_range(
    name: str, value: float | None, *, least: float, most: float, why: str = ""
) -> None:
    if value is not None and not (math.isfinite(value) and least <= value <= most):
        fix = f"Use a number from {least:g} to {most:g}. {why}".strip()
        raise WrongFieldError(name, f"{name} is out of range.", fix=fix)


def _check_priced(form: str, settings: Settings) -> None:
    prices = settings.price_list
    priced: Sequence[str] = [] if prices is None else [each.value for each in prices.by_form]
    if form not in priced:
        raise WrongFieldError(
            f"price_{form}",
            "the plan has no price of this form.",
            fix=f"Change the price of: {', '.join(priced) or 'none'}.",
        )


def _text(name: str, text: str, most: int) -> str:
    try:
        return checked_text(text, what=name, most=most)
    except UsageError as error:
        raise WrongFieldError(name, error.message, fix=error.fix) from error


def _percent(value: float) -> str:
    return f"{NUMBERS.change(value)} %"
