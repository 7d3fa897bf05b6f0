"""Why the numbers are what they are, in sentences: the waterfall of each need group."""

from reports.facts import Part, groups_of
from reports.sentences import Speaker


def why_headline(speaker: Speaker) -> str:
    """The need group with most places beyond the mean, for each in use in the mean."""
    part = _widest(speaker)
    if part is None:
        return speaker.words.say("sentences.why_none", year=speaker.plan.year)
    return speaker.words.say(
        "sentences.why_headline",
        group=speaker.name(part),
        share=speaker.words.numbers.percent(1 - part.steps[0][1] / part.committed),
    )


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


def why_sums(speaker: Speaker) -> str:
    """The sum of every need group in a few words: «Rus: 42 i snitt +21 tilfeldig = 63»."""
    return " · ".join(_sum(speaker, part) for part in groups_of(speaker.plan) if part.steps)


def _sum(speaker: Speaker, part: Part) -> str:
    words, numbers = speaker.words.table["waterfall_short"], speaker.words.numbers
    (first, load), *rest = part.steps
    steps = [f"{numbers.count(load)} {words[first.value].lower()}"]
    steps += [f"{numbers.change(n)} {words[s.value].lower()}" for s, n in rest if n]
    return f"{speaker.name(part)}: {' '.join(steps)} = {numbers.count(part.committed)}"


def _widest(speaker: Speaker) -> Part | None:
    """The need group with the largest share of places beyond the mean load."""
    parts = [p for p in groups_of(speaker.plan) if p.steps and p.committed > p.steps[0][1] > 0]
    return max(parts, key=lambda p: p.committed / p.steps[0][1], default=None)
