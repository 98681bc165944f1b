"""E-mail is read with its headers, its body, and the files attached."""

from email.message import EmailMessage

import pytest

from knowledge.errors import UnreadableFile
from knowledge.loaders.formats import load


def letter(body: str = "Hello Bo,\n\nsee you at five.\n") -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Ada Größe <ada@example.com>"
    message["To"] = "Bo <bo@example.com>"
    message["Date"] = "Mon, 05 Jan 2026 10:00:00 +0000"
    message["Subject"] = "Tea at five – sharp"
    message.set_content(body)
    return message


def parts(content) -> list[tuple[str | None, tuple[str, ...], str]]:
    found = [(s.place.part, s.headings, content.text[s.start : s.end].strip()) for s in content.sections]
    return [part for part in found if part[2]]


def test_headers_stand_above_the_body_and_the_subject_is_the_title():
    content = load("a.eml", letter().as_bytes())
    assert content.title == "Tea at five – sharp"
    assert content.text.startswith("From: Ada Größe <ada@example.com>\nTo: Bo <bo@example.com>\nDate: Mon, 05 Jan 2026")
    assert content.text.endswith("Hello Bo,\n\nsee you at five.")


def test_attachments_are_parts_with_their_own_headings():
    message = letter()
    message.add_attachment(b"# Menu\n\n## Tea\n\nGreen.\n", maintype="text", subtype="markdown", filename="menu.md")
    inner = letter("Nested words.")
    inner.add_attachment(b"Deep words.", maintype="application", subtype="octet-stream", filename="deep.txt")
    message.add_attachment(inner)
    content = load("a.eml", message.as_bytes())
    assert parts(content)[1:] == [
        ("attachment menu.md", ("Menu", "Tea"), "Green."),
        (
            "attachment Tea at five – sharp.eml",
            ("Tea at five – sharp",),
            parts(content)[2][2],
        ),
        (
            "attachment Tea at five – sharp.eml > attachment deep.txt",
            ("Tea at five – sharp", "deep.txt"),
            "Deep words.",
        ),
    ]
    assert parts(content)[2][2].endswith("Nested words.")


def test_what_cannot_be_read_is_noted():
    message = letter()
    message.add_attachment(b"no pdf", maintype="application", subtype="pdf", filename="bill.pdf")
    message.add_attachment(bytes(range(256)) * 9, maintype="video", subtype="mp4", filename="film.mp4")
    content = load("a.eml", message.as_bytes())
    assert content.notes[0].startswith("bill.pdf cannot be read")
    assert ".mp4" in content.notes[1]


def test_plain_text_is_preferred_and_html_read_where_there_is_none():
    message = letter()
    message.add_alternative("<p>Other <b>words</b></p>", subtype="html")
    assert "Other" not in load("a.eml", message.as_bytes()).text
    message = letter("\n")
    message.add_alternative("<h1>Hi</h1><table><tr><th>A<th>B<tr><td>1<td>2</table>", subtype="html")
    assert load("a.eml", message.as_bytes()).text.endswith("Hi\n\nA: 1; B: 2")


def test_a_charset_that_is_not_true_does_no_harm():
    data = b"Subject: x\nContent-Type: text/plain; charset=no-such\n\n" + "Größe".encode()
    assert load("a.eml", data).text.endswith("Größe")
    data = b"Subject: x\nContent-Type: text/plain; charset=us-ascii\n\n" + "Größe".encode("latin-1")
    assert load("a.eml", data).text.endswith("Größe")


def test_lines_that_flow_are_joined():
    data = b"Subject: x\nContent-Type: text/plain; format=flowed\n\nOne \ntwo.\nThree."
    assert load("a.eml", data).text.endswith("One two.\nThree.")


def test_all_letters_of_an_mbox_are_read():
    box = b"".join(b"From ada Mon Jan  5 10:00:00 2026\n" + letter(f"Number {i}.").as_bytes() + b"\n\n" for i in (1, 2))
    assert [(part, text[-9:]) for part, _, text in parts(load("a.mbox", box))] == [
        ("message 1", "Number 1."),
        ("message 2", "Number 2."),
    ]


def test_a_saved_web_page_is_read_as_a_page():
    page = (
        "From: <Saved by a browser>\nSubject: x\nContent-Type: multipart/related; boundary=b\n\n--b\n"
        "Content-Type: text/html\nContent-Transfer-Encoding: quoted-printable\n\n"
        "<h1>Rules</h1><p>Be k=C3=BChl.\n--b--\n"
    )
    assert load("a.mht", page.encode()).text == "Rules\n\nBe kühl."
    assert load("export.doc", page.encode()).text == "Rules\n\nBe kühl."


def test_bytes_that_are_no_letter_are_refused():
    with pytest.raises(UnreadableFile, match="no e-mail"):
        load("a.eml", b"nothing of the kind")
