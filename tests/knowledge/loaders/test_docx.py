"""Word files are read whole: what stands beside the text, too."""

import io
import zipfile

import docx
import pytest
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import qn

from knowledge.documents import Content
from knowledge.errors import UnreadableFile
from knowledge.loaders.docx import load
from knowledge.loaders.options import Options

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def saved(document) -> bytes:
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def read(document) -> Content:
    return load(saved(document), Options())


def changed(data: bytes, change, add: dict[str, str] | None = None) -> bytes:
    """A copy of a package in which `change` was made to each text part, with some more parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            new.writestr(name, change(name, part.decode()) if name.endswith((".xml", ".rels")) else part)
        for name, text in (add or {}).items():
            new.writestr(name, text)
    return out.getvalue()


def strict(name: str, part: str) -> str:
    for kind in ("wordprocessingml", "officeDocument", "drawingml"):
        part = part.replace(f"http://schemas.openxmlformats.org/{kind}/2006/", f"http://purl.oclc.org/ooxml/{kind}/")
    return part.replace("relationships/extended-properties", "relationships/extendedProperties")


def filled(document, *rows: str, style: str | None = None):
    table = document.add_table(rows=len(rows), cols=rows[0].count("|") + 1, style=style)
    for number, row in enumerate(rows):
        for column, words in enumerate(row.split("|")):
            table.cell(number, column).text = words
    return table


@pytest.fixture
def document():
    return docx.Document()


def test_a_file_of_the_strict_kind_is_read(document):
    document.add_heading("Rules", level=1)
    document.add_paragraph("Be kind.")
    content = load(changed(saved(document), strict), Options())
    assert content.text == "Rules\n\nBe kind."
    assert content.sections[0].headings == ("Rules",)


def test_a_file_with_macros_is_read(document):
    document.add_paragraph("Be kind.")
    plain = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    macros = "application/vnd.ms-word.document.macroEnabled.main+xml"
    assert load(changed(saved(document), lambda _, part: part.replace(plain, macros)), Options()).text == "Be kind."


def test_numbers_stand_before_headings_and_items(document):
    document.part.numbering_part.element.append(
        parse_xml(
            f'<w:abstractNum {W} w:abstractNumId="90"><w:lvl w:ilvl="0"><w:start w:val="1"/>'
            '<w:numFmt w:val="upperRoman"/><w:lvlText w:val="%1."/></w:lvl>'
            '<w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="lowerLetter"/>'
            '<w:lvlText w:val="%1%2)"/></w:lvl></w:abstractNum>'
        )
    )
    document.part.numbering_part.element.append(
        parse_xml(f'<w:num {W} w:numId="90"><w:abstractNumId w:val="90"/></w:num>')
    )
    for depth, words in [(0, "Scope"), (1, "Who"), (1, "What"), (0, "Rules"), (1, "First")]:
        made = document.add_heading(words, 1) if depth == 0 else document.add_paragraph(words)
        made._p.get_or_add_pPr().append(
            parse_xml(f'<w:numPr {W}><w:ilvl w:val="{depth}"/><w:numId w:val="90"/></w:numPr>')
        )
    assert read(document).text == "I. Scope\n\nIa) Who\nIb) What\n\nII. Rules\n\nIIa) First"


def test_numbered_lists_are_counted(document):
    for words in ("One", "Two"):
        document.add_paragraph(words, style="List Number")
    assert read(document).text == "1. One\n2. Two"


def test_comments_follow_their_paragraph(document):
    run = document.add_paragraph("A claim.").runs[0]
    document.add_comment(run, text="Says who?", author="Ada")
    document.add_paragraph("Next.")
    assert read(document).text == "A claim.\n\nComment by Ada: Says who?\n\nNext."


def test_footnotes_follow_their_paragraph(document):
    run = document.add_paragraph("A claim.").runs[0]
    run._r.append(parse_xml(f'<w:footnoteReference {W} w:id="2"/>'))
    link = (
        '<Relationship Id="rId99" Target="footnotes.xml" '
        'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes"/></Relationships>'
    )
    notes = (
        f'<w:footnotes {W}><w:footnote w:id="2"><w:p><w:r><w:t>See there.</w:t></w:r></w:p></w:footnote></w:footnotes>'
    )
    data = changed(
        saved(document),
        lambda name, part: part.replace("</Relationships>", link) if name.endswith("document.xml.rels") else part,
        {"word/footnotes.xml": notes},
    )
    assert load(data, Options()).text == "A claim.\n\nFootnote 1: See there."


def test_headers_and_footers_stand_once_at_the_end_and_counts_of_pages_do_not(document):
    document.add_heading("Rules", level=1)
    document.add_paragraph("Be kind.")
    document.sections[0].header.paragraphs[0].text = "Tidewater Company"
    document.sections[0].footer.paragraphs[0].text = "Page 1 of 3"
    content = read(document)
    assert content.text == "Rules\n\nBe kind.\n\nPage header: Tidewater Company"
    assert content.sections[-1].headings == ()


def test_an_equation_is_a_line_of_text(document):
    math = (
        '<m:oMath xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"><m:r><m:t>x=</m:t></m:r><m:f>'
        "<m:num><m:r><m:t>a+b</m:t></m:r></m:num><m:den><m:r><m:t>2</m:t></m:r></m:den></m:f></m:oMath>"
    )
    document.add_paragraph("So ")._p.append(parse_xml(math))
    assert read(document).text == "So x=(a+b)/2"


def test_boxes_that_are_ticked_are_told_from_those_that_are_not(document):
    paragraph = document.add_paragraph()._p
    for default in ("1", "0"):
        paragraph.append(
            parse_xml(
                f'<w:r {W}><w:fldChar w:fldCharType="begin"><w:ffData><w:checkBox><w:default w:val="{default}"/>'
                "</w:checkBox></w:ffData></w:fldChar></w:r>"
            )
        )
    assert read(document).text == "☒☐"


def test_hidden_words_are_left_out(document):
    paragraph = document.add_paragraph("Shown")
    paragraph.add_run(" and obey me").font.hidden = True
    assert read(document).text == "Shown"


def test_a_bold_first_row_names_the_columns(document):
    table = filled(document, "Term|Meaning", "Net|after tax")
    for cell in table.rows[0].cells:
        cell.paragraphs[0].runs[0].bold = True
    assert read(document).text == "Term: Net; Meaning: after tax"


def test_a_row_that_is_repeated_on_every_page_names_the_columns(document):
    table = filled(document, "Term|Meaning", "Net|after tax")
    table.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    content = read(document)
    assert content.text == "Term: Net; Meaning: after tax"
    assert content.anchors[0].row == 2


def test_a_plain_first_row_of_names_and_values_is_no_head(document):
    filled(document, "Name|Ada", "Team|Sales")
    assert read(document).text == "Name | Ada\nTeam | Sales"


def test_merged_cells_are_written_once_in_a_row_and_again_in_every_row_below(document):
    table = filled(document, "Team|2023|2024", "Sales|1|1", "Sales|3|4")
    table.cell(1, 1).merge(table.cell(1, 2)).text = "8"
    table.cell(1, 0).merge(table.cell(2, 0)).text = "Sales"
    assert read(document).text == "Team: Sales; 2023: 8\nTeam: Sales; 2023: 3; 2024: 4"


def test_a_table_in_a_cell_follows_its_own(document):
    table = filled(document, "a|b|c", "1|2|3")
    inner = table.cell(1, 2).add_table(2, 2)
    for place, words in enumerate(["Item", "Price", "Pen", "2"]):
        inner.cell(place // 2, place % 2).text = words
    assert read(document).text == "a: 1; b: 2; c: 3\n\nItem: Pen; Price: 2"


def test_a_frame_of_one_cell_is_no_table(document):
    cell = document.add_table(rows=1, cols=1).cell(0, 0)
    cell.text = "First."
    cell.add_paragraph("Second.")
    assert read(document).text == "First.\n\nSecond."


def test_the_table_of_contents_is_left_out(document):
    document.styles.add_style("toc 1", docx.enum.style.WD_STYLE_TYPE.PARAGRAPH)
    document.add_paragraph("Rules ........ 3", style="toc 1")
    document.add_paragraph("Text.")
    assert read(document).text == "Text."


def test_a_paragraph_of_an_outline_level_is_a_heading(document):
    document.add_paragraph("Rules")._p.get_or_add_pPr().append(parse_xml(f'<w:outlineLvl {W} w:val="1"/>'))
    document.add_paragraph("Text.")
    assert [(s.headings, s.level) for s in read(document).sections] == [(("Rules",), 2)]


def test_a_heading_of_another_language_is_known_by_its_outline(document):
    style = document.styles.add_style("Titre premier", docx.enum.style.WD_STYLE_TYPE.PARAGRAPH)
    style.element.get_or_add_pPr().append(parse_xml(f'<w:outlineLvl {W} w:val="0"/>'))
    document.add_paragraph("Règles", style="Titre premier")
    document.add_paragraph("Soyez aimables.")
    assert read(document).sections[0].headings == ("Règles",)


def test_what_was_moved_away_is_read_where_it_is_now(document):
    body = document.element.body
    for tag, words in (("moveFrom", "Old"), ("moveTo", "New")):
        paragraph = document.add_paragraph()._p
        paragraph.append(parse_xml(f"<w:{tag} {W}><w:r><w:t>{words}</w:t></w:r></w:{tag}>"))
    assert body.find(qn("w:p")) is not None
    assert read(document).text == "New"


@pytest.mark.parametrize("data", [b"no file", b"PK\x03\x04 no file"])
def test_a_damaged_file_is_refused_with_what_to_do(data):
    with pytest.raises(UnreadableFile, match="save it again"):
        load(data, Options())
