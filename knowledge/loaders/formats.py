"""The formats that are read, by suffix and by their first bytes; the one way into the loaders."""

import logging
import re
from collections.abc import Callable
from dataclasses import replace

from knowledge.documents import Content
from knowledge.errors import BadInput, UnreadableFile, UnsupportedFormat
from knowledge.loaders import (
    archive,
    captions,
    data,
    delimited,
    docx,
    epub,
    html,
    images,
    mail,
    markdown,
    notebook,
    opendocument,
    outlook,
    pdf,
    restructured,
    sheets,
    slides,
    text,
    trees,
)
from knowledge.loaders.encodings import is_text
from knowledge.loaders.options import Options, TooLarge
from knowledge.loaders.parts import Read
from knowledge.loaders.signatures import suffix_of, text_suffix_of

Loader = Callable[[bytes, Options], Content]
KINDS = (
    "Markdown, text, reStructuredText, HTML, PDF, Word, PowerPoint, Excel, OpenDocument, CSV, EPUB, e-mail, JSON, XML, "
    "notebooks, captions, source code, pictures, or a ZIP of these"
)
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_log = logging.getLogger(__name__)


def _outer(loader: Callable[[bytes, Options, Read], Content]) -> Loader:
    """Give a loader of files with files inside the way back into all loaders."""
    return lambda content, options: loader(content, options, load)


LOADERS: dict[str, Loader] = {
    **dict.fromkeys(text.CODE, text.load_code),
    ".md": markdown.load,
    ".markdown": markdown.load,
    ".txt": text.load,
    ".text": text.load,
    ".log": text.load,
    ".ics": text.load,
    ".vcf": text.load,
    ".rst": restructured.load,
    ".rest": restructured.load,
    ".html": html.load,
    ".htm": html.load,
    ".xhtml": html.load,
    ".mht": mail.load_page,
    ".mhtml": mail.load_page,
    ".pdf": pdf.load,
    **dict.fromkeys(images.SUFFIXES, images.load),
    ".docx": docx.load,
    **dict.fromkeys((".docm", ".dotx", ".doc", ".dot", ".rtf"), docx.load),
    **dict.fromkeys((".pptx", ".pptm", ".ppsx", ".potx", ".ppt", ".pps"), slides.load),
    **dict.fromkeys((".xlsx", ".xlsm", ".xltx", ".xlsb", ".xls", ".ods", ".ots"), sheets.load),
    ".odt": opendocument.load_text,
    ".ott": opendocument.load_text,
    ".odp": opendocument.load_slides,
    ".otp": opendocument.load_slides,
    ".csv": delimited.load,
    ".tsv": delimited.load,
    ".tab": delimited.load,
    ".epub": epub.load,
    ".eml": _outer(mail.load),
    ".mbox": _outer(mail.load_box),
    ".msg": _outer(outlook.load),
    ".json": data.load,
    ".geojson": data.load,
    ".jsonl": data.load_lines,
    ".ndjson": data.load_lines,
    ".ipynb": notebook.load,
    ".xml": trees.load,
    ".nxml": trees.load,
    ".rss": trees.load,
    ".atom": trees.load,
    ".vtt": captions.load,
    ".srt": captions.load,
    ".zip": _outer(archive.load_zip),
    ".tar": _outer(archive.load_tar),
    **dict.fromkeys((".gz", ".tgz", ".bz2", ".tbz2", ".xz", ".txz"), _outer(archive.load_packed)),
}
PLAIN = frozenset({text.load, text.load_code, markdown.load, restructured.load, html.load, data.load, data.load_lines})
"""Loaders of what is text itself."""
_NAMED = (
    "readme license licence copying notice authors contributors changelog changes news install todo makefile "
    "dockerfile jenkinsfile vagrantfile procfile gemfile rakefile codeowners"
)
NAMES = frozenset(_NAMED.split())
"""Names of text files that have no suffix."""
_WEAK = (".gz", ".bz2", ".gif", ".bmp")
"""Kinds whose first bytes may also begin a text."""


def is_read(name: str) -> bool:
    """Tell by its name whether a file is of a kind that is read; one of another name may still be, by its bytes."""
    return _named(name) is not None


def check(name: str) -> Loader:
    """Return the loader of a file, by its name.

    Raises:
        UnsupportedFormat: there is none.
    """
    loader = _named(name)
    if loader is None:
        raise UnsupportedFormat(_unsupported(name))
    return loader


def load(name: str, content: bytes, options: Options | None = None) -> Content:
    """Read a file; its title is what it says itself, else its name.

    Raises:
        UnsupportedFormat: it is of a kind that is not read.
        UnreadableFile: it is damaged, encrypted, too large, or holds no text.
    """
    if not content:
        raise UnreadableFile(f"{name} is empty: save it again, or leave it out")
    loader = _loader(name, content)
    try:
        read = loader(content, replace(options or Options(), name=name).roomed())
    except BadInput as error:
        kind = type(error) if isinstance(error, TooLarge | UnsupportedFormat) else UnreadableFile
        raise kind(f"{name} cannot be read: {error}") from error
    except MemoryError as error:
        raise UnreadableFile(f"{name} cannot be read: it takes more memory than there is: split it") from error
    except Exception as error:
        # The border of all parsers: what they throw at a file that nobody foresaw is endless, and must take neither the
        # files beside it in an archive along nor those after it. What the system refuses is no fault of the file.
        if isinstance(error, OSError) and error.strerror:
            told = f"{name} cannot be read ({error.strerror}): see that temporary files can be written"
            raise UnreadableFile(told) from error
        _log.warning("a loader failed with %s", type(error).__name__)
        raise UnreadableFile(
            f"{name} is damaged ({type(error).__name__}): open it in its own program and save it again"
        ) from error
    if not read.text.strip():
        raise UnreadableFile(f"{name} holds no text: leave it out, or save it as PDF if you see text in it")
    return _clean(replace(read, title=read.title or name))


def _named(name: str) -> Loader | None:
    base = name.replace("\\", "/").rpartition("/")[2].lower()
    if base in NAMES:
        return text.load_code if base.endswith("file") else text.load
    return LOADERS.get("." + base.rpartition(".")[2]) if "." in base else None


def _loader(name: str, content: bytes) -> Loader:
    """Return the loader for a file: by its name, unless its bytes say that it is something else."""
    named = _named(name)
    told = suffix_of(content)
    if told is None:
        return _of_text(name, content, named)
    if named in PLAIN and told in _WEAK and is_text(content):
        return named
    if told == ".zip" and named is not None and named not in PLAIN:
        return named
    loader = LOADERS.get(told) or (named if named not in PLAIN else None)
    if loader is None:
        raise UnsupportedFormat(_unsupported(name))
    return loader


def _of_text(name: str, content: bytes, named: Loader | None) -> Loader:
    """Return the loader for bytes that do not tell what they are, text mostly."""
    if named in PLAIN:
        return named
    kind = text_suffix_of(content) if is_text(content) else None
    if named is None and kind is None:
        raise UnsupportedFormat(_unsupported(name))
    # Some programs save pages under the suffixes of office files.
    return LOADERS[kind] if kind and (named is None or kind in (".html", ".mht")) else named or text.load


def _unsupported(name: str) -> str:
    return f"{name} is of a kind that is not read: save it as one of {KINDS}"


def _clean(content: Content) -> Content:
    """Replace what no database stores, NULs and halves of characters, one for one, so that no offset moves."""
    if not _UNSTORABLE.search(content.text) and not _UNSTORABLE.search(content.title or ""):
        return content
    sections = tuple(
        replace(section, headings=tuple(_UNSTORABLE.sub("\ufffd", heading) for heading in section.headings))
        for section in content.sections
    )
    return replace(
        content,
        text=_UNSTORABLE.sub("\ufffd", content.text),
        title=_UNSTORABLE.sub("\ufffd", content.title or ""),
        sections=sections,
    )
