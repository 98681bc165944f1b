"""Tables as text: each row names its columns, so that it can be read alone, wherever a passage is cut."""

from collections.abc import Sequence


def rows_as_text(rows: Sequence[Sequence[str]], *, headed: bool) -> str:
    """Write a line for each row: `column: cell; column: cell` under a head, `cell | cell` without one."""
    if not headed or len(rows) < 2:
        return "\n".join(" | ".join(filter(None, row)) for row in rows if any(row))
    head, *body = rows
    return "\n".join(_row(head, row) for row in body if any(row))


def _row(head: Sequence[str], row: Sequence[str]) -> str:
    named = [(head[i] if i < len(head) else "", cell) for i, cell in enumerate(row)]
    return "; ".join(f"{name}: {cell}" if name else cell for name, cell in named if cell)
