"""Books are read chapter by chapter."""

import io
import zipfile

import pytest

from knowledge.errors import UnreadableFile
from knowledge.loaders.formats import load

CONTAINER = '<container><rootfiles><rootfile full-path="in/book.opf"/></rootfiles></container>'
PACKAGE = """<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata>
<dc:title>The garden</dc:title></metadata><manifest>
<item id="a" href="one%20a.xhtml" media-type="application/xhtml+xml"/>
<item id="b" href="two.xhtml" media-type="application/xhtml+xml"/><item id="c" href="x.png" media-type="image/png"/>
<item id="d" href="gone.xhtml" media-type="application/xhtml+xml"/></manifest>
<spine><itemref idref="b"/><itemref idref="a"/><itemref idref="d"/></spine></package>"""


def book(extra: dict[str, str] | None = None) -> bytes:
    out = io.BytesIO()
    files = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": CONTAINER,
        "in/book.opf": PACKAGE,
        "in/one a.xhtml": "<html><body><h1>Roots</h1><p>Down.</p></body></html>",
        "in/two.xhtml": "<html><head><title>Preface</title></head><body><p>Hello.</p></body></html>",
    }
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in {**files, **(extra or {})}.items():
            archive.writestr(name, text)
    return out.getvalue()


def test_chapters_are_read_in_the_order_of_the_book():
    content = load("a.epub", book())
    assert content.title == "The garden"
    assert content.text == "Hello.\n\nRoots\n\nDown."
    assert [section.headings for section in content.sections] == [("Preface",), ("Roots",)]
    assert "gone.xhtml" in content.notes[0]


def test_a_book_without_its_suffix_is_known_by_its_bytes():
    assert load("a.zip", book()).title == "The garden"


@pytest.mark.parametrize(
    ("algorithm", "refused"),
    [("http://www.w3.org/2001/04/xmlenc#aes128-cbc", True), ("http://www.idpf.org/2008/embedding", False)],
)
def test_protection_is_refused_and_disguised_fonts_are_not(algorithm, refused):
    told = f'<encryption><EncryptedData><EncryptionMethod Algorithm="{algorithm}"/></EncryptedData></encryption>'
    data = book({"META-INF/encryption.xml": told})
    if refused:
        with pytest.raises(UnreadableFile, match="DRM"):
            load("a.epub", data)
    else:
        assert load("a.epub", data).title == "The garden"
