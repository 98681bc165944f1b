"""Words that a hyphen cuts at the end of a line: whole again, with the hyphen where it is the word's own.

The document itself tells which it is: it mostly has the word, or its two halves, elsewhere. Where it does not tell, the
hyphen goes. Of 1,153 own hyphens in handbooks this keeps 60 in 100, of 33,864 others it leaves 5 in 10,000.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from knowledge.loaders.pdf_layout import Page
from knowledge.loaders.pdf_lines import CUT, Line

HALF = 4
"""Letters from which a half that stands alone elsewhere counts: shorter ones, as `in` and `for`, begin many words."""
_WORD = re.compile(rf"[^\W\d_]+(?:[-{CUT}][^\W\d_]+)*")
_CUT = re.compile(rf"([^\W_]*){CUT}([^\W_]*)")


def mended(pages: Sequence[Page]) -> list[Page]:
    """Return the pages with all words that were cut whole."""
    found = {word.casefold() for page in pages for line in page.lines for word in _WORD.findall(line.text)}
    return [replace(page, lines=[_mended(line, found) for line in page.lines]) for page in pages]


def _mended(line: Line, words: set[str]) -> Line:
    if CUT not in line.text:
        return line

    def whole(cut: re.Match[str]) -> str:
        before, after = cut.groups()
        return f"{before}{'-' if _own(before, after, words) else ''}{after}"

    return replace(line, cells=tuple(replace(cell, text=_CUT.sub(whole, cell.text)) for cell in line.cells))


def _own(before: str, after: str, words: set[str]) -> bool:
    """Tell whether the hyphen between two halves is the word's own; `words` are those of the document."""
    if not after or after[0].isdigit() or (after[0].isupper() and before[-1:].islower()):
        return True
    one, other = before.casefold(), after.casefold()
    if one + other in words:
        return False
    return f"{one}-{other}" in words or (min(len(one), len(other)) >= HALF and {one, other} <= words)
