"""HTML reads as it does in a browser, but each row of a table can stand alone."""

import pytest

from knowledge.errors import UnreadableFile
from knowledge.loaders.formats import load


def text(page: str) -> str:
    return load("a.html", page.encode()).text


def test_a_cell_over_several_rows_is_repeated_in_each():
    page = "<table><tr><th>Year<th>Month<tr><td rowspan=2>2025<td>May<tr><td>June</table>"
    assert text(page) == "Year: 2025; Month: May\nYear: 2025; Month: June"


def test_a_cell_over_several_columns_is_repeated_in_each():
    page = "<table><tr><th>A<th>B<th>C<tr><td colspan=2>x<td>y</table>"
    assert text(page) == "A: x; B: x; C: y"


def test_heads_of_two_rows_are_joined():
    page = "<table><tr><th rowspan=2>Item<th colspan=2>Price<tr><th>net<th>gross<tr><td>Pen<td>2<td>3</table>"
    assert text(page) == "Item: Pen; Price net: 2; Price gross: 3"


def test_heads_at_the_left_name_their_rows():
    assert text("<table><tr><th>Phone<td>4711<tr><th>Room<td>12</table>") == "Phone: 4711\nRoom: 12"


def test_a_table_inside_of_a_cell_stays_in_its_row():
    page = (
        "<table><tr><th>Duck<th>Sounds<tr><td>Ada<td><table><tr><th>Kind<th>Word<tr><td>loud<td>quack</table></table>"
    )
    assert text(page) == "Duck: Ada; Sounds: Kind: loud; Word: quack"


def test_a_table_that_only_arranges_the_page_is_read_as_a_page():
    page = "<table><tr><td><h1>News</h1><p>First.</p></td></tr><tr><td><p>Second.</p></td></tr></table>"
    content = load("a.html", page.encode())
    assert (content.title, content.text) == ("News", "News\n\nFirst.\n\nSecond.")


def test_items_of_a_list_in_a_cell_are_set_apart():
    assert text("<table><tr><th>A<th>B<tr><td><ul><li>x<li>y</ul><td>z</table>") == "A: x, y; B: z"


def test_terms_stand_before_what_they_mean():
    assert text("<dl><dt>Tea<dd>Hot<dd>Green<dt>Milk<dd>Cold</dl>") == "Tea: Hot\n  Green\nMilk: Cold"


def test_lists_keep_their_numbers_and_their_depth():
    page = "<ol start=3><li>Open<ul><li>the lid</ul><li>Pour<p>Slowly.</p></ol>"
    assert text(page) == "3. Open\n  - the lid\n4. Pour\n  Slowly."


def test_code_keeps_its_lines():
    assert text("<p>Run:<pre><code>def f():\n    return 1</code></pre>") == "Run:\n\ndef f():\n    return 1"


def test_a_power_stays_a_power():
    assert text("<p>10<sup>6</sup> volts on the 1<sup>st</sup>") == "10⁶ volts on the 1st"


def test_a_page_that_is_all_footer_is_read_nevertheless():
    assert text("<footer>Imprint: Ada Ltd.</footer>") == "Imprint: Ada Ltd."


def test_a_page_made_by_scripts_is_refused_with_what_to_do():
    with pytest.raises(UnreadableFile, match="open it in a browser and save it as PDF"):
        text("<div id=root></div><script>go()</script>")


def test_a_page_that_nests_without_end_loses_no_words():
    assert text("<table><tr><td>" * 1500 + "deep" + "</table>" * 1500).strip() == "deep"


def test_spans_without_measure_fill_no_memory():
    rows = "<tr>" + "<td colspan=1000 rowspan=65534>x" * 20
    assert len(text(f"<table>{rows * 300}</table>")) < 10**6


def test_right_to_left_text_keeps_its_logical_order():
    assert text("<p dir=rtl>שלום עולם 123") == "שלום עולם 123"
