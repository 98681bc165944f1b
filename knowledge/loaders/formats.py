"""The formats that are read, by suffix; the one way into the loaders."""

from collections.abc import Callable
from dataclasses import replace

from knowledge.documents import Content
from knowledge.errors import UnreadableFile, UnsupportedFormat
from knowledge.loaders import docx, html, markdown, pdf, text
from knowledge.loaders.options import Options

Loader = Callable[[bytes, Options], Content]
LOADERS: dict[str, Loader] = {
    ".md": markdown.load,
    ".markdown": markdown.load,
    ".txt": text.load,
    ".text": text.load,
    ".html": html.load,
    ".htm": html.load,
    ".xhtml": html.load,
    ".pdf": pdf.load,
    ".docx": docx.load,
}


def check(name: str) -> Loader:
    """Return the loader of a file, by its suffix.

    Raises:
        UnsupportedFormat: there is none.
    """
    suffix = "." + name.rpartition(".")[2].lower()
    if suffix not in LOADERS or "." not in name:
        raise UnsupportedFormat(f"{name} is of a kind that is not read: give one of {', '.join(LOADERS)}")
    return LOADERS[suffix]


def load(name: str, data: bytes, options: Options | None = None) -> Content:
    """Read a file; its title is what it says itself, else its name.

    Raises:
        UnsupportedFormat: its suffix is none that is read.
        UnreadableFile: it is damaged, encrypted, or holds no text.
    """
    loader = check(name)
    if not data:
        raise UnreadableFile(f"{name} is empty: nothing to read in it")
    try:
        content = loader(data, replace(options or Options(), name=name))
    except UnreadableFile as error:
        raise UnreadableFile(f"{name} cannot be read: {error}") from error
    if not content.text.strip():
        raise UnreadableFile(f"{name} holds no text: nothing to read in it")
    return replace(content, title=content.title or name)
