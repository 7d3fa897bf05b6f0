"""What looks wrong in accepted referrals: said in the plan, never mended in silence."""

from collections.abc import Iterator
from datetime import date, timedelta

from features.asof import data_date, known_at, last_complete_month
from features.referrals import ReferralTable
from forecasting.agency import Agency
from forecasting.findings import Finding, warning
from forecasting.panel import Frequency

# So many referrals of one group in one region on one day are worth a question.
MANY_A_DAY = 20
# Fewer referrals than this in all, or months than this, carry no plan.
FEW_REFERRALS, FEW_MONTHS = 100, 24
# So long without a single referral at the end of the data is no quiet season of a whole agency.
SILENT_DAYS = 90


def suspicions(referrals: ReferralTable, *, agency: Agency, as_of: date) -> tuple[Finding, ...]:
    """Findings on what was known on `as_of`: thin or silent data, crowded days, no pseudonyms."""
    known = known_at(referrals, as_of)
    return (
        *_thin(known),
        *_silent(known, as_of),
        *_unfinished_month(known, as_of),
        *_crowded_days(known),
        *_no_pseudonyms(known, agency),
    )


def _thin(known: ReferralTable) -> Iterator[Finding]:
    received = known.frame["received_date"]
    months = (received.max() - received.min()).days / 30.4
    if len(known) < FEW_REFERRALS or months < FEW_MONTHS:
        yield warning(
            "thin_data",
            referrals=len(known),
            months=round(months),
            few_referrals=FEW_REFERRALS,
            few_months=FEW_MONTHS,
        )


def _silent(known: ReferralTable, as_of: date) -> Iterator[Finding]:
    """Other dates than those of referrals can carry the data date far beyond the last referral."""
    last, until = known.frame["received_date"].max().date(), min(data_date(known), as_of)
    if until - last > timedelta(days=SILENT_DAYS):
        yield warning("no_referrals_lately", last=str(last), until=str(until))


def _unfinished_month(known: ReferralTable, as_of: date) -> Iterator[Finding]:
    last, complete = data_date(known), last_complete_month(known, as_of)
    following = Frequency.MONTH.after(complete, 2).astype("datetime64[D]")
    opens, next_opens = following[0].item(), following[1].item()
    if opens <= last:
        end = next_opens - timedelta(days=1)
        yield warning("unfinished_month", month=f"{opens:%Y-%m}", last=str(last), end=str(end))


def _crowded_days(known: ReferralTable) -> Iterator[Finding]:
    sizes = known.frame.groupby(["region", "need_group", "received_date"]).size()
    for (region, group, day), size in sizes[sizes >= MANY_A_DAY].items():
        yield warning(
            "many_on_one_day",
            series=f"{region}/{group}",
            referrals=int(size),
            day=str(day.date()),
        )


def _no_pseudonyms(known: ReferralTable, agency: Agency) -> Iterator[Finding]:
    if known.frame["child_pseudonym"].notna().any():
        return
    for group in agency.need_groups:
        if group.feeds is not None:
            yield warning("onward_share_unknown", group=group.code, to=group.feeds)
