"""Files inside of files: each read by its own loader, and joined into the one text of the outer file."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from knowledge.documents import Anchor, Content, Section
from knowledge.errors import BadInput, UnreadableFile, UnsupportedFormat
from knowledge.loaders.options import Options, TooLarge

Read = Callable[[str, bytes, Options], Content]
"""Reads a file inside of another by its name and bytes."""
DEEPEST = 3
"""Files inside of which a file may stand that is to be opened itself."""
NOTED = 20
"""Notes of one kind beyond which they are only counted."""

_NOTHING = "no file in it can be read: "


class Parts:
    """Collects the files inside of one, and notes of those that cannot be read.

    Raises:
        UnreadableFile: the file stands inside of too many others.
    """

    def __init__(self, options: Options, read: Read) -> None:
        if options.depth > DEEPEST:
            raise UnreadableFile(f"it stands inside of {options.depth} other files: unpack it first")
        self._options = options.roomed()
        self._read = read
        self._pieces: list[tuple[str | None, Content]] = []
        self._unread: list[str] = []
        self._others: list[str] = []

    @property
    def options(self) -> Options:
        """How the outer file is read."""
        return self._options

    def add(self, content: Content) -> None:
        """Add what the outer file says itself."""
        self._pieces.append((None, content))

    def read(self, part: str, name: str, data: bytes) -> None:
        """Read a file of a name; `part` says where it is found.

        Raises:
            UnreadableFile: with it, the outer file is too large.
        """
        if self._options.room:
            self._options.room.enter()
        try:
            self._pieces.append((part, self._read(name, data, self._options.inside(name))))
        except TooLarge:
            raise
        except UnsupportedFormat:
            self._others.append(name)
        except BadInput as error:
            self._unread.append(str(error))

    def note(self, why: str) -> None:
        """Say of a file why it is not read."""
        self._unread.append(why)

    def content(self, title: str | None) -> Content:
        """Return all as one text.

        Raises:
            UnreadableFile: nothing could be read.
        """
        notes = tuple(self._notes())
        if not self._pieces:
            why = notes[0].rpartition(_NOTHING)[2] if notes else "it is empty: pack it again"
            raise UnreadableFile(f"{_NOTHING}{why}")
        joined = join(self._pieces)
        return replace(joined, title=title, notes=(*notes, *joined.notes))

    def _notes(self) -> list[str]:
        notes = self._unread[:NOTED]
        if len(self._unread) > NOTED:
            notes.append(f"{len(self._unread) - NOTED} more files cannot be read either: open them by themselves")
        if self._others:
            kinds = sorted({"." + name.rpartition(".")[2].lower() if "." in name else name for name in self._others})
            files = "1 file is" if len(self._others) == 1 else f"{len(self._others)} files are"
            listed = ", ".join(kinds[:NOTED])
            notes.append(f"{files} of kinds that are not read ({listed}): save as PDF what is wanted of them")
        return notes


def join(pieces: Sequence[tuple[str | None, Content]]) -> Content:
    """Put texts one after another, each part under its name, with all that points into them."""
    texts: list[str] = []
    sections: list[Section] = []
    anchors: list[Anchor] = []
    notes: list[str] = []
    length = 0
    for part, content in pieces:
        lead = ("\n\n" if length else "") + (f"{part}\n\n" if part else "")
        by = length + len(lead)
        sections += [_moved(section, by, part, content) for section in _sections(content)]
        anchors += [replace(anchor, start=anchor.start + by, end=anchor.end + by) for anchor in content.anchors]
        notes += [f"{part}: {note}" if part else note for note in content.notes]
        texts += [lead, content.text]
        length = by + len(content.text)
    return Content("".join(texts), tuple(sections), None, tuple(anchors), tuple(notes))


def _sections(content: Content) -> Sequence[Section]:
    """Return the sections; what holds nothing but headings is one."""
    if any(content.text[section.start : section.end].strip() for section in content.sections):
        return content.sections
    return (Section(0, len(content.text), 0),)


def _moved(section: Section, by: int, part: str | None, content: Content) -> Section:
    """Put the part before the place, and the title before the headings."""
    moved = replace(section, start=section.start + by, end=section.end + by, heading_start=section.heading_start + by)
    if part is None:
        return moved
    title = (content.title,) if content.title and section.headings[:1] != (content.title,) else ()
    where = " > ".join(filter(None, (part, section.place.part)))
    level = min(6, section.level + len(title))
    return replace(moved, headings=(*title, *section.headings), level=level, place=replace(section.place, part=where))
