"""Writes PDFs for tests: lines at their places, turned pages, pictures, outlines, fields, attachments, a password."""

import hashlib
import io
from dataclasses import dataclass, field

from PIL import Image, ImageDraw, ImageFont

PAD = bytes.fromhex("28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A")


@dataclass
class Sheet:
    """A page of 600 by 800 points; lines are (from the left, from the top, text), and may have a size and a font."""

    lines: list[tuple] = field(default_factory=list)
    rotate: int = 0
    crop: str = ""
    picture: Image.Image | None = None
    pictured: tuple[int, int, int, int] = (0, 0, 600, 800)
    """Where the picture stands: from the left, from the top, its width and its height."""
    filled: tuple[int, int, str] | None = None
    """A field with what was written into it."""


def sheet_of(*lines, top=100, pitch=16, **rest):
    """A page of lines under one another; a line is a text, or cells as {from the left: text}."""
    found = []
    for i, line in enumerate(lines):
        cells = line if isinstance(line, dict) else {60: line}
        found += [(left, top + i * pitch, text) for left, text in cells.items()]
    return Sheet(found, **rest)


def bold(sheet, row):
    """Set the cells of one row of a page in bold letters."""
    height = sorted({line[1] for line in sheet.lines})[row]
    sheet.lines = [(*line[:3], 11, "B") if line[1] == height else line for line in sheet.lines]
    return sheet


def picture_of(*lines, size=(1240, 1650)):
    """A picture of lines, as a scanner makes it."""
    picture = Image.new("L", size, "white")
    pen = ImageDraw.Draw(picture)
    for i, line in enumerate(lines):
        pen.text((120, 150 + 90 * i), line, fill="black", font=ImageFont.load_default(42))
    return picture


def write(sheets, *, outline=(), attached="", password="", map_a=""):
    """Return the PDF; `map_a` says in hexadecimal UTF-16 what the letter A of the font U stands for."""
    objects = {
        1: b"<< /Type /Catalog /Pages 2 0 R %s >>",
        3: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        4: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>",
        5: b"<< /Type /Font /Subtype /Type1 /BaseFont /Courier /ToUnicode 6 0 R >>",
        6: _stream(b"", _map(map_a or "0041")),
    }
    pages = []
    for sheet in sheets:
        pages.append(len(objects) + 2)
        _add_page(objects, sheet)
    kids = " ".join(f"{number} 0 R" for number in pages)
    objects[2] = f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode()
    extra = _add_outline(objects, outline, pages) + _add_attached(objects, attached)
    objects[1] = objects[1] % extra.encode()
    return _file(objects, password)


def _add_page(objects, sheet):
    first = len(objects) + 2
    names = {"F": 3, "B": 4, "U": 5}
    drawn = b""
    for left, top, text, *rest in sheet.lines:
        size, font = [*rest, *(11, "F")[len(rest) :]]
        shown = text.encode("cp1252").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
        drawn += b"BT /%s %d Tf 1 0 0 1 %d %d Tm (%s) Tj ET\n" % (font.encode(), size, left, 800 - top, shown)
    images, annotation = "", ""
    extra = {}
    if sheet.picture is not None:
        packed = io.BytesIO()
        sheet.picture.convert("L").save(packed, "JPEG", quality=90)
        head = f"/Type /XObject /Subtype /Image /Width {sheet.picture.width} /Height {sheet.picture.height} "
        head += "/ColorSpace /DeviceGray /BitsPerComponent 8 /Filter /DCTDecode"
        extra[first + 2] = _stream(head.encode(), packed.getvalue())
        left, top, width, height = sheet.pictured
        drawn += b"q %d 0 0 %d %d %d cm /I Do Q\n" % (width, height, left, 800 - top - height)
        images = f"/XObject << /I {first + 2} 0 R >>"
    if sheet.filled:
        left, top, text = sheet.filled
        look = f"BT /F 11 Tf 2 4 Td ({text}) Tj ET".encode()
        head = "/Type /XObject /Subtype /Form /BBox [0 0 150 16] /Resources << /Font << /F 3 0 R >> >>"
        extra[first + 2] = _stream(head.encode(), look)
        annotation = (
            f"/Annots [<< /Type /Annot /Subtype /Widget /FT /Tx /F 4 /T (name) /V ({text}) "
            f"/Rect [{left} {796 - top} {left + 150} {812 - top}] /AP << /N {first + 2} 0 R >> >>]"
        )
    fonts = " ".join(f"/{name} {number} 0 R" for name, number in names.items())
    objects[first] = (
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] {sheet.crop} /Rotate {sheet.rotate} {annotation} "
        f"/Resources << /Font << {fonts} >> {images} >> /Contents {first + 1} 0 R >>"
    ).encode()
    objects[first + 1] = _stream(b"", drawn)
    objects.update(extra)


def _add_outline(objects, outline, pages):
    if not outline:
        return ""
    root = len(objects) + 1
    numbers = [root + 1 + i for i in range(len(outline))]
    objects[root] = f"<< /First {numbers[0]} 0 R /Last {numbers[-1]} 0 R /Count {len(outline)} >>".encode()
    for i, (title, page) in enumerate(outline):
        beside = f"/Next {numbers[i + 1]} 0 R " if i + 1 < len(numbers) else ""
        beside += f"/Prev {numbers[i - 1]} 0 R " if i else ""
        target = f"/Dest [{pages[page]} 0 R /Fit]"
        objects[numbers[i]] = f"<< /Title ({title}) /Parent {root} 0 R {beside}{target} >>".encode()
    return f"/Outlines {root} 0 R "


def _add_attached(objects, name):
    if not name:
        return ""
    number = len(objects) + 1
    objects[number] = _stream(b"/Type /EmbeddedFile", b"inside")
    objects[number + 1] = f"<< /Type /Filespec /F ({name}) /UF ({name}) /EF << /F {number} 0 R >> >>".encode()
    return f"/Names << /EmbeddedFiles << /Names [({name}) {number + 1} 0 R] >> >>"


def _map(letters):
    return (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def /CMapType 2 def\n"
        "1 begincodespacerange <00> <FF> endcodespacerange\n"
        f"2 beginbfchar <41> <{letters}> <42> <0628> endbfchar endcmap end end"
    ).encode()


def _stream(head, data):
    return b"<< %s /Length %d >>\nstream\n" % (head, len(data)) + data + b"\nendstream"


def _file(objects, password):
    key, lock = _key(password) if password else (b"", b"")
    out = b"%PDF-1.6\n"
    offsets = {}
    for number in sorted(objects):
        offsets[number] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, _locked(objects[number], number, key))
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offsets[number] for number in sorted(objects))
    trailer = b"/Size %d /Root 1 0 R /ID [<%s> <%s>] %s" % (len(objects) + 1, b"43" * 16, b"43" * 16, lock)
    return out + b"trailer << %s >>\nstartxref\n%d\n%%%%EOF\n" % (trailer, start)


def _key(password):
    """The key and the dictionary of the oldest kind of encryption (RC4, 40 bits; ISO 32000-1, 7.6.3)."""
    padded = (password.encode() + PAD)[:32]
    owner = _rc4(hashlib.md5(padded).digest()[:5], padded)
    key = hashlib.md5(padded + owner + (2**32 - 4).to_bytes(4, "little") + b"\x43" * 16).digest()[:5]
    user = _rc4(key, PAD)
    lock = f"/Encrypt << /Filter /Standard /V 1 /R 2 /O <{owner.hex()}> /U <{user.hex()}> /P -4 >>"
    return key, lock.encode()


def _locked(content, number, key):
    if not key or b"stream\n" not in content:
        return content
    head, _, rest = content.partition(b"\nstream\n")
    data = rest.removesuffix(b"\nendstream")
    own = hashlib.md5(key + number.to_bytes(3, "little") + b"\0\0").digest()[:10]
    return head + b"\nstream\n" + _rc4(own, data) + b"\nendstream"


def _rc4(key, data):
    state = list(range(256))
    j = 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) % 256
        state[i], state[j] = state[j], state[i]
    i = j = 0
    out = bytearray()
    for byte in data:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        out.append(byte ^ state[(state[i] + state[j]) % 256])
    return bytes(out)
