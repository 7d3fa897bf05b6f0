"""What stands against what: level and money, one group's places and another's, forms."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby

from forecasting.panel import SeriesKey
from forecasting.places import Form, Price
from planning.plan import ExchangeRow
from reports.document import Block, Column, Depth, Kind, Table, Text, Tone
from reports.sentences import Speaker
from reports.words import Words


def trade_offs(speaker: Speaker) -> tuple[Block, ...]:
    """The section; empty where the plan has nothing to trade."""
    # The table of the frontier stands behind its drawing.
    tables = (exchange_table(speaker), owner_table(speaker))
    notes = (speaker.words["trade_offs.frontier_note"],) if speaker.plan.frontier else ()
    said = (*frontier_text(speaker), *exchange_text(speaker), *break_even(speaker))
    said += (*bound_text(speaker), *owner_text(speaker))
    texts: tuple[Block, ...] = (
        *((Text(said, depth=Depth.FULL),) if said else ()),
        *((Text(notes, Tone.NOTE, Depth.FULL),) if notes else ()),
    )
    return (*texts, *(table for table in tables if table.rows))


def frontier_table(speaker: Speaker) -> Table:
    """Places, cost and children without a place at every level, for the nation."""
    columns = (
        _column(speaker, "level", Kind.SHARE),
        _column(speaker, "places", Kind.COUNT),
        _column(speaker, "cost", Kind.MNOK),
        _column(speaker, "not_offered", Kind.NUMBER),
        _column(speaker, "efficient", Kind.NUMBER),
    )
    rows = tuple(
        (row.level, row.places, row.cost_nok, row.not_offered, row.not_offered_efficient)
        for row in speaker.plan.frontier
    )
    return _table(speaker, "frontier", columns=columns, rows=rows)


def frontier_headline(speaker: Speaker) -> str:
    """What the step from the plan's level to the next in the table costs."""
    words, rows, level = speaker.words, speaker.plan.frontier, speaker.plan.policy.level
    above = [row for row in rows if row.level > level + 1e-9]
    here = min(rows, key=lambda row: abs(row.level - level))
    if not above:
        return words.say("sentences.frontier_end")
    return words.say(
        "sentences.frontier_headline",
        low=words.numbers.percent(here.level),
        high=words.numbers.percent(above[0].level),
        cost=words.numbers.money(above[0].cost_nok - here.cost_nok),
    )


def frontier_ends(speaker: Speaker) -> dict[str, str]:
    """Level and cost at both ends of the frontier, in words."""
    numbers, rows = speaker.words.numbers, speaker.plan.frontier
    return {
        "low": numbers.percent(rows[0].level),
        "low_cost": numbers.money(rows[0].cost_nok),
        "high": numbers.percent(rows[-1].level),
        "high_cost": numbers.money(rows[-1].cost_nok),
    }


def exchange_table(speaker: Speaker) -> Table:
    """Places of a group at each number of places of the group it feeds, by region."""
    words, agency = speaker.words, speaker.plan.agency
    columns = (
        Column(words.column("region")),
        _column(speaker, "first", Kind.TEXT),
        _column(speaker, "fed", Kind.TEXT),
        _column(speaker, "fed_places", Kind.COUNT),
        _column(speaker, "needed", Kind.COUNT),
        _column(speaker, "cost", Kind.MNOK),
        _column(speaker, "ceiling", Kind.SHARE),
    )
    rows = tuple(
        (
            words.region(agency, row.key.region),
            words.group(agency, row.key.need_group),
            words.group(agency, row.fed_group),
            *(row.fed_places, row.places, row.cost_nok, row.ceiling),
        )
        for row in speaker.plan.exchanges
    )
    return _table(speaker, "exchange", columns=columns, rows=rows, heads=3)


def in_kroner(table: Table, words: Words) -> Table:
    """The same for the workbook, which holds whole kroner where reports show millions."""
    title = str(words["trade_offs.cost_kroner"])
    columns = (replace(c, title=title) if c.kind is Kind.MNOK else c for c in table.columns)
    return replace(table, columns=tuple(columns))


def owner_table(speaker: Speaker) -> Table:
    """The share that each owner runs, against its limits; no rows where none is limited."""
    words, agency = speaker.words, speaker.plan.agency
    columns = (
        _column(speaker, "owner", Kind.TEXT),
        Column(words.column("region")),
        _column(speaker, "owner_share", Kind.SHARE),
        _column(speaker, "owner_least", Kind.SHARE),
        _column(speaker, "owner_most", Kind.SHARE),
    )
    rows = tuple(
        (
            words[f"owners.{row.owner}"],
            words.region(agency, row.region),
            *(row.share, row.least, row.most),
        )
        for row in speaker.plan.owner_shares
    )
    return _table(speaker, "owner_shares", columns=columns, rows=rows, heads=2)


def bound_text(speaker: Speaker) -> tuple[str, ...]:
    """How much less any choice of forms could cost."""
    words, bound = speaker.words, speaker.plan.bound
    if bound is None or bound.cost_nok == 0:
        return ()
    cost, least = words.numbers.money(bound.cost_nok), words.numbers.money(bound.bound_nok)
    gap = words.numbers.decimal(100 * bound.gap, 2)
    return (words.say("trade_offs.bound_text", cost=cost, least=least, gap=gap),)


def owner_text(speaker: Speaker) -> tuple[str, ...]:
    """What the limits on owners add to the cost."""
    bound = speaker.plan.bound
    if bound is None or bound.shares_nok is None:
        return ()
    cost = speaker.words.numbers.money(bound.shares_nok)
    return (speaker.words.say("trade_offs.owner_text", cost=cost),)


def frontier_text(speaker: Speaker) -> tuple[str, ...]:
    """What the step from the plan's level to the next costs for each child it helps."""
    words, rows = speaker.words, speaker.plan.frontier
    at = [i for i, row in enumerate(rows[:-1]) if row.level >= speaker.plan.policy.level - 1e-9]
    if not at:
        return ()
    low, high = rows[at[0]], rows[at[0] + 1]
    children, cost = low.not_offered - high.not_offered, high.cost_nok - low.cost_nok
    if children <= 0:
        return ()
    return (
        words.say(
            "trade_offs.frontier_text",
            low=words.of_children(low.level),
            high=words.of_children(high.level),
            cost=words.numbers.money(cost),
            children=words.noun("child", children),
            each=words.numbers.money(cost / children),
        ),
    )


def exchange_text(speaker: Speaker) -> tuple[str, ...]:
    """What one place fewer and one more in the fed group means, over all regions."""
    rows = sorted(speaker.plan.exchanges, key=lambda row: (row.key.need_group, row.fed_group))
    said: list[str] = []
    for _, pair in groupby(rows, key=lambda row: (row.key.need_group, row.fed_group)):
        said += _pair_text(speaker, tuple(pair))
    return tuple(said)


def _pair_text(speaker: Speaker, rows: tuple[ExchangeRow, ...]) -> Iterator[str]:
    words, agency = speaker.words, speaker.plan.agency
    names = {
        "first": words.group(agency, rows[0].key.need_group),
        "fed": words.group(agency, rows[0].fed_group),
    }
    beyond, gain, loss, known = list[str](), 0, 0, 0
    for _, region in groupby(rows, key=lambda row: row.key.region):
        by_fed = {row.fed_places: row for row in region}
        key = next(iter(by_fed.values())).key
        chosen = speaker.plan.curve(SeriesKey(key.region, rows[0].fed_group)).chosen
        fewer, here, more = (by_fed.get(chosen + step) for step in (-1, 0, 1))
        if here is None or here.places is None or more is None or more.places is None:
            continue
        gain += here.places - more.places
        known += 1
        if fewer is not None and fewer.places is None:
            beyond.append(words.region(agency, key.region))
        elif fewer is not None and fewer.places is not None:
            loss += fewer.places - here.places
    if not known:
        return
    if len(beyond) < known:
        yield words.say("trade_offs.exchange_fewer", n=words.noun("place", loss), **names)
    if beyond:
        yield words.say("trade_offs.exchange_none", regions=words.listed(beyond), **names)
    yield words.say("trade_offs.exchange_more", n=words.noun("place", gain))


def break_even(speaker: Speaker) -> tuple[str, ...]:
    """Use from which a guaranteed place is cheaper than calling one off."""
    prices = speaker.plan.prices
    forms = (Form.GUARANTEED, Form.CALL_OFF)
    if prices is None or any(form not in prices.by_form for form in forms):
        return ()
    guaranteed, call_off = (prices.of(form) for form in forms)
    share = _even(guaranteed, call_off)
    if share is None:
        return ()
    percent = speaker.words.numbers.percent(share)
    return (speaker.words.say("trade_offs.break_even", share=percent),)


def _even(guaranteed: Price, call_off: Price) -> float | None:
    """Share of days in use at which both cost the same; None where one is always cheaper.

    One place in use through call-off takes 1 / availability contracts.
    """
    ready = guaranteed.ready - call_off.ready / call_off.availability
    used = call_off.used - guaranteed.used
    share = ready / used if used > 0 else -1.0
    return share if 0 <= share <= 1 else None


def _column(speaker: Speaker, name: str, kind: Kind) -> Column:
    return Column(speaker.words[f"trade_offs.{name}"], kind)


def _table(
    speaker: Speaker,
    name: str,
    *,
    columns: tuple[Column, ...],
    rows: tuple[tuple[str | int | float | None, ...], ...],
    heads: int = 1,
) -> Table:
    caption = speaker.words[f"trade_offs.{name}"]
    source = speaker.words.say("sources.plan", year=speaker.plan.year)
    return Table(caption, columns, rows, source, heads=heads, depth=Depth.FULL)
