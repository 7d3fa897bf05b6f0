"""The columns of an extract, and how the columns of a file are matched to them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from features.table import RawTable
from features.words import fold


class Kind(StrEnum):
    """What the cells of a column are."""

    ID = "id"
    DATE = "date"
    CODE = "code"
    NUMBER = "number"
    TEXT = "text"


@dataclass(frozen=True)
class Column:
    """One column that is stored. `known_as` are names that offices give it."""

    name: str
    kind: Kind
    required: bool = False
    known_as: tuple[str, ...] = ()


def _column(name: str, kind: Kind, known_as: str = "", *, required: bool = False) -> Column:
    return Column(name, kind, required, tuple(known_as.split()))


COLUMNS: tuple[Column, ...] = (
    _column(
        "referral_id",
        Kind.ID,
        "henvisning_id henvisningsid henvisning_nr henvisningsnummer saks_id sak_id saksnr "
        "saksnummer case_id tilvising_id",
        required=True,
    ),
    _column(
        "received_date",
        Kind.DATE,
        "mottatt mottatt_dato mottaksdato dato_mottatt henvist henvist_dato henvisningsdato "
        "dato_henvist mottatt_henvisning motteken_dato referral_date received",
        required=True,
    ),
    _column(
        "region",
        Kind.CODE,
        "bufetat_region bufetats_region regionnavn region_navn region_kode",
        required=True,
    ),
    _column(
        "municipality_no", Kind.ID, "kommunenr kommunenummer kommune_nr kommune_nummer municipality"
    ),
    _column(
        "need_group",
        Kind.CODE,
        "behov behovsgruppe malgruppe målgruppe malgruppekode tilbudstype tiltakstype "
        "institusjonstype plasstype gruppe",
        required=True,
    ),
    _column("legal_basis", Kind.TEXT, "hjemmel lovhjemmel rettsgrunnlag paragraf lov_paragraf"),
    _column("child_pseudonym", Kind.ID, "pseudonym barn_id barn_pseudonym child_id"),
    _column("age", Kind.NUMBER, "alder alder_ved_henvisning barnets_alder alder_aar"),
    _column("outcome", Kind.CODE, "utfall resultat status_henvisning henvisningsutfall"),
    _column(
        "offered_date", Kind.DATE, "tilbudsdato tilbudt tilbudt_dato tilsagnsdato dato_tilsagn"
    ),
    _column(
        "start_date",
        Kind.DATE,
        "startdato innflytting innflyttingsdato inntaksdato inntak inn_dato dato_inn oppstart "
        "plassert_dato opphold_start oppholdsstart fra_dato admission_date",
    ),
    _column(
        "end_date",
        Kind.DATE,
        "sluttdato utflytting utflyttingsdato utskrevet utskrivningsdato ut_dato dato_ut avsluttet "
        "opphold_slutt oppholdsslutt til_dato exit_date discharge_date",
    ),
    _column(
        "provider_type",
        Kind.CODE,
        "leverandortype leverandørtype type_leverandør kjopsform kjøpsform tilbyder tilbydertype",
    ),
    _column(
        "institution_id", Kind.ID, "institusjon institusjon_id institusjonsid tiltak_id enhet_id"
    ),
    _column("needed_by_date", Kind.DATE, "behovsdato frist fristdato onsket_dato ønsket_dato"),
    _column(
        "ready_date", Kind.DATE, "utskrivningsklar utskrivningsklar_dato klar_dato ferdig_dato"
    ),
    _column("withdrawn_date", Kind.DATE, "trukket trukket_dato dato_trukket"),
    _column("owner", Kind.CODE, "eier eierform eigar"),
    _column("places_used", Kind.NUMBER, "plasser_brukt antall_plasser plasser"),
    _column("event_id", Kind.ID, "hendelse hendelse_id hending_id"),
)
BY_NAME: Mapping[str, Column] = {column.name: column for column in COLUMNS}
STORED: tuple[str, ...] = tuple(BY_NAME)
DATES: tuple[str, ...] = tuple(c.name for c in COLUMNS if c.kind is Kind.DATE)
REQUIRED: tuple[str, ...] = tuple(c.name for c in COLUMNS if c.required)

OUTCOMES: Mapping[str, tuple[str, ...]] = {
    "placed": ("plassert", "innvilget", "fått plass"),
    "withdrawn": ("trukket", "trukke"),
    "not_offered": ("ikke tilbudt", "ikkje tilbode", "avslag", "ikke fått tilbud"),
}
PROVIDER_TYPES: Mapping[str, tuple[str, ...]] = {
    "state": ("statlig", "stat", "statleg"),
    "framework_guarantee": ("rammeavtale med garanti", "med kjøpsgaranti"),
    "framework_calloff": ("rammeavtale uten garanti", "uten kjøpsgaranti", "avrop", "call_off"),
    "spot": ("enkeltkjøp", "enkeltkjøp utenfor avtale"),
}
OWNERS: Mapping[str, tuple[str, ...]] = {
    "state": ("statlig", "stat", "statleg"),
    "nonprofit": ("ideell", "non-profit"),
    "commercial": ("kommersiell", "privat"),
}


@dataclass(frozen=True)
class ExtractMapping:
    """How a file's columns and words become ours.

    `columns` maps our column -> theirs (one of theirs may feed several of ours),
    `constants` our column -> the value of every row, `values` our column -> (theirs -> ours),
    `patterns` our id column -> a regular expression that declares long numbers in it harmless.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    patterns: Mapping[str, str] = field(default_factory=dict)

    def unknown(self) -> Iterator[str]:
        """Names in the mapping that are no columns of ours."""
        for part in (self.columns, self.constants, self.values, self.patterns):
            yield from (name for name in part if name not in BY_NAME)


@dataclass(frozen=True)
class Layout:
    """Where our columns stand in a file: `places[ours]` = its place in the header."""

    places: Mapping[str, int]
    missing: tuple[str, ...]
    unused: tuple[int, ...]


def layout_of(header: tuple[str, ...], mapping: ExtractMapping) -> Layout:
    """Match a header: what the mapping says, else our own name, else a name offices use."""
    at: dict[str, int] = {}
    for index, name in enumerate(header):
        at.setdefault(fold(name), index)
    found = {c.name: _place(c, at, mapping) for c in COLUMNS if c.name not in mapping.constants}
    places = {name: index for name, index in found.items() if index is not None}
    used = set(places.values())
    return Layout(
        places,
        tuple(n for n in _wanted(mapping) if n not in places and n not in mapping.constants),
        tuple(index for index in range(len(header)) if index not in used),
    )


def _wanted(mapping: ExtractMapping) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*REQUIRED, *(n for n in mapping.columns if n in BY_NAME))))


def _place(column: Column, at: Mapping[str, int], mapping: ExtractMapping) -> int | None:
    if column.name in mapping.columns:
        return at.get(fold(mapping.columns[column.name]))
    if fold(column.name) in at:
        return at[fold(column.name)]
    taken = {fold(theirs) for theirs in mapping.columns.values()}
    names = (fold(name) for name in column.known_as)
    return next((at[name] for name in names if name in at and name not in taken), None)


def propose_mapping(table: RawTable) -> ExtractMapping:
    """The mapping that fits the header best, for a person to look over (`plassplan map`)."""
    layout = layout_of(table.header, ExtractMapping())
    return ExtractMapping(columns={ours: table.header[i] for ours, i in layout.places.items()})
