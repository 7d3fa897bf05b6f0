"""The budget brief: one page that stands alone, for those who decide on money."""

from planning.plan import Plan
from reports.capacity_plan import plan_document
from reports.document import Block, Document, Section, Text, Tone
from reports.remarks import remarks
from reports.sentences import Speaker, speaker_of
from reports.tables import Tables
from reports.weightiest import weightiest


def budget_brief(plan: Plan, *, language: str = "nb") -> Document:
    """What is recommended, what it costs, what one place does, and what weighs most.

    Raises UsageError for a language without words.
    """
    speaker = speaker_of(plan, language)
    weighs, noted = weightiest(speaker), _noted(speaker)
    # Notes stand last, whatever there is to say before them.
    blocks: dict[str, tuple[Block, ...]] = {
        "recommendation": _answer(speaker),
        "curve": (*_one_place(speaker), *(() if weighs else noted)),
        "weightiest": (Text(weighs, Tone.LIST), *noted) if weighs else (),
    }
    headings = speaker.words.table["headings"]
    return plan_document(
        speaker,
        name="budget_brief",
        title="brief",
        sections=tuple(Section(key, headings[key], b) for key, b in blocks.items() if b),
    )


def _answer(speaker: Speaker) -> tuple[Block, ...]:
    duty = Text((speaker.words["sentences.duty"],))
    return Text(speaker.recommendation(), Tone.LEAD), Tables(speaker).brief(), duty


def _one_place(speaker: Speaker) -> tuple[Block, ...]:
    """In words and numbers: the drawing of the full report would need a second page."""
    said = (f"{speaker.curve_headline()}.", speaker.curve_sentence())
    return Text((" ".join(dict.fromkeys(said)),)), Tables(speaker).curve()


def _noted(speaker: Speaker) -> tuple[Block, ...]:
    noted = (*speaker.protection(), *remarks(speaker), *speaker.curve_other_years())
    return (Text(noted, Tone.NOTE),) if noted else ()
