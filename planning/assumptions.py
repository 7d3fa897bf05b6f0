"""Every assumed or estimated value behind a plan, with where it comes from, in Norwegian."""

from collections.abc import Iterator
from math import exp, sqrt

from forecasting.agency import Agency, NeedGroup
from forecasting.places import Form
from forecasting.stays import StayLaw
from planning.evidence import Evidence
from planning.goal import Binds
from planning.limits import FormLimit
from planning.plan import Assumption
from planning.policy import Discipline, Policy, Prices

CHOSEN = "valgt av planleggeren (konfigurasjon, [policy])"
CONFIGURED = "konfigurasjon"
ESTIMATED = "anslått fra uttrekket"

FORMS = {
    Form.BASE: "grunnkapasitet",
    Form.STANDBY: "beredskap",
    Form.GUARANTEED: "rammeavtale med garanti",
    Form.CALL_OFF: "avrop",
    Form.SPOT: "enkeltkjøp",
}
DISCIPLINES = {
    Discipline.MIXED: "noen får hjelp ved enkeltkjøp, resten venter i kø",
    Discipline.LOST: "alle får hjelp utenfor planens plasser",
    Discipline.OVERFILL: "tas inn utover plassene",
    Discipline.WAIT: "alle venter i kø",
}

BINDS = {
    Binds.BOTH: "alle barn under ett, og så mange enkeltår hver for seg",
    Binds.LEVEL: "alle barn under ett",
    Binds.ASSURANCE: "så mange enkeltår hver for seg",
}


def assumptions(
    evidence: Evidence, policy: Policy, prices: Prices | None, *, agency: Agency
) -> tuple[Assumption, ...]:
    """All assumptions, in the order a reader asks for them."""
    return (
        *_policy(policy),
        *_groups(evidence, agency),
        *(_prices(prices) if prices else ()),
    )


def _policy(policy: Policy) -> Iterator[Assumption]:
    yield Assumption("Tjenestenivå", f"{policy.level:g}", "andel", CHOSEN)
    yield Assumption(
        "Enkeltår som skal nå nivået selv", f"{policy.assurance:g}", "andel år", CHOSEN
    )
    yield Assumption("Krav til nivået", BINDS[policy.binds], "", CHOSEN)
    yield Assumption("Barn uten plass i tide", DISCIPLINES[policy.discipline], "", CHOSEN)
    yield Assumption("Enkeltkjøp som lykkes", f"{policy.spot_found:g}", "andel", CHOSEN)
    if policy.latent_share:
        yield Assumption(
            "Behov som det aldri sendes henvisning om", f"{policy.latent_share:g}", "andel", CHOSEN
        )
    limits = policy.limits
    yield Assumption(
        "Vekst i rammeavtaler, høyst", f"{limits.framework_growth:g}", "andel per år", CHOSEN
    )
    yield Assumption(
        "Nye rammeavtaleplasser der det ikke finnes noen, høyst",
        str(limits.framework_new_places),
        "plasser per region og målgruppe",
        CHOSEN,
    )
    for form, limit in limits.by_form.items():
        yield Assumption(f"{FORMS[form]}: endring på et år", _range(limit), "", CHOSEN)


def _range(limit: FormLimit) -> str:
    """How far a form can move, in words."""
    said = {
        "høyst {:.0%} færre": limit.fewer,
        "høyst {:.0%} flere": limit.more,
        "høyst {} nye der det ikke finnes noen": limit.new_places,
        "hele hus på {} plasser": limit.house if limit.house > 1 else None,
        "nye plasser tidligst {} dager etter datadatoen": limit.lead_days or None,
    }
    parts = [text.format(value) for text, value in said.items() if value is not None]
    return ", ".join(parts).replace("%", "\u00a0%") or "ingen grense"


def _groups(evidence: Evidence, agency: Agency) -> Iterator[Assumption]:
    for group in agency.need_groups:
        label, law, pattern = (
            group.label("nb"),
            evidence.laws[group.code],
            evidence.patterns[group.code],
        )
        source = law.note or f"{ESTIMATED}, {law.stays} avsluttede opphold"
        yield Assumption(f"{label}: frist for tilbud", str(group.within_days), "dager", CONFIGURED)
        if group.level is not None:
            yield Assumption(f"{label}: eget tjenestenivå", f"{group.level:g}", "andel", CONFIGURED)
        yield Assumption(
            f"{label}: gjennomsnittlig opphold til klar",
            f"{law.survival.sum():.1f}",
            "døgn",
            source,
            children=law.stays,
        )
        yield from _uncertain_stays(label, law)
        yield from _houses_and_places(label, group)
        yield Assumption(
            f"{label}: henvisninger som trenger plass",
            f"{pattern.demand_share:.3f}",
            "andel",
            ESTIMATED,
        )
        if group.feeds:
            yield Assumption(
                f"{label}: går videre til {agency.need_group(group.feeds).label('nb')}",
                f"{pattern.onward_share:.3f}",
                "andel",
                ESTIMATED,
            )
        if group.max_nights is not None:
            yield Assumption(
                f"{label}: lengste opphold, tid i gruppen før trukket fra",
                str(group.max_nights),
                "døgn",
                CONFIGURED,
            )


def _uncertain_stays(label: str, law: StayLaw) -> Iterator[Assumption]:
    if law.stays == 0:
        return
    yield Assumption(
        f"{label}: usikkerhet i oppholdstid, trekkes på hver bane",
        f"{100 / sqrt(law.stays):.1f}",
        "% standardfeil",
        f"{ESTIMATED}: 1 / kvadratroten av {law.stays} avsluttede opphold",
        children=law.stays,
        counted=True,
    )
    if law.drift:
        yield Assumption(
            f"{label}: sjansen for å flytte ut endrer seg",
            f"{100 * (exp(law.drift) - 1):+.1f}",
            "% per år",
            f"{ESTIMATED}: Poisson-regresjon over kalenderår, krympet mot null "
            f"(standardfeil {100 * law.drift_error:.1f})",
        )


def _houses_and_places(label: str, group: NeedGroup) -> Iterator[Assumption]:
    if len(group.takes_places) > 1:
        shares = ", ".join(f"{n}: {share:g}" for n, share in enumerate(group.takes_places, 1))
        yield Assumption(f"{label}: barn som trenger flere plasser", shares, "andel", CONFIGURED)
    if group.closings_a_year:
        yield Assumption(
            f"{label}: hvert hus stenges",
            f"{group.closings_a_year:g}",
            f"ganger per år, {group.closed_days:g} døgn om gangen",
            CONFIGURED,
        )


def _prices(prices: Prices) -> Iterator[Assumption]:
    yield Assumption(
        "Prisnivå",
        str(prices.plan_year),
        "år",
        f"{prices.price_year}-priser justert med {100 * prices.index:g} % i året".replace(".", ","),
    )
    for form in Form:
        if form not in prices.by_form:
            continue
        price = prices.of(form)
        yield Assumption(
            f"Pris for {FORMS[form]}, klar", f"{price.ready:.0f}", "kr per plass og dag", CONFIGURED
        )
        yield Assumption(
            f"Pris for {FORMS[form]}, i bruk",
            f"{price.used:.0f}",
            "kr per plass og dag i bruk",
            CONFIGURED,
        )
        if price.availability < 1:
            yield Assumption(
                f"Tilgjengelighet av {FORMS[form]}", f"{price.availability:g}", "andel", CONFIGURED
            )
