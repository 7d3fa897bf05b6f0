"""Small made-up agencies for planning tests: no code or number of any real one."""

from datetime import date

import numpy as np

from forecasting.agency import Agency, NeedGroup, Region
from forecasting.arrivals import ArrivalPattern
from forecasting.basis import Basis
from forecasting.panel import CountPanel, Frequency, Quantity, SeriesKey
from forecasting.places import Form, PlaceSet, Price, Register
from forecasting.samples import ForecastSamples
from forecasting.stays import Residents, StayLaw
from forecasting.streams import Streams
from planning.build import Choices
from planning.evidence import Evidence, build_chain, chains
from planning.flow import Chain
from planning.policy import Policy, Prices

AS_OF = date(2030, 12, 31)
YEAR = 2031
NO_DAYS = np.zeros(0, dtype="datetime64[D]")


def made_up_agency(*, regions: int = 2, coupled: bool = True, within_days: int = 0) -> Agency:
    return Agency(
        name="Etaten",
        regions=tuple(Region(f"r{i}", {"nb": f"Region {i}"}) for i in range(regions)),
        need_groups=(
            NeedGroup("haster", {"nb": "Haster"}, acute=True, within_days=0)
            if not coupled
            else NeedGroup("haster", {"nb": "Haster"}, acute=True, within_days=0, feeds="lang"),
            NeedGroup("lang", {"nb": "Lang"}, within_days=within_days, max_nights=365),
        ),
        synthetic=True,
    )


def geometric_law(group: str, mean: float) -> StayLaw:
    survival = (1 - 1 / mean) ** np.arange(int(25 * mean) + 2)
    survival[-1] = 0.0
    return StayLaw(group, survival, stays=1000)


def pattern(group: str, **changes: object) -> ArrivalPattern:
    values: dict[str, object] = {
        "need_group": group,
        "weekday": np.ones(7),
        "holiday": 1.0,
        "batch": np.array([1.0]),
        "demand_share": 1.0,
        "direct_share": 1.0,
        "onward_share": 0.0,
    }
    return ArrivalPattern(**{**values, **changes})  # type: ignore[arg-type]


def made_up_evidence(
    agency: Agency,
    *,
    rates: dict[str, float],
    means: dict[str, float],
    draws: int = 200,
    months: int = 12,
    seed: int = 7,
    onward_share: float = 0.2,
    register: Register | None = None,
) -> Evidence:
    """Poisson referrals a month at `rates`, geometric stays of `means` nights, by need group."""
    rng = np.random.default_rng(seed)
    keys = tuple(
        SeriesKey(region.code, group.code)
        for region in agency.regions
        for group in agency.need_groups
    )
    past = np.arange("2028-01", "2031-01", dtype="datetime64[M]").astype("datetime64[D]")
    counts = np.stack([rng.poisson(rates[key.need_group], len(past)) for key in keys])
    future = Frequency.MONTH.after(AS_OF, months)
    samples = np.stack([rng.poisson(rates[key.need_group], (draws, months)) for key in keys])
    return Evidence(
        as_of=AS_OF,
        history=CountPanel(
            Quantity.REFERRALS,
            Frequency.MONTH,
            AS_OF,
            keys,
            past,
            counts.astype(float),
            np.ones_like(counts, dtype=bool),
        ),
        samples=ForecastSamples(Quantity.REFERRALS, date(2030, 12, 1), keys, future, samples),
        laws={group: geometric_law(group, mean) for group, mean in means.items()},
        patterns={
            group.code: pattern(group.code, onward_share=onward_share if group.feeds else 0.0)
            for group in agency.need_groups
        },
        residents=Residents(AS_OF, {}, {}, {}),
        holidays=NO_DAYS,
        register=register,
    )


def made_up_register(agency: Agency, places: int = 8) -> Register:
    return Register(
        tuple(
            PlaceSet(
                place_set_id=f"{region.code}-{group.code}-{form.value}",
                region=region.code,
                need_groups=(group.code,),
                form=form,
                owner="state",
                places=places,
                houses=1,
                valid_from=date(2020, 1, 1),
            )
            for region in agency.regions
            for group in agency.need_groups
            for form in (Form.BASE, Form.GUARANTEED, Form.CALL_OFF)
        )
    )


def made_up_prices() -> Prices:
    return Prices(
        price_year=YEAR,
        plan_year=YEAR,
        index=0.0,
        by_form={
            Form.BASE: Price(1000, 200),
            Form.STANDBY: Price(500, 1000),
            Form.GUARANTEED: Price(900, 0),
            Form.CALL_OFF: Price(0, 1300, availability=0.8),
            Form.SPOT: Price(0, 2500),
        },
    )


def made_up_choices(**policy: object) -> Choices:
    return Choices(YEAR, Policy(**policy), made_up_prices())  # type: ignore[arg-type]


def made_up_chain(agency: Agency, known: Evidence, choices: Choices) -> Chain:
    """The children of the first need group, and of the one that it feeds, in the first region."""
    return build_chain(
        known,
        chains(agency)[0],
        region="r0",
        window=choices.window,
        policy=choices.policy,
        streams=Streams(5),
    )


def made_up_basis(draws: int = 200) -> Basis:
    return Basis(
        data_sha256="0" * 64,
        data_rows=100,
        as_of=AS_OF,
        config_hash="0" * 64,
        model="poisson",
        weights={"poisson": 1.0},
        seed=7,
        draws=draws,
        code_version="test",
        synthetic=True,
    )
