"""One number of the plan worked out by hand, so that a reader can do it again."""

from math import ceil, sqrt

from planning.plan import Source
from reports.facts import Part
from reports.sentences import Speaker

# Twice the scatter covers about 98 of 100 days of a Poisson number.
SPREADS = 2


def by_hand(speaker: Speaker) -> tuple[str, ...]:
    """The series with most referrals: mean load, its scatter by the square root, and the plan.

    Nothing where no series has referrals and a waterfall. Little's law gives the days that a
    referral takes up; the scatter is that of independent arrivals, and what the plan holds
    beyond it is what it reckons with and a pocket calculator cannot.
    """
    parts = [Part(speaker.plan, curve.key) for curve in speaker.plan.curves]
    told = [part for part in parts if part.steps and part.referrals and part.committed]
    if not told:
        return ()
    part = max(told, key=lambda each: each.referrals)
    words, numbers, plan = speaker.words, speaker.words.numbers, speaker.plan
    days, load = plan.days, dict(part.steps)[Source.LOAD]
    spread = sqrt(load)
    enough = ceil(load + SPREADS * spread)
    name = {
        "region": words.region(plan.agency, part.key.region),
        "group": words.group(plan.agency, part.key.need_group),
    }
    mean = words.say(
        "by_hand.mean",
        **name,
        year=plan.year,
        referrals=numbers.decimal(part.referrals, 1),
        nights=numbers.decimal(load * days / part.referrals, 1),
        days=days,
        load=numbers.decimal(load, 1),
    )
    scatter = words.say(
        "by_hand.scatter",
        load=numbers.decimal(load, 1),
        spread=numbers.decimal(spread, 1),
        enough=words.noun("place", enough),
    )
    kind = "same" if part.committed == enough else "more" if part.committed > enough else "fewer"
    plan_has = words.say(
        f"by_hand.{kind}",
        places=words.noun("place", part.committed),
        n=numbers.count(abs(part.committed - enough)),
    )
    return mean, f"{scatter} {plan_has}"
