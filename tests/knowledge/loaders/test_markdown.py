"""Markdown stays as written, but rows of tables name their columns."""

from knowledge.loaders.formats import load

TABLE = "| Room | *Price* |\n|------|------:|\n| Blue | 40 |\n| Red \\| dark | `50` |\n"


def sections(text: str) -> list[tuple[tuple[str, ...], str]]:
    content = load("a.md", text.encode())
    return [(s.headings, content.text[s.heading_start : s.end].strip()) for s in content.sections]


def test_each_row_of_a_table_names_its_columns():
    assert load("a.md", TABLE.encode()).text == "Room: Blue; *Price*: 40\nRoom: Red | dark; *Price*: `50`\n"


def test_sections_around_a_table_keep_their_places():
    found = sections(f"# Rooms\n\nBefore.\n\n{TABLE}\n## Keys\n\nAfter.\n")
    assert [headings for headings, _ in found] == [("Rooms",), ("Rooms", "Keys")]
    assert found[0][1].endswith("*Price*: `50`")
    assert found[1][1] == "## Keys\n\nAfter."


def test_a_line_below_a_table_makes_no_heading_of_its_last_row():
    assert sections(f"{TABLE}---\n\nText.\n")[0][0] == ()


def test_a_table_in_a_quotation_stays_in_it():
    quoted = "".join(f"> {line}\n" for line in TABLE.splitlines())
    assert load("a.md", quoted.encode()).text.startswith("> Room: Blue; *Price*: 40\n> Room: Red")


def test_a_table_in_a_code_block_stays_as_it_is():
    text = f"```\n{TABLE}```\n"
    assert load("a.md", text.encode()).text == text


def test_a_table_in_html_is_read_as_one():
    page = "Text.\n\n<table><tr><th>Room<th>Price<tr><td>Blue<td>40</table>\n\nMore.\n"
    assert load("a.md", page.encode()).text == "Text.\n\nRoom: Blue; Price: 40\n\nMore.\n"
