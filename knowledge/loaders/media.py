"""Content types, as web servers and mail programs name them, and the suffixes of their files."""

from knowledge.loaders import formats

_OFFICE = "application/vnd.openxmlformats-officedocument"
_OPEN = "application/vnd.oasis.opendocument"
SUFFIXES = {
    "text/html": ".html",
    "application/xhtml+xml": ".xhtml",
    "text/plain": ".txt",
    "text/markdown": ".md",
    "text/x-rst": ".rst",
    "text/csv": ".csv",
    "text/tab-separated-values": ".tsv",
    "text/vtt": ".vtt",
    "application/pdf": ".pdf",
    "application/json": ".json",
    "application/x-ndjson": ".jsonl",
    "application/x-ipynb+json": ".ipynb",
    "application/xml": ".xml",
    "text/xml": ".xml",
    "application/rss+xml": ".rss",
    "application/atom+xml": ".atom",
    "application/epub+zip": ".epub",
    "message/rfc822": ".eml",
    "application/vnd.ms-outlook": ".msg",
    "application/zip": ".zip",
    "application/x-zip-compressed": ".zip",
    "application/gzip": ".gz",
    "application/x-gzip": ".gz",
    "application/msword": ".doc",
    "application/vnd.ms-excel": ".xls",
    "application/vnd.ms-powerpoint": ".ppt",
    "application/rtf": ".rtf",
    "text/rtf": ".rtf",
    f"{_OFFICE}.wordprocessingml.document": ".docx",
    f"{_OFFICE}.spreadsheetml.sheet": ".xlsx",
    f"{_OFFICE}.presentationml.presentation": ".pptx",
    f"{_OPEN}.text": ".odt",
    f"{_OPEN}.spreadsheet": ".ods",
    f"{_OPEN}.presentation": ".odp",
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/tiff": ".tiff",
    "image/webp": ".webp",
}
"""The suffix of each content type."""
_UNTOLD = ("", "application/octet-stream", "binary/octet-stream", "application/force-download")
"""Content types that say nothing: then the name must."""


def name_for(kind: str, name: str) -> str | None:
    """Return the name of a file with a suffix that fits its content type; None where such files are not read."""
    if kind in _UNTOLD and formats.is_read(name):
        return name
    suffix = SUFFIXES.get(kind, ".txt" if kind.startswith("text/") else "")
    if not formats.is_read(f"a{suffix}"):
        return None
    return name if _fits(name, suffix) else f"{name}{suffix}"


def _fits(name: str, suffix: str) -> bool:
    """Tell whether a name has a suffix of its content type; text may be of any kind that is text."""
    if not formats.is_read(name):
        return False
    loader = formats.check(name)
    return loader is formats.check(f"a{suffix}") or (suffix == ".txt" and loader in formats.PLAIN)
