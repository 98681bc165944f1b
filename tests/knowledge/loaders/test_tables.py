"""Rows as lines of text."""

from knowledge.loaders.draft import Draft
from knowledge.loaders.grids import Row
from knowledge.loaders.tables import WIDTH, put_table, put_tables, row_lines


def test_a_wide_row_goes_on_under_its_first_cell():
    head = {0: "Name", **{i: f"Measure {i}" for i in range(1, 60)}}
    lines = row_lines(head, Row(2, {0: "Ada", **{i: str(i) for i in range(1, 60)}}))
    assert len(lines) > 1
    assert all(line.startswith("Name: Ada; ") and len(line) < WIDTH * 1.2 for line in lines)
    assert "Measure 59: 59" in lines[-1]


def test_names_of_columns_that_hold_nothing_are_not_lost():
    draft = Draft()
    put_table(draft, [Row(1, {0: "Item", 1: "Price", 2: "Remark"}), Row(2, {0: "Pen", 1: "2"})], height=1)
    assert draft.content(None).text == "Item | Price | Remark\nItem: Pen; Price: 2"


def test_a_title_is_the_heading_of_its_table_alone():
    draft = Draft()
    rows = [Row(1, {0: "Costs"}), Row(2, {0: "Item", 1: "Price"}), Row(3, {0: "Pen", 1: "2"})]
    put_tables(draft, [*rows, Row(9, {4: "Left over", 5: "3"})], level=2)
    assert [section.headings for section in draft.content(None).sections] == [("Costs",), ()]


def test_a_remark_stands_below_its_row():
    draft = Draft()
    put_tables(draft, [Row(1, {0: "a", 1: "b"}), Row(2, {0: "1", 1: "2"})], level=2, remarks={2: ["Comment on A2: hm"]})
    assert draft.content(None).text == "a: 1; b: 2\nComment on A2: hm"


def test_a_long_cell_goes_on_under_its_row_and_its_column():
    answer = " ".join(f"Sentence {i} of the answer is not short at all." for i in range(40))
    lines = row_lines({0: "Question", 1: "Answer"}, Row(2, {0: "May I?", 1: answer}))
    assert len(lines) > 2
    assert all(line.startswith("Question: May I?; Answer: Sentence") and line.endswith("all.") for line in lines)
