"""The configuration and the readme that go with the demonstration data."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

import tomlkit

from features.synthetic.spec import DemoSpec, Sourced


def demo_config(spec: DemoSpec, *, packaged: str) -> str:
    """The packaged plassplan.toml with the synthetic agency's name and mark, comments kept."""
    document = tomlkit.parse(packaged)
    agency = document["agency"]
    agency["name"] = spec.name
    agency["synthetic"] = True
    return tomlkit.dumps(document)


def demo_readme(spec: DemoSpec) -> str:
    """Readme (bokmål, Markdown) that gives each number's source or says «antatt»."""
    return "\n".join([*_opening(spec), *_tables(spec), ""])


def _opening(spec: DemoSpec) -> list[str]:
    return [
        "# Syntetiske tall, ikke virkelige barn",
        "",
        f"{spec.name}: alle rader i denne mappen er **syntetiske**. Ingen av dem gjelder",
        "virkelige barn, steder eller avtaler. Alle løpenumre begynner med `SYN-`.",
        "",
        f"- `referrals.csv`: henvisninger mottatt {spec.first} til {spec.last}, slik de var kjent",
        f"  {spec.last}: senere datoer er blanke, og opphold uten `end_date` pågår.",
        "- `register.csv`: plassene som finnes, med priser.",
        "- `plassplan.toml`: konfigurasjonen, merket `synthetic = true`.",
        "",
        f"Tallene nedenfor gjelder {spec.reference_year} og er forventninger: trekningen varierer",
        "rundt dem. Kommunenumrene er fra 2024 for hele perioden. Barn som alt bodde i en",
        f"institusjon {spec.first}, er ikke med, så belegget bygger seg opp de første årene.",
        "Et barn har én henvisning, og én til dersom det går videre fra akutt til behandling.",
        "",
        "«Antatt» betyr at det ikke finnes et offentlig tall.",
    ]


def _tables(spec: DemoSpec) -> Iterator[str]:
    for heading, rows in groupby(spec.sourced, key=lambda row: _heading(row, spec)):
        yield from ("", f"## {heading}", "", "| Hva | Tall | Kilde |", "| --- | --- | --- |")
        for row in rows:
            label = spec.labels[row.path[-1]]
            yield f"| {label} | {_shown(row.value)} | {row.source} |"


def _heading(row: Sourced, spec: DemoSpec) -> str:
    table = ".".join(row.path[:2]) if len(row.path) > 2 else row.path[0]
    return spec.labels[table]


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"§ {name}: {_shown(share)}" for name, share in value.items())
    if isinstance(value, list | tuple):
        return " · ".join(_shown(one) for one in value)
    return str(value).replace(".", ",")
