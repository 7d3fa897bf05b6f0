"""Everything that a plan rests on, as known on a day: the first half of plan and of replay."""

from dataclasses import dataclass
from datetime import date

from features.arrivals import arrival_patterns
from features.asof import known_at
from features.build import referral_panel, residents, stay_table
from features.calendar import public_holidays
from features.referrals import ReferralTable
from forecasting.agency import Agency
from forecasting.ensemble import PooledForecast, fit_pool
from forecasting.panel import Frequency
from forecasting.places import Register
from forecasting.stays import StayLaw
from forecasting.streams import Streams
from models import STAY_MODELS
from planning.evidence import Evidence
from service.known_changes import known_changes
from service.outcomes import pool_settings
from service.processes import mapper
from service.registry import chosen_forecasters
from service.settings import Settings
from service.talk import Talk


@dataclass(frozen=True)
class Ahead:
    """Known until `as_of`, forecast for `months` after the last complete one, until `last`."""

    as_of: date
    months: int
    last: date


def plan_evidence(
    table: ReferralTable,
    ahead: Ahead,
    *,
    settings: Settings,
    register: Register | None,
    draws: int,
    seed: int,
    workers: int,
    talk: Talk,
) -> tuple[PooledForecast, Evidence]:
    """All that was known on the data date, with the forecast made from it."""
    agency, as_of = settings.agency, ahead.as_of
    known = known_at(table, as_of)
    panel = referral_panel(known, agency=agency, as_of=as_of, freq=Frequency.MONTH)
    forecasters = chosen_forecasters((), settings)
    pooled = fit_pool(
        forecasters,
        panel,
        # Twice the draws: places are chosen on one half, and seen again on the other.
        settings=pool_settings(settings.forecast, forecasters, steps=ahead.months, draws=2 * draws),
        streams=Streams(seed),
        run=mapper(workers, talk=talk, seconds_per_model=settings.forecast.seconds_per_model),
        changes=known_changes(settings),
    )
    samples, fresh = pooled.samples.halves()
    evidence = Evidence(
        as_of=as_of,
        history=panel,
        samples=samples,
        laws=stay_laws(known, agency=agency, as_of=as_of),
        patterns=arrival_patterns(known, agency=agency, as_of=as_of),
        residents=residents(known, agency=agency, as_of=as_of),
        holidays=public_holidays(as_of, ahead.last),
        register=register,
        fresh=fresh,
    )
    return pooled, evidence


def stay_laws(table: ReferralTable, *, agency: Agency, as_of: date) -> dict[str, StayLaw]:
    """How long children stay in each need group, by what was known on a day."""
    stay_model = next(iter(STAY_MODELS.values()))()
    return dict(stay_model.fit(stay_table(table, agency=agency, as_of=as_of)))
