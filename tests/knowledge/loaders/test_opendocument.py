"""OpenDocument texts and presentations are read as LibreOffice shows them."""

import io
import zipfile

import pytest

from knowledge.errors import UnreadableFile
from knowledge.loaders.opendocument import load_slides, load_text
from knowledge.loaders.options import Options

SPACES = "".join(
    f' xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for short, name in {
        "office": "office",
        "text": "text",
        "table": "table",
        "draw": "drawing",
        "svg": "svg-compatible",
        "presentation": "presentation",
    }.items()
)


def package(body: str, kind: str = "text", manifest: str = "", prolog: str = "") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(
            "content.xml",
            f"{prolog}<office:document-content{SPACES} xmlns:dc='http://purl.org/dc/elements/1.1/'><office:body>"
            f"<office:{kind}>{body}</office:{kind}></office:body></office:document-content>",
        )
        archive.writestr("META-INF/manifest.xml", f"<manifest>{manifest}</manifest>")
    return out.getvalue()


def text(body: str) -> str:
    return load_text(package(body), Options()).text


def cell(words: str, more: str = "") -> str:
    return f"<table:table-cell {more}><text:p>{words}</text:p></table:table-cell>"


def row(*cells: str) -> str:
    return f"<table:table-row>{''.join(cells)}</table:table-row>"


def test_headings_paragraphs_and_lists_are_kept():
    content = load_text(
        package(
            '<text:h text:outline-level="1">Rules</text:h>'
            '<text:p>Be<text:s text:c="2"/><text:span>kind</text:span>.</text:p>'
            "<text:list><text:list-item><text:p>One</text:p><text:list><text:list-item><text:p>Two</text:p>"
            "</text:list-item></text:list></text:list-item></text:list>"
        ),
        Options(),
    )
    assert content.text == "Rules\n\nBe  kind.\n\n- One\n- Two"
    assert content.sections[0].headings == ("Rules",)
    assert content.title == "Rules"


def test_marked_rows_name_the_columns_and_merged_cells_are_repeated_downwards():
    head = f"<table:table-header-rows>{row(cell('Team'), cell('Lead'))}</table:table-header-rows>"
    covered = "<table:covered-table-cell/>"
    rows = row(cell("Sales", 'table:number-rows-spanned="2"'), cell("Ada")) + row(covered, cell("Bob"))
    assert text(f"<table:table>{head}{rows}</table:table>") == "Team: Sales; Lead: Ada\nTeam: Sales; Lead: Bob"


def test_a_table_in_a_cell_follows_its_own():
    inner = f"<table:table>{row(cell('x'), cell('1'))}</table:table>"
    holder = f"<table:table-cell><text:p>b</text:p>{inner}</table:table-cell>"
    assert text(f"<table:table>{row(cell('a'), holder)}</table:table>") == "a | b\n\nx | 1"


def test_notes_and_comments_follow_their_paragraph_and_deletions_are_left_out():
    note = (
        '<text:note text:note-class="footnote"><text:note-citation>1</text:note-citation><text:note-body>'
        "<text:p>See there.</text:p></text:note-body></text:note>"
    )
    comment = "<office:annotation><dc:creator>Ada</dc:creator><text:p>Really?</text:p></office:annotation>"
    gone = (
        "<text:tracked-changes><text:changed-region><text:p>Gone</text:p></text:changed-region></text:tracked-changes>"
    )
    assert text(f"{gone}<text:p>Fact{note} and{comment} more.</text:p>") == (
        "Fact and more.\n\nFootnote 1: See there.\n\nComment by Ada: Really?"
    )


def test_text_in_frames_is_read():
    frame = "<draw:frame><draw:text-box><text:p>Boxed</text:p></draw:text-box></draw:frame>"
    assert text(f"<text:p>Beside{frame}</text:p>") == "Beside\n\nBoxed"


def test_a_slide_has_its_number_title_text_box_and_notes():
    frame = "<draw:frame {}><draw:text-box><text:p>{}</text:p></draw:text-box></draw:frame>"
    notes = frame.format('presentation:class="notes"', "Say hello")
    page = (
        frame.format('presentation:class="title"', "Plans")
        + frame.format("", "We grow.")
        + frame.format('presentation:class="page-number"', "17")
        + f"<presentation:notes>{notes}</presentation:notes>"
    )
    body = f"<draw:page>{page}</draw:page><draw:page>{frame.format('', 'Untitled')}</draw:page>"
    content = load_slides(package(body, "presentation"), Options())
    assert content.text == "Plans\n\nWe grow.\n\nSpeaker notes: Say hello\n\nUntitled"
    assert [(s.place.slide, s.headings) for s in content.sections] == [(1, ("Plans",)), (2, ())]


def test_an_encrypted_text_is_refused_with_what_to_do():
    with pytest.raises(UnreadableFile, match="password"):
        load_text(package("", manifest="<encryption-data/>"), Options())


def test_entities_are_never_opened(tmp_path):
    (tmp_path / "secret").write_text("hidden")
    prolog = f'<!DOCTYPE x [<!ENTITY file SYSTEM "{(tmp_path / "secret").as_uri()}">]>'
    content = load_text(package("<text:p>Open &file; text</text:p>", prolog=prolog), Options())
    assert "hidden" not in content.text
    assert "Open" in content.text


@pytest.mark.parametrize("data", [b"PK\x03\x04 no text", package("", kind="spreadsheet")])
def test_what_is_no_text_is_refused_as_damaged(data):
    with pytest.raises(UnreadableFile, match="damaged"):
        load_text(data, Options())
