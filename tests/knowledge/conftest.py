"""The embedded encoder, libraries in a folder of the test, and files of every format, written for it."""

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from knowledge.embeddings import EMBEDDED, Encoder
from knowledge.library import Library
from knowledge.settings import KnowledgeSettings
from tests.knowledge.servers import ChromaServer, PostgresServer, postgres_programs

HANDBOOK = """# Staff handbook

Welcome to the Tidewater Company.

## Refunds

Customers may return goods within 37 days of the delivery, if the seal is whole.

## Leave

### Parental leave

Parents take up to 26 weeks off after a birth, and keep their full pay.

### Sick leave

Whoever is ill tells the office before nine, and brings a doctor's note on the fourth day.
"""


@pytest.fixture(scope="session")
def encoder() -> Encoder:
    """The embedded encoder, loaded once."""
    return Encoder(EMBEDDED)


PLACES = ["embedded", pytest.param("servers", marks=pytest.mark.postgres)]
"""SQLite and Chroma embedded; Postgres and a Chroma server."""


def servers_of(request: pytest.FixtureRequest) -> dict[str, str]:
    """Return the settings that name the servers, where the place is servers."""
    if request.param == "embedded":
        return {}
    return {
        "catalogue": request.getfixturevalue("postgres").database(),
        "vectors": request.getfixturevalue("chroma").url,
    }


@pytest.fixture(params=PLACES)
def settings(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> KnowledgeSettings:
    """A home of its own in each place; servers are named in the environment, for processes that a test starts."""
    for name, url in servers_of(request).items():
        monkeypatch.setenv(f"APPRENTICE_KNOWLEDGE_{name.upper()}", url)
    return KnowledgeSettings(home=tmp_path / "home")


@pytest.fixture
def library(settings: KnowledgeSettings, encoder: Encoder) -> Iterator[Library]:
    library = Library(settings, encoder)
    yield library
    library.close()


@pytest.fixture(scope="module", params=PLACES)
def shared(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, encoder: Encoder
) -> Iterator[Library]:
    """A library in each place for a module whose tests only read from it, once it is filled."""
    settings = KnowledgeSettings(home=tmp_path_factory.mktemp("shared"), **servers_of(request))
    library = Library(settings, encoder)
    yield library
    library.close()


@pytest.fixture(scope="module")
def stocked(shared: Library, tmp_path_factory: pytest.TempPathFactory) -> Library:
    """The shared library with the handbook in it."""
    file = tmp_path_factory.mktemp("handbook") / "handbook.md"
    file.write_text(HANDBOOK, encoding="utf-8")
    shared.add(file)
    return shared


@pytest.fixture
def handbook(tmp_path: Path) -> Path:
    file = tmp_path / "handbook.md"
    file.write_text(HANDBOOK, encoding="utf-8")
    return file


@pytest.fixture
def make_pdf() -> Callable[..., bytes]:
    """A writer of small PDFs: pages of lines in Helvetica."""
    return write_pdf


@pytest.fixture
def make_docx(tmp_path: Path) -> Callable[[], Path]:
    return lambda: write_docx(tmp_path / "handbook.docx")


@pytest.fixture
def one_of_each(tmp_path: Path, handbook: Path) -> list[Path]:
    """The handbook in every format that is read."""
    text = tmp_path / "handbook.txt"
    text.write_text("Caffè rules.\n\nThe kitchen closes at five — café staff stay until six.\n", encoding="utf-16")
    page = tmp_path / "handbook.html"
    page.write_text(
        "<title>Rules</title><nav>Home</nav><h1>House rules</h1><p>Bikes go into the <b>cellar</b>.</p>"
        "<h2>Prices</h2><table><tr><th>Room</th><th>Price</th></tr><tr><td>Blue room</td><td>40 €</td></tr></table>",
        encoding="utf-8",
    )
    pdf = tmp_path / "handbook.pdf"
    pdf.write_bytes(
        write_pdf([["Travel is booked by the office."], ["Trains come before planes."]], title="Travel rules")
    )
    return [handbook, text, page, pdf, write_docx(tmp_path / "handbook.docx")]


def write_docx(file: Path) -> Path:
    """Write a Word file with headings, a list and a table."""
    import docx

    document = docx.Document()
    document.core_properties.title = "Office guide"
    document.add_heading("Office guide", level=1)
    document.add_heading("Keys", level=2)
    document.add_paragraph("The front door key hangs behind the green door.")
    document.add_paragraph("Return it by noon.", style="List Bullet")
    document.add_heading("Phones", level=2)
    table = document.add_table(rows=2, cols=2)
    for cell, text in zip(
        (c for row in table.rows for c in row.cells), ["Desk", "Number", "Reception", "4711"], strict=True
    ):
        cell.text = text
    document.save(str(file))
    return file


def write_pdf(pages: list[list[str]], *, title: str = "", encrypted: bool = False) -> bytes:
    """Write a PDF of pages of lines; where `encrypted`, its password is none that could be guessed."""
    kids = " ".join(f"{5 + 2 * i} 0 R" for i in range(len(pages)))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        f"<< /Title ({title}) >>",
    ]
    for i, lines in enumerate(pages):
        drawn = "".join(f"1 0 0 1 50 {750 - 20 * n} Tm ({line}) Tj " for n, line in enumerate(lines))
        stream = f"BT /F1 12 Tf {drawn}ET"
        objects.append(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] "
            f"/Resources << /Font << /F1 3 0 R >> >> /Contents {6 + 2 * i} 0 R >>"
        )
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
    out = b"%PDF-1.4\n"
    offsets = []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n{content}\nendobj\n".encode("latin-1")
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    out += "".join(f"{offset:010} 00000 n \n" for offset in offsets).encode()
    lock = f"/Encrypt << /Filter /Standard /V 1 /R 2 /O <{'41' * 32}> /U <{'42' * 32}> /P -4 >> " if encrypted else ""
    ids = f"/ID [<{'43' * 16}> <{'43' * 16}>]"
    trailer = f"trailer << /Size {len(objects) + 1} /Root 1 0 R /Info 4 0 R {lock}{ids} >>"
    return out + f"{trailer}\nstartxref\n{start}\n%%EOF\n".encode()


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    """A running Postgres; where it is not installed the test is skipped, but for in CI."""
    programs = postgres_programs()
    if programs is None and "CI" not in os.environ:
        pytest.skip("Postgres is not installed")
    assert programs is not None, "Postgres is not installed"
    with tempfile.TemporaryDirectory() as folder:  # pytest's own cannot be entered by Postgres' user
        Path(folder).chmod(0o755)
        server = PostgresServer(programs, Path(folder))
        yield server
        server.end()


@pytest.fixture(scope="session")
def chroma(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChromaServer]:
    """A running Chroma server, shared by the tests."""
    server = ChromaServer(tmp_path_factory.mktemp("chroma"))
    yield server
    server.end()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def catalogue_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a new catalogue, in each database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'catalogue.db'}"
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.database()


@pytest.fixture(params=["embedded", "server"])
def chroma_url(request: pytest.FixtureRequest) -> str:
    """The URL of Chroma: none where it is embedded, or that of a running server."""
    if request.param == "embedded":
        return ""
    server: ChromaServer = request.getfixturevalue("chroma")
    return server.url
