"""The yearly capacity plan as a document: the answer first, then why, then the detail."""

from dataclasses import replace

from planning.plan import Plan
from reports.beside import NOTHING, Beside
from reports.by_hand import by_hand
from reports.decided import DECIDED, DecidedBlocks
from reports.disclosure.released import profile_of
from reports.disclosure.rules import Profile
from reports.document import HIDDEN, Block, Depth, Document, Figure, Kind, Section, Text, Tone
from reports.earlier_plan import EarlierBlocks
from reports.facts import regions_of
from reports.flexible import FlexibleBlocks
from reports.frame import framed
from reports.matrices import Matrices
from reports.panels import Figures
from reports.remarks import remarks
from reports.scenarios import scenarios_beside
from reports.sentences import Speaker, speaker_of
from reports.sharing import SharingBlocks
from reports.tables import KINDS_SHOWN, Tables
from reports.told import told_blocks
from reports.trade_offs import trade_offs
from reports.version import VersionBlocks

# Characters of a SHA-256 in hexadecimal.
FINGERPRINT = 64


def capacity_plan(plan: Plan, *, language: str = "nb", beside: Beside = NOTHING) -> Document:
    """What the plan says, in one language. Raises UsageError for a language without words."""
    speaker = speaker_of(plan, language)
    document = plan_document(
        speaker,
        name="plan",
        title="title",
        sections=_decided_first(
            speaker, beside, _sections(speaker, _main(speaker, beside) | _detail(speaker))
        ),
    )
    basis = _basis(speaker, document)
    return replace(document, sections=(*document.sections, *_sections(speaker, basis)))


def plan_document(
    speaker: Speaker, *, name: str, title: str, sections: tuple[Section, ...]
) -> Document:
    """A document about a plan: its frame says whose it is and what it rests on."""
    plan, words = speaker.plan, speaker.words
    made = framed(
        words,
        plan.basis,
        name=name,
        title=speaker.title(title),
        subtitle=words.say("title.subtitle", as_of=words.numbers.day(plan.basis.as_of)),
        author=plan.agency.name,
        sections=sections,
    )
    return replace(made, basis=speaker.basis(), profile=profile_of(plan))


def _sections(speaker: Speaker, blocks: dict[str, tuple[Block, ...]]) -> tuple[Section, ...]:
    return tuple(Section(k, speaker.words[f"headings.{k}"], b) for k, b in blocks.items())


def _main(speaker: Speaker, beside: Beside) -> dict[str, tuple[Block, ...]]:
    tables, figures, words = Tables(speaker), Figures(speaker), speaker.words
    # Of one region a table by region would say everything twice.
    several = len(regions_of(speaker.plan)) > 1
    noted = Text(remarks(speaker), Tone.NOTE)
    shared, flexible = SharingBlocks(speaker).blocks(), FlexibleBlocks(speaker).blocks()
    why, earlier = figures.why(), EarlierBlocks(speaker).blocks()
    scenarios, version = _scenarios(speaker, beside), _version(speaker, beside)
    return {
        "recommendation": (
            *_whose(speaker, beside),
            Text(speaker.recommendation(), Tone.LEAD),
            tables.recommendation(),
            Text((words["sentences.duty"],)),
            *(Text((said,), Tone.NOTE) for said in speaker.protection()),
            *((noted,) if noted.paragraphs else ()),
        ),
        **({"version": version} if version else {}),
        **_told(speaker, beside),
        "demand": figures.demand(),
        # Text that breaks over pages, between figures that do not.
        "method": (Text(speaker.method(), Tone.LIST), *_by_hand(speaker)),
        "occupancy": _occupancy(speaker, figures.occupancy()),
        "curve": (
            *figures.curves(),
            tables.curve_ahead(),
            *_other_years(speaker),
            *figures.in_short(),
        ),
        # Plans from before waterfalls have none, and then no section either.
        **({"why": why} if why else {}),
        **({"earlier": earlier} if earlier else {}),
        **({"regions": _by_region(speaker)} if several else {}),
        **({"scenarios": scenarios} if scenarios else {}),
        "risk": (Text(speaker.risk()), tables.risk() if several else tables.series_risk()),
        **({"sharing": shared} if shared else {}),
        **({"flexible": flexible} if flexible else {}),
    }


def _occupancy(speaker: Speaker, drawn: tuple[Figure, ...]) -> tuple[Block, ...]:
    """The days, and what they are not; where none may be told, why."""
    told = drawn or speaker.plan.protection is None
    said = "sentences.occupancy_note" if told else "protection.days"
    return (*drawn, Text((speaker.words[said],), Tone.NOTE))


def _version(speaker: Speaker, beside: Beside) -> tuple[Block, ...]:
    if beside.version is None:
        return ()
    return VersionBlocks(speaker, beside.version, beside.before).blocks()


def _decided_first(
    speaker: Speaker, beside: Beside, sections: tuple[Section, ...]
) -> tuple[Section, ...]:
    """What a version decides before what the model recommends, whose section then says so."""
    decided = _decided(speaker, beside)
    if decided is None or not decided.differs:
        return sections
    named = {"recommendation": speaker.words["headings.by_model"]}
    own = Section(DECIDED, decided.heading, decided.blocks())
    return own, *(replace(s, heading=named.get(s.key, s.heading)) for s in sections)


def _whose(speaker: Speaker, beside: Beside) -> tuple[Text, ...]:
    """That the recommendation is the model's, where it is a version's: so that none is mixed up."""
    decided = _decided(speaker, beside)
    if decided is None:
        return ()
    said = (speaker.words["decided.rest"],) if decided.differs else decided.sentences()
    return (Text(said, Tone.NOTE),)


def _decided(speaker: Speaker, beside: Beside) -> DecidedBlocks | None:
    return None if beside.version is None else DecidedBlocks(speaker, beside.version)


def _told(speaker: Speaker, beside: Beside) -> dict[str, tuple[Block, ...]]:
    if beside.told is None:
        return {}
    return {"told": told_blocks(beside.told, speaker.plan, speaker.words)}


def _scenarios(speaker: Speaker, beside: Beside) -> tuple[Block, ...]:
    """Scenarios of this plan, or how they come to stand here; nothing for other readers."""
    if beside.scenarios is not None:
        return scenarios_beside(beside.scenarios, speaker.words)
    if profile_of(speaker.plan) != Profile.INTERNAL:
        return ()
    return (Text((speaker.words["scenarios.none_kept"],), Tone.NOTE, Depth.FULL),)


def _other_years(speaker: Speaker) -> tuple[Text, ...]:
    # The short report says it among the steps of the method.
    said = speaker.curve_other_years()
    return (Text(said, Tone.NOTE, Depth.FULL),) if said else ()


def _by_hand(speaker: Speaker) -> tuple[Text, ...]:
    said = by_hand(speaker)
    return (Text(said, depth=Depth.FULL),) if said else ()


def _by_region(speaker: Speaker) -> tuple[Block, ...]:
    tables, figures = Tables(speaker), Figures(speaker)
    return figures.regions(), *figures.map(), *figures.demand_by_region(), tables.lines()


def _detail(speaker: Speaker) -> dict[str, tuple[Block, ...]]:
    tables = Tables(speaker)
    return {
        "trade_offs": (*Figures(speaker).frontier(), *trade_offs(speaker)),
        "assumptions": (*Matrices(speaker).blocks(), tables.assumptions()),
        "findings": _findings(speaker),
        **(
            {"series_risk": (replace(tables.series_risk(), depth=Depth.FULL),)}
            if len(regions_of(speaker.plan)) > 1
            else {}
        ),
        "glossary": (tables.glossary(),),
    }


def _findings(speaker: Speaker) -> tuple[Block, ...]:
    tables = Tables(speaker)
    found = tables.findings()
    if not found.rows:
        return (Text((speaker.findings(0),)),)
    return (
        Text((speaker.findings(len(found.rows)),), depth=Depth.FULL),
        found,
        Text((speaker.kinds_of_findings(KINDS_SHOWN),), depth=Depth.SHORT),
        tables.kinds_of_findings(),
    )


def _basis(speaker: Speaker, document: Document) -> dict[str, tuple[Block, ...]]:
    """All of it as a table, or as one paragraph that also names the sections left out."""
    table = Tables(speaker).basis()
    # The weights of eight models by name fill lines; they are in the full report and in basis.json.
    weights, shown = speaker.words["basis_names.weights"], speaker.words.numbers.cell
    said = " · ".join(
        f"{name}: {_shortened(shown(value, Kind.TEXT))}"
        for name, value in table.rows
        if name != weights and value is not HIDDEN
    )
    more = speaker.words.say("sentences.left_out", headings="; ".join(_left_out(document)))
    return {"basis": (table, Text((said, more), Tone.NOTE, Depth.SHORT))}


def _left_out(document: Document) -> tuple[str, ...]:
    """Sections that the short report has nothing of."""
    kept = {section.key for section in document.at(Depth.SHORT).sections}
    return tuple(s.heading for s in document.sections if s.key not in kept)


def _shortened(value: str) -> str:
    """The beginning of a fingerprint; the full report has all of it."""
    return f"{value[:16]}…" if len(value) == FINGERPRINT and " " not in value else value
