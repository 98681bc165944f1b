"""A small writer of PDF files: headings and paragraphs as a text layer, with an outline of the headings."""

import textwrap

SIZES = {0: 10.5, 1: 20.0, 2: 14.0}
"""The size of the letters, by the level of the heading; 0 is running text."""
WIDTH, HEIGHT, MARGIN = 595, 842, 60
LINE = 92
"""Characters in a line of running text; it fits between the margins in Helvetica of that size."""
PAGES, REGULAR, BOLD, OUTLINE, INFO = 2, 3, 4, 5, 6
"""The numbers of the objects in every file, after the catalogue; the pages and the entries of the outline follow."""


def write_pdf(title: str, pages: list[list[tuple[int, str]]]) -> bytes:
    """Write pages of (level, text) as a PDF: level 1 is its title, which comes first, 2 a heading, 0 a paragraph.

    Raises:
        ValueError: the text of a page does not fit on it.
    """
    first = INFO + 1
    sheets = [first + 2 * number for number in range(len(pages))]
    entries = first + 2 * len(pages)
    drawn = [_draw(page) for page in pages]
    headings = [(text, sheets[number], top) for number, (_, places) in enumerate(drawn) for text, top in places]
    objects = [
        f"<< /Type /Catalog /Pages {PAGES} 0 R /Outlines {OUTLINE} 0 R /Lang (en) >>",
        f"<< /Type /Pages /Kids [{' '.join(f'{sheet} 0 R' for sheet in sheets)}] /Count {len(sheets)} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>",
        f"<< /Type /Outlines /First {entries} 0 R /Last {entries} 0 R >>",
        f"<< /Title ({_escape(title)}) >>",
    ]
    for sheet, (content, _) in zip(sheets, drawn, strict=True):
        objects.append(
            f"<< /Type /Page /Parent {PAGES} 0 R /MediaBox [0 0 {WIDTH} {HEIGHT}] /Contents {sheet + 1} 0 R"
            f" /Resources << /Font << /F0 {REGULAR} 0 R /F1 {BOLD} 0 R >> >> >>"
        )
        objects.append(f"<< /Length {len(content.encode('cp1252'))} >>\nstream\n{content}\nendstream")
    objects += [_entry(entries, number, headings) for number in range(len(headings))]
    return _file(objects)


def _draw(page: list[tuple[int, str]]) -> tuple[str, list[tuple[str, float]]]:
    """The drawing instructions of one page, and where its headings stand."""
    commands, headings, top = ["BT"], [], float(HEIGHT - MARGIN)
    for level, text in page:
        size = SIZES[level]
        if level:
            headings.append((text, top))
            top -= 8
        for line in textwrap.wrap(text, int(LINE * SIZES[0] / size), break_on_hyphens=False):
            top -= size * 1.35
            commands.append(f"/F{min(level, 1)} {size} Tf 1 0 0 1 {MARGIN} {top:.2f} Tm ({_escape(line)}) Tj")
        top -= 6
    if top < MARGIN:
        raise ValueError(f"the page that begins with {page[0][1]!r} is too long: break it earlier")
    return "\n".join([*commands, "ET"]), headings


def _entry(first: int, number: int, headings: list[tuple[str, int, float]]) -> str:
    """One entry of the outline, linked to the place of its heading; all others stand in a row below the first."""
    text, sheet, top = headings[number]
    place = f"/Dest [{sheet} 0 R /XYZ {MARGIN} {top:.2f} 0]"
    last = len(headings) - 1
    if number == 0:
        links = f"/Parent {OUTLINE} 0 R" + (f" /First {first + 1} 0 R /Last {first + last} 0 R" if last else "")
    else:
        before = f" /Prev {first + number - 1} 0 R" if number > 1 else ""
        after = f" /Next {first + number + 1} 0 R" if number < last else ""
        links = f"/Parent {first} 0 R{before}{after}"
    return f"<< /Title ({_escape(text)}) {links} {place} >>"


def _escape(text: str) -> str:
    """Text as it may stand between the brackets of a PDF string."""
    return text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")


def _file(objects: list[str]) -> bytes:
    """A whole file: the objects, the table of their places, and the trailer."""
    written, places = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"), []
    for number, body in enumerate(objects, start=1):
        places.append(len(written))
        written += f"{number} 0 obj\n{body}\nendobj\n".encode("cp1252")
    table = len(written)
    written += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    written += b"".join(f"{place:010d} 00000 n \n".encode() for place in places)
    written += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R /Info {INFO} 0 R >>\n".encode()
    written += f"startxref\n{table}\n%%EOF\n".encode()
    return bytes(written)
