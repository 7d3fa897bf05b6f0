"""Why the numbers are what they are, in sentences: the waterfall of each need group."""

from planning.plan import Plan, Source
from reports.facts import Part, groups_of, told_groups
from reports.sentences import Speaker


def why_headline(speaker: Speaker) -> str:
    """The need group with most places beyond the mean, for each in use in the mean."""
    part = _widest(speaker)
    if part is None:
        return speaker.words.say("sentences.why_none", year=speaker.plan.year)
    said = speaker.words.say(
        "sentences.why_headline",
        group=speaker.name(part),
        share=speaker.words.numbers.percent(_beyond(part)),
    )
    told, every = told_groups(speaker.plan), groups_of(speaker.plan)
    return speaker.of_shown(said, all_told=len(told) == len(every))


def why_sentence(speaker: Speaker) -> str:
    """Its mean load, and every source that adds or spares places, largest first."""
    words, part = speaker.words, _widest(speaker)
    if part is None:
        return words.say("sentences.why_none", year=speaker.plan.year) + "."
    load, *sources = part.steps
    told = sorted((step for step in sources if step[1]), key=lambda step: -abs(step[1]))
    added = words.listed(
        [f"{words.numbers.change(n)} {words.table['waterfall_for'][s.value]}" for s, n in told]
    )
    return words.say(
        "sentences.why_sentence",
        group=speaker.name(part),
        load=words.with_noun("place", words.numbers.count(load[1])),
        added=added,
        places=words.noun("committed_place", part.committed),
    )


def added_steps(plan: Plan) -> tuple[tuple[Source, float], ...]:
    """The steps of all need groups added up; empty where the plan does not say, or not of all."""
    if len(told_groups(plan)) < len(groups_of(plan)):
        return ()
    every = [part.steps for part in groups_of(plan) if part.steps]
    return tuple(
        (steps[0][0], sum(places for _, places in steps)) for steps in zip(*every, strict=True)
    )


def why_sum_headline(speaker: Speaker) -> str:
    """How many of all places are there for more than the mean."""
    words, ((_, load), *rest) = speaker.words, added_steps(speaker.plan)
    more = sum(places for _, places in rest)
    return words.say(
        "sentences.why_sum_headline",
        more=words.numbers.count(more),
        places=words.noun("place", load + more),
    )


def why_sum_sentence(speaker: Speaker) -> str:
    """The source that adds most."""
    words, ((_, load), *rest) = speaker.words, added_steps(speaker.plan)
    source, most = max(rest, key=lambda step: step[1])
    if most <= 0:
        return words.say("sentences.why_none", year=speaker.plan.year) + "."
    said = words.say(
        "sentences.why_sum_sentence",
        most=words.numbers.change(most),
        why=words.table["waterfall_for"][source.value],
    )
    return " ".join((said, *_usual(speaker, load)))


def _usual(speaker: Speaker, load: float) -> tuple[str, ...]:
    """Why the mean is not the usual day of the first page, where both are told and differ."""
    more, count = speaker.nation.readiness, speaker.words.numbers.count
    if more is None or round(speaker.nation.committed - more) == round(load):
        return ()
    usual = count(round(speaker.nation.committed - more))
    return (speaker.words.say("sentences.why_sum_usual", mean=count(load), usual=usual),)


def _widest(speaker: Speaker) -> Part | None:
    """The need group with the largest share of places for variation and uncertainty."""
    parts = [p for p in groups_of(speaker.plan) if p.steps and p.steps[0][1] > 0 < _beyond(p)]
    return max(parts, key=_beyond, default=None)


def _beyond(part: Part) -> float:
    """Share of the places that variation and uncertainty ask for, beyond the mean and limits."""
    steps = dict(part.steps)
    if not part.committed:
        return 0.0
    return 1 - (steps[Source.LOAD] + steps.get(Source.LIMITS, 0.0)) / part.committed
