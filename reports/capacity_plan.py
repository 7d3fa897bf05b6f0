"""The yearly capacity plan as a document: the answer first, then why, then the detail."""

from planning.plan import Plan
from reports.document import Block, Document, Section, Text, Tone
from reports.panels import Figures
from reports.sentences import Speaker
from reports.tables import Tables
from reports.words import words_of


def capacity_plan(plan: Plan, *, language: str = "nb") -> Document:
    """What the plan says, in one language. Raises UsageError for a language without words."""
    words = words_of(language)
    speaker = Speaker(plan, words)
    return Document(
        title=words.say("title.title", year=plan.year, agency=plan.agency.name),
        subtitle=words.say("title.subtitle", as_of=words.numbers.day(plan.basis.as_of)),
        language=language,
        sections=(*_main(speaker), *_annex(speaker)),
        basis=speaker.basis(),
        banner=words["title.banner"] if plan.basis.synthetic else "",
        words=words.table["words"],
    )


def _main(speaker: Speaker) -> tuple[Section, ...]:
    tables, figures, words = Tables(speaker), Figures(speaker), speaker.words
    remarks = Text(speaker.remarks(), Tone.NOTE)
    note = Text((words["sentences.occupancy_note"],), Tone.NOTE)
    blocks: dict[str, tuple[Block, ...]] = {
        "recommendation": (
            Text(speaker.recommendation(), Tone.LEAD),
            tables.recommendation(),
            Text((words["sentences.duty"],)),
            *((remarks,) if remarks.paragraphs else ()),
        ),
        "demand": figures.demand(),
        "occupancy": (*figures.occupancy(), note),
        "curve": figures.curves(),
        "regions": (figures.regions(),),
        "risk": (Text(speaker.risk()), tables.risk()),
        "method": (Text(speaker.method(), Tone.LIST),),
    }
    return tuple(Section(key, words[f"headings.{key}"], found) for key, found in blocks.items())


def _annex(speaker: Speaker) -> tuple[Section, ...]:
    tables, words = Tables(speaker), speaker.words
    found = tables.findings()
    blocks: dict[str, tuple[Block, ...]] = {
        "assumptions": (tables.assumptions(),),
        "findings": (Text((speaker.findings(len(found.rows)),)), *((found,) if found.rows else ())),
        "glossary": (tables.glossary(),),
        "basis": (tables.basis(),),
        "lines": (tables.lines(),),
        "series_risk": (tables.series_risk(),),
    }
    return tuple(Section(k, words[f"headings.{k}"], b, annex=True) for k, b in blocks.items())
