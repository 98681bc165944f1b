import pytest

from assistant.guardrails.numerals import LONGEST, numerals, offered, readings


def says(text, stated):
    """Whether all numbers of a statement stand in a text."""
    known = offered(text)
    found = list(numerals(stated))
    assert found
    return all(not known.isdisjoint(one.wanted) for one in found)


@pytest.mark.parametrize(
    ("text", "stated"),
    [
        ("1,250.00 euros", "1250 euros"),
        ("1.250 €", "1,250 EUR"),
        ("€1'250.50", "1,250.5 euros"),
        ("1 250 000 people", "1,250,000 people"),
        ("3.5 million", "3,500,000"),
        ("3,500,000", "3.5 million"),
        ("a budget of 20k", "20,000"),
        ("$2bn", "2 billion dollars"),
        ("two hundred and fifty staff", "250 staff"),
        ("twenty-five days", "25 days"),
        ("25 days", "twenty-five days"),
        ("a thousand and more, one hundred of them", "one hundred"),
        ("5 %", "5 percent"),
        ("5 per cent", "5%"),
        ("the third floor, twice", "2 or 3"),
        ("2005–06", "2005"),
        ("007", "7"),
        ("3.50", "3.5"),
        ("30 people, or 40", "40 euros"),
        ("30 working days", "30 days"),
        ("a 30-day trial", "30 days"),
        ("drei Tage", "3 Tage"),
        ("at most 3:1", "3:1"),
    ],
)
def test_a_number_is_found_however_it_is_written(text, stated):
    assert says(text, stated)


@pytest.mark.parametrize(
    ("text", "stated"),
    [
        ("30 days", "45 days"),
        ("30 weeks", "30 days"),
        ("5 euros", "5 %"),
        ("3 million", "3 thousand"),
        ("13.5", "3.5"),
        ("1,250", "250"),
        ("2005–06", "2006"),
        ("twenty-five", "twenty-six"),
    ],
)
def test_a_number_of_another_value_or_unit_is_none(text, stated):
    assert not says(text, stated)


def test_a_number_too_long_to_be_a_value_is_compared_as_it_stands():
    assert readings("9" * (LONGEST + 1)) == {"9" * (LONGEST + 1)}


def test_letters_are_no_part_of_a_number():
    assert list(numerals("A4, B12 and x_3")) == []
