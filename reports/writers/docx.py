"""The full report for Word: real headings, table headers, text for each figure, page numbers.

Looks come from a template, `report.docx`: its styles are found by name, so whoever wants another
look changes them in Word and leaves the program alone. Text is written as text, never as
fields or markup.
"""

import io
import zipfile
from importlib.resources import files
from itertools import count
from typing import Any, Final

from reports.disclosure import Released
from reports.document import Depth
from reports.figures import png
from reports.writers.shown import Shown, column_widths, shown

# Width between the margins of the template.
TEXT_WIDTH_CM: Final = 17.6
# Our language codes as Word names them.
LANGUAGES: Final = {"nb": "nb-NO", "nn": "nn-NO", "en": "en-GB"}
STYLES: Final = {"body": "Normal", "list": "List Number", "note": "Note"}
# The first moment that a zip archive can hold: equal documents are equal files.
EPOCH: Final = (1980, 1, 1, 0, 0, 0)


def write(released: Released) -> dict[str, bytes]:
    """The document as a Word file."""
    values = shown(released.document.at(Depth.FULL))
    name = released.document.name
    return {f"{name}.docx": _Paper(values).bytes(released.document.author)}


class _Paper:
    """One Word document while it is being written."""

    def __init__(self, values: Shown) -> None:
        import docx

        template = files("reports.writers").joinpath("report.docx").read_bytes()
        self.values = values
        self.paper: Any = docx.Document(io.BytesIO(template))
        self.figures = count(1)
        # By name, looked up once: the library searches all styles for each paragraph.
        self.styles = {style.name: style.style_id for style in self.paper.styles}

    def bytes(self, author: str) -> bytes:
        """The whole file."""
        self._properties(author)
        self._page_ends()
        self._text(self.values["title"], "Heading 1")
        self._text(self.values["subtitle"], "Note")
        if self.values["banner"]:
            self._text(self.values["banner"], "Banner")
        for section in self.values["sections"]:
            self._text(section["heading"], "Heading 2")
            for block in section["blocks"]:
                self._block(block)
        out = io.BytesIO()
        self.paper.save(out)
        return _repacked(out.getvalue())

    def _properties(self, author: str) -> None:
        """Title and language, which screen readers ask for, and who it is from."""
        language = LANGUAGES[self.values["language"]]
        properties = self.paper.core_properties
        properties.title, properties.author = _xml(self.values["title"]), _xml(author)
        properties.language = language
        (spoken,) = self.paper.styles.element.xpath("w:docDefaults/w:rPrDefault/w:rPr/w:lang")
        _set(spoken, val=language)

    def _page_ends(self) -> None:
        """On every page: what it is above, what it rests on and its number below."""
        (section,) = self.paper.sections
        above = (self.values["title"], self.values["banner"])
        section.header.paragraphs[0].text = _xml(" · ".join(filter(None, above)))
        basis, number = section.footer.paragraphs
        basis.text = _xml(self.values["basis"])
        for run in number.runs:
            if "{" in run.text:
                run.text = run.text.format(**self.values["words"])

    def _text(self, text: str, style: str) -> Any:
        return self.paper.add_paragraph(_xml(text), style=style)

    def _block(self, block: Shown) -> None:
        write = {"text": self._paragraphs, "table": self._table, "figure": self._figure}
        write[block["kind"]](block)

    def _paragraphs(self, block: Shown) -> None:
        numbered = self._new_list() if block["tone"] == "list" else None
        for at, text in enumerate(block["paragraphs"]):
            lead = "Lead" if at else "Lead First"
            paragraph = self._text(text, STYLES.get(block["tone"], lead))
            if numbered is not None:
                paragraph._p.get_or_add_pPr().get_or_add_numPr().get_or_add_numId().val = numbered

    def _new_list(self) -> int:
        """Number of a list that starts at 1: without it, Word goes on where the last ended."""
        numbering = self.paper.part.numbering_part.element
        style = self.paper.styles[STYLES["list"]].element
        old = numbering.num_having_numId(style.pPr.numPr.numId.val)
        new = numbering.add_num(old.abstractNumId.val)
        new.add_lvlOverride(0).add_startOverride(1)
        return int(new.numId)

    def _figure(self, block: Shown) -> None:
        """The finding as a heading, what is drawn, the drawing, one sentence, the numbers."""
        from docx.shared import Cm

        self._text(block["headline"], "Heading 3")
        self._text(block["subtitle"], "Described")
        run = self._text("", "Figure").add_run()
        drawn = run.add_picture(io.BytesIO(png(block["svg"])), width=Cm(TEXT_WIDTH_CM * 0.94))
        # Word reads `descr` aloud; its number and name tell pictures apart.
        described = drawn._inline.docPr
        described.set("name", f"{self.values['words']['figure']} {next(self.figures)}")
        described.set("descr", _xml(block["alt"]))
        self._text(block["sentence"], "Normal")
        self._table(block["table"])

    def _table(self, table: Shown) -> None:
        caption = table["caption"]
        self._text(caption, "Caption")
        rows, columns = len(table["rows"]) + 1, len(table["columns"])
        grid = self.paper.add_table(rows, columns, style="Report Table")
        _describe(grid, _xml(caption))
        titles = [column["title"] for column in table["columns"]]
        first_total = len(table["rows"]) - table["totals"]
        marked = {*table["subtotals"], *range(first_total, len(table["rows"]))}
        cells = grid._cells  # [row * columns + column]; grid.rows looks each of them up anew
        for y, row in enumerate([titles, *table["rows"]]):
            for x, text in enumerate(row):
                bold = y > 0 and y - 1 in marked
                style = self.styles["Table Text" if y else "Table Head"]
                _fill(cells[y * columns + x], text, style=style, bold=bold)
                if table["columns"][x]["numeric"]:
                    cells[y * columns + x].paragraphs[0].alignment = 2  # right
        _lay_out(grid, _with_room(column_widths(table), titles))
        source = f"{self.values['words']['source']}: {table['source']}" if table["source"] else ""
        self._text(source, "Source")


def _with_room(widths: list[int], titles: list[str]) -> list[int]:
    """No column narrower than the longest word of its title: Word breaks words without hyphens."""
    # An m takes the room of nearly two letters.
    longest = (max(len(word) + word.count("m") // 2 for word in t.split(" ")) for t in titles)
    return [max(width, min(word, 15) + 2) for width, word in zip(widths, longest, strict=True)]


def _fill(cell: Any, text: str, *, style: str, bold: bool) -> None:
    (paragraph,) = cell.paragraphs
    paragraph._p.style = style
    paragraph.add_run(_xml(text)).bold = True if bold else None


def _describe(grid: Any, caption: str) -> None:
    """What a table holds, for those who hear it."""
    from docx.oxml.parser import OxmlElement

    told = OxmlElement("w:tblCaption")
    _set(told, val=caption)
    grid._tbl.tblPr.append(told)


def _lay_out(grid: Any, widths: list[int]) -> None:
    """Fixed widths; the header row stands on every page, and no row breaks over two."""
    from docx.oxml.parser import OxmlElement
    from docx.shared import Cm

    grid.autofit = False
    total = sum(widths)
    for column, width in zip(grid.columns, widths, strict=True):
        column.width = Cm(TEXT_WIDTH_CM * width / total)
    for y, row in enumerate(grid._tbl.tr_lst):
        for cell, width in zip(row.tc_lst, widths, strict=True):
            cell.width = Cm(TEXT_WIDTH_CM * width / total)
        properties = row.get_or_add_trPr()
        properties.append(OxmlElement("w:cantSplit"))
        if y == 0:
            properties.append(OxmlElement("w:tblHeader"))


def _set(element: Any, **values: str) -> None:
    from docx.oxml.ns import qn

    for name, value in values.items():
        element.set(qn(f"w:{name}"), value)


def _xml(text: str) -> str:
    """Text without the control characters that no XML file can hold."""
    return "".join(c for c in text if c >= " " or c in "\t\n")


def _repacked(content: bytes) -> bytes:
    """The same archive without the time at which it was made."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        for entry in old.infolist():
            entry.date_time = EPOCH
            new.writestr(entry, old.read(entry), zipfile.ZIP_DEFLATED)
    return out.getvalue()
