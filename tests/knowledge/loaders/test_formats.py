"""Every format is read into the text a reader would see, or refused with what to do."""

import codecs
import io
import zipfile

import docx
import pytest

from knowledge.errors import UnreadableFile, UnsupportedFormat
from knowledge.loaders import formats
from knowledge.loaders.formats import load


def body(content, section):
    return content.text[section.start : section.end].strip()


def test_every_section_lies_in_the_text_and_in_order(one_of_each):
    for file in one_of_each:
        content = load(file.name, file.read_bytes())
        end = 0
        for section in content.sections:
            assert end <= section.heading_start <= section.start < section.end <= len(content.text), file
            end = section.end


def test_a_kind_that_is_not_read_is_refused_with_those_that_are():
    with pytest.raises(UnsupportedFormat, match=r"plan\.mp4 .*: save it as .*PDF, Word"):
        load("plan.mp4", bytes(range(256)) * 10)


@pytest.mark.parametrize("name", ["a.md", "a.txt", "a.html", "a.pdf", "a.docx"])
def test_an_empty_file_is_refused(name):
    with pytest.raises(UnreadableFile, match="empty"):
        load(name, b"")


@pytest.mark.parametrize("name", ["a.md", "a.txt", "a.html"])
def test_a_file_of_white_space_is_refused(name):
    with pytest.raises(UnreadableFile, match="no text"):
        load(name, b" \n\t\n")


@pytest.mark.parametrize("name", ["a.pdf", "a.docx"])
def test_a_damaged_file_is_refused(name):
    with pytest.raises(UnreadableFile, match="damaged"):
        load(name, b"this is no such file" * 50)


def test_an_encrypted_pdf_is_refused_with_what_to_do(make_pdf):
    with pytest.raises(UnreadableFile, match="password"):
        load("a.pdf", make_pdf([["secret"]], encrypted=True))


def test_a_pdf_without_a_text_layer_is_refused_with_what_to_do(make_pdf):
    with pytest.raises(UnreadableFile, match="no words were found on its pages"):
        load("scan.pdf", make_pdf([[], []]))


def test_an_old_container_that_holds_no_office_file_is_refused():
    with pytest.raises(UnreadableFile, match="damaged"):
        load("a.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600)


def test_a_zip_that_is_no_word_file_is_refused():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("x", "y")
    with pytest.raises(UnreadableFile, match="damaged"):
        load("a.docx", packed.getvalue())


def test_bytes_that_are_not_text_are_refused():
    with pytest.raises(UnreadableFile, match="not text"):
        load("a.txt", bytes(range(32)) * 100)


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        ("Größe".encode(), "utf-8"),
        (codecs.BOM_UTF8 + "Größe".encode(), "utf-8 with a mark"),
        ("Größe".encode("utf-16"), "utf-16"),
        (codecs.BOM_UTF16_BE + "Größe".encode("utf-16-be"), "utf-16 big-endian"),
        ("Größe".encode("cp1252"), "cp1252"),
    ],
)
def test_encodings_are_told_apart(data, encoding):
    assert load("a.txt", data).text == "Größe", encoding


def test_pages_of_a_pdf_are_counted_from_one(make_pdf):
    content = load("a.pdf", make_pdf([["First page."], ["Second page."]], title="Two pages"))
    assert [(section.place.page, body(content, section)) for section in content.sections] == [
        (1, "First page."),
        (2, "Second page."),
    ]
    assert content.title == "Two pages"


def test_a_title_that_a_program_left_behind_is_not_taken(make_pdf):
    assert load("rules.pdf", make_pdf([["Rules."]], title="Microsoft Word - rules_final.doc")).title == "rules.pdf"


def test_a_word_file_keeps_its_headings_lists_and_tables(make_docx):
    content = load("a.docx", make_docx().read_bytes())
    assert content.title == "Office guide"
    assert [section.headings[-1] for section in content.sections] == ["Keys", "Phones"]
    assert body(content, content.sections[0]).endswith("\n\n- Return it by noon.")
    assert body(content, content.sections[1]) == "Desk: Reception; Number: 4711"


def test_insertions_and_text_boxes_of_a_word_file_are_read_and_deletions_are_not(tmp_path):
    document = docx.Document()
    body = document.add_paragraph("Kept")._p
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    for xml in (
        f"<w:ins {space}><w:r><w:t> added</w:t></w:r></w:ins>",
        f"<w:del {space}><w:r><w:delText> dropped</w:delText></w:r></w:del>",
        f"<w:r {space}><w:pict><w:txbxContent><w:p><w:r><w:t>Boxed</w:t></w:r></w:p></w:txbxContent></w:pict></w:r>",
    ):
        body.append(docx.oxml.parse_xml(xml))
    document.save(str(tmp_path / "a.docx"))
    assert load("a.docx", (tmp_path / "a.docx").read_bytes()).text == "Kept added\n\nBoxed"


def test_front_matter_gives_the_title_and_is_dropped():
    content = load("a.md", b'---\ntitle: "Travel rules"\nowner: hr\n---\n# Heading\n\nText.')
    assert content.title == "Travel rules"
    assert content.text == "# Heading\n\nText."


def test_a_hash_in_a_code_block_is_no_heading():
    content = load("a.md", b"# Real\n\n```\n# not real\n```\n\n## Next\n\nText.\n")
    assert [section.headings for section in content.sections] == [("Real",), ("Real", "Next")]


def test_headings_lose_their_markup():
    content = load("a.md", b"Intro\n=====\n\n## Use `x` and [links](http://a.b)\n\nText.\n")
    assert content.sections[-1].headings == ("Intro", "Use x and links")


def test_html_leaves_out_scripts_menus_and_footers():
    content = load("a.html", b"<nav>Menu</nav><script>x()</script><p>Text <i>here</i>.</p><footer>Imprint</footer>")
    assert content.text == "Text here."


def test_rows_of_an_html_table_name_their_columns():
    content = load("a.html", b"<table><tr><th>Item<th>Price<tr><td>Pen<td>2<tr><td>Ink<td>9</table>")
    assert content.text == "Item: Pen; Price: 2\nItem: Ink; Price: 9"


def test_html_says_its_own_encoding():
    assert load("a.html", "<meta charset=iso-8859-15><p>5 €".encode("iso-8859-15")).text == "5 €"


def test_deeply_nested_html_is_read():
    assert load("a.html", b"<div>" * 3000 + b"deep" + b"</div>" * 3000).text.strip() == "deep"


def test_a_file_without_a_title_is_called_by_its_name():
    assert load("kitchen.txt", b"Closed at five.").title == "kitchen.txt"


def zipped(files):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return packed.getvalue()


def test_a_file_of_a_wrong_or_no_suffix_is_known_by_its_bytes(make_pdf, make_docx):
    pdf, word = make_pdf([["Travel rules."]]), make_docx().read_bytes()
    assert load("plan", pdf).text == load("plan.txt", pdf).text == "Travel rules."
    assert load("plan.zip", word).title == load("plan", word).title == "Office guide"
    assert load("export.xls", b"<html><body><table><tr><th>A<th>B<tr><td>1<td>2</table>").text == "A: 1; B: 2"
    assert load("export.part", zipped({"a.txt": b"Words."})).sections[0].place.part == "a.txt"


def test_text_that_begins_like_a_picture_stays_text():
    assert load("a.md", b"GIF89a is a format. BZh is another.").text.startswith("GIF89a")


def test_whatever_a_library_raises_becomes_one_line_that_says_what_to_do(monkeypatch):
    def fail(data, options):
        raise ZeroDivisionError("words of the document")

    monkeypatch.setitem(formats.LOADERS, ".odd", fail)
    with pytest.raises(UnreadableFile, match=r"a\.odd is damaged \(ZeroDivisionError\): open it in its own program"):
        load("a.odd", b"x")


def test_names_tell_which_files_of_a_folder_are_read():
    assert all(map(formats.is_read, ["a.md", "src/Main.JAVA", "README", "in/Makefile", "a.eml", "b.tar.gz"]))
    assert not any(map(formats.is_read, ["film.mp4", "noname", ".gitignore", "a.exe"]))


def test_utf_16_is_read_without_its_mark_and_old_japanese_as_declared():
    assert load("a.txt", "Größe und Maß".encode("utf-16-le")).text == "Größe und Maß"
    page = "<meta charset=iso-2022-jp><p>日本".encode("iso-2022-jp")
    assert load("a.html", page).text == "日本"


def test_a_package_whose_kind_is_damaged_is_refused():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/epub+zip")
    data = bytearray(out.getvalue())
    data[38:48] = b"\xff" * 10
    with pytest.raises(UnreadableFile, match="damaged"):
        load("book.zip", bytes(data))
