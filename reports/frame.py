"""The frame of every document: whose it is, what it rests on, and that line on every page."""

from collections.abc import Iterator

from forecasting.basis import Basis
from forecasting.panel import Frequency
from reports.disclosure.rules import ROWS
from reports.document import HIDDEN, Column, Depth, Document, Section, Table
from reports.words import PERIODS, Words


def framed(
    words: Words,
    basis: Basis,
    *,
    name: str,
    title: str,
    subtitle: str,
    author: str,
    sections: tuple[Section, ...],
) -> Document:
    """A document in the words of one language, resting on `basis`."""
    return Document(
        name=name,
        title=title,
        subtitle=subtitle,
        language=words.language,
        sections=sections,
        basis=basis_line(words, basis),
        banner=words["title.banner"] if basis.synthetic else "",
        author=author,
        as_of=basis.as_of,
        words=words.table["words"],
    )


def basis_line(words: Words, basis: Basis) -> str:
    """One line that names all the numbers rest on."""
    numbers = words.numbers
    return words.say(
        "title.basis",
        name=words.data(basis.data_name) or words["basis_names.data"],
        rows=words.with_noun("row", _rows(words, basis)),
        sha=basis.data_sha256[:8],
        as_of=numbers.day(basis.as_of),
        config=basis.config_hash[:8],
        model=words.model(basis.model),
        seed=basis.seed,
        draws=numbers.count(basis.draws),
        code=basis.code_version,
    )


def _rows(words: Words, basis: Basis) -> str:
    """Rows of the extract; for others in whole hundreds, of which there may be none."""
    if basis.data_rows:
        return words.numbers.count(basis.data_rows)
    return f"{words['words.fewer_than']} {words.numbers.count(ROWS)}"


def basis_table(words: Words, basis: Basis) -> Table:
    """Everything needed to make the same numbers again."""
    numbers, none = words.numbers, words["basis_names.none"]
    heaviest = sorted(basis.weights.items(), key=lambda each: (-each[1], each[0]))
    weights = [f"{words.model(code)} {numbers.decimal(w, 2)}" for code, w in heaviest]
    values = {
        "data": words.data(basis.data_name) or HIDDEN,
        "rows": _rows(words, basis),
        "sha": basis.data_sha256,
        "register": basis.register_sha256 or none,
        "as_of": numbers.day(basis.as_of),
        "config": basis.config_hash,
        "model": words.model(basis.model),
        "weights": " · ".join(weights) or none,
        "spread": numbers.decimal(basis.spread, 2),
        "seed": str(basis.seed),
        "draws": numbers.count(basis.draws),
        "code": basis.code_version,
        "settings": " · ".join(_settings(words, basis)) or none,
        "synthetic": words["basis_names.yes" if basis.synthetic else "basis_names.no"],
    }
    rows = tuple((words[f"basis_names.{key}"], value) for key, value in values.items())
    columns = (Column(words.column("item")), Column(words.column("value")))
    return Table(words.say("sentences.basis_table"), columns, rows, "", depth=Depth.FULL)


def _settings(words: Words, basis: Basis) -> Iterator[str]:
    """What was chosen, in words; a setting that is not ours stands as it was written."""
    names = words.table["basis_settings"]
    for key, value in sorted(basis.settings.items()):
        yield f"{names.get(key, key)}: {_chosen(words, key, value)}"


def _chosen(words: Words, key: str, value: str) -> str:
    match key:
        case "level":
            return words.of_children(float(value))
        case "models":
            return ", ".join(map(words.model, value.split(",")))
        case "freq":
            return str(words["nouns." + PERIODS[Frequency(value)]][0])
        case "quantity":
            return str(words[f"quantities.{value}"])
        case "discipline":
            return str(words[f"assumption_values.{value}"])
        case _:
            return value
