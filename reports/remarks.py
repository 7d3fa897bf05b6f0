"""What a reader must know to read the table of recommendations, in sentences."""

from collections import Counter

from forecasting.places import Form
from reports.facts import Part, groups_of
from reports.sentences import Speaker

# Wording of the finding on a series without a referral (forecasting).
NOBODY = "no_events"


def remarks(speaker: Speaker) -> tuple[str, ...]:
    """All of them, in the order of the table's columns."""
    words, plan, nation = speaker.words, speaker.plan, speaker.nation
    said = []
    if nation.existing is None:
        said.append(words.say("sentences.existing_unknown"))
    base = nation.existing_of(Form.BASE)
    if base is not None and plan.prices and base > nation.places(Form.BASE):
        fewer = words.noun("place", base - nation.places(Form.BASE))
        said.append(words.say("sentences.base_falls", n=fewer))
    said += [*nobody(speaker), *beyond_the_goal(speaker), *call_off(speaker), *cheaper(speaker)]
    if plan.total_cost is not None:
        said.append(words.say("sentences.quantiles_do_not_add"))
    return tuple(said)


def nobody(speaker: Speaker) -> tuple[str, ...]:
    """In how many series there is no referral at all, so that no place means no knowledge."""
    empty = sum(found.wording == NOBODY for found in speaker.plan.findings)
    if not empty:
        return ()
    count = speaker.words.numbers.count
    said = speaker.words.say(
        "sentences.nobody", n=count(empty), all=count(len(speaker.plan.curves))
    )
    return (said,)


def call_off(speaker: Speaker) -> tuple[str, ...]:
    """How places on call-off count among the committed ones, so that the forms add up."""
    nation, words, prices = speaker.nation, speaker.words, speaker.plan.prices
    called = nation.places(Form.CALL_OFF)
    if not called or prices is None or Form.CALL_OFF not in prices.by_form:
        return ()
    firm = sum(nation.places(f) for f in Form if f.committed and f is not Form.CALL_OFF)
    said = words.say(
        "sentences.call_off_share",
        share=words.numbers.percent(prices.by_form[Form.CALL_OFF].availability),
        n=words.noun("place", called),
        counted=words.numbers.count(nation.committed - firm),
    )
    return (said,)


def beyond_the_goal(speaker: Speaker) -> tuple[str, ...]:
    """Places beyond what the goal asks for, and why; places that limits withhold."""
    if speaker.nation.hides_parts:
        return ()
    ends = Counter[str]()
    for curve in speaker.plan.curves:
        needed, chosen = curve.needed, curve.chosen
        if needed is None or needed == chosen:
            continue
        asked, paid = curve.cost_of(needed), curve.cost_of(chosen)
        spared = asked is not None and paid is not None and paid < asked
        more = "cheaper" if spared else "more"
        ends["fewer" if chosen < needed else more] += abs(chosen - needed)
    words = speaker.words
    return tuple(
        words.say(f"sentences.limits_{end}", n=words.noun("committed_place", n))
        for end, n in sorted(ends.items(), reverse=True)
    )


def cheaper(speaker: Speaker) -> tuple[str, ...]:
    """Need groups that get more places and cost less than today's would."""
    names = [speaker.name(part) for part in groups_of(speaker.plan) if _cheaper(part)]
    if not names:
        return ()
    return (speaker.words.say("sentences.cheaper", groups=speaker.words.listed(names)),)


def _cheaper(part: Part) -> bool:
    change, cost, today = part.change, part.cost, part.cost_today
    return change is not None and change > 0 and None not in (cost, today) and cost < today  # type: ignore[operator]
