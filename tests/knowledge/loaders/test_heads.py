"""Tables are found on a sheet as a reader finds them."""

from knowledge.loaders.grids import Row, blocks
from knowledge.loaders.heads import one_table, tables


def grid(*rows: str) -> list[Row]:
    """Rows written as cells between bars; empty cells and empty rows are left out."""
    found = []
    for number, row in enumerate(rows, start=1):
        cells = {column: cell.strip() for column, cell in enumerate(row.split("|")) if cell.strip()}
        if cells:
            found.append(Row(number, cells))
    return found


def heads(rows: list[Row]) -> list[list[str]]:
    return [list(table.head.values()) for table in tables(rows)]


def test_tables_beside_and_below_one_another_are_told_apart():
    rows = grid("a|b|||x|y", "1|2|||3|4", "1|2", "", "", "", "", "c|d", "5|6")
    assert heads(rows) == [["a", "b"], ["x", "y"], ["c", "d"]]


def test_a_column_of_names_stays_with_its_values_across_a_gap():
    assert len(list(blocks(grid("rent||100|110", "food||50|60")))) == 1


def test_a_gap_for_the_eye_does_not_cut_a_table():
    assert heads(grid("Name|Team||Jan|Feb", "Ada|Sales||3|4", "Bob|Legal||5|6")) == [["Name", "Team", "Jan", "Feb"]]


def test_tables_put_cornerwise_are_told_apart():
    assert heads(grid("a|b", "1|2", "||c|d", "||3|4")) == [["a", "b"], ["c", "d"]]


def test_rows_after_an_empty_one_go_on_under_the_same_head():
    found = tables(grid("Month|Sales", "Jan|10", "", "Total|10"))
    assert [(list(table.head.values()), table.follows) for table in found] == [
        (["Month", "Sales"], False),
        (["Month", "Sales"], True),
    ]


def test_a_head_of_two_rows_joins_groups_and_names():
    rows = [
        Row(1, {0: "Region", 1: "Sales"}, {1: 2}),
        Row(2, {0: "Region", 1: "2023", 2: "2024"}),
        Row(3, {0: "N", 1: "5", 2: "6"}),
    ]
    assert heads(rows) == [["Region", "Sales 2023", "Sales 2024"]]


def test_years_may_name_columns():
    assert heads(grid("Item|2022|2023", "Pens|10|12", "Ink|4|5")) == [["Item", "2022", "2023"]]


def test_a_form_has_no_head():
    assert heads(grid("Name:|Ada", "Team:|Sales")) == [[]]


def test_a_form_that_asks_in_several_rows_has_no_head():
    assert heads(grid("Name:|Date:", "Phone:|Place:", "x|y")) == [[]]


def test_labels_over_their_answers_are_a_head():
    assert heads(grid("Package no.:|Doc. no.:|Rev.", "1315|1445|A")) == [["Package no.", "Doc. no.", "Rev."]]


def test_the_first_row_of_figures_is_no_head():
    assert heads(grid("rent|100", "food|50")) == [[]]


def test_marked_rows_are_the_head_of_a_table():
    table = one_table(grid("Term|Meaning", "Net|after tax"), height=1, likely=False)
    assert list(table.head.values()) == ["Term", "Meaning"]


def test_words_over_words_are_no_head_unless_they_look_like_one():
    rows = grid("Name|Ada", "Team|Sales")
    assert not one_table(rows, height=0, likely=False).head
    assert one_table(rows, height=0, likely=True).head
