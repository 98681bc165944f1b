import pytest

from assistant.guardrails.dates import moments, offered


def says(text, stated):
    found = list(moments(stated))
    assert found
    return all(not offered(text).isdisjoint(one.wanted) for one in found)


WRITTEN = ["3 May 2024", "May 3, 2024", "May 3rd, 2024", "2024-05-03", "3rd of May 2024", "3. Mai 2024", "03/05/2024"]


@pytest.mark.parametrize("text", WRITTEN)
@pytest.mark.parametrize("stated", WRITTEN)
def test_a_date_is_one_date_however_it_is_written(text, stated):
    assert says(text, stated)


@pytest.mark.parametrize(
    ("text", "stated"),
    [
        ("on 3 May 2024", "3 May"),
        ("on 3 May 2024", "May 2024"),
        ("on 2 May", "2 May 2018"),
        ("5/3/24", "May 3, 2024"),
        ("14:00", "2 pm"),
        ("2:30 p.m.", "14:30"),
        ("11:30 am", "11:30"),
        ("noon", "12:00"),
    ],
)
def test_a_part_of_a_date_or_another_way_to_tell_the_time_stands_too(text, stated):
    assert says(text, stated)


@pytest.mark.parametrize(
    ("text", "stated"),
    [
        ("3 May 2023", "3 May 2024"),
        ("3 May 2024", "4 May 2024"),
        ("May 2024", "June 2024"),
        ("2 pm", "2 am"),
        ("2024-05-03", "2024-05-13"),
        ("17 December 2023 and 2024", "17 December 2024"),
    ],
)
def test_another_day_or_time_is_another(text, stated):
    assert not says(text, stated)


def test_the_year_of_a_date_is_told_with_it():
    assert [moment.year for moment in moments("3 May 2024, and 4 June")] == ["2024", None]


@pytest.mark.parametrize("text", ["You may 5 times", "99/99/2024", "2024-13-40", "they march 12 miles"])
def test_what_only_looks_like_a_date_is_none(text):
    assert list(moments(text)) == []
