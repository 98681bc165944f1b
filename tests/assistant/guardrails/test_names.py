import pytest

from assistant.guardrails.names import german, holds, names, offered


def found(sentence):
    return [sentence[name.start : name.end] for name in names(sentence)]


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("The form goes to Jane Roe of Human Resources.", ["Jane Roe", "Human Resources"]),
        ("Jane Roe signs it.", ["Jane Roe"]),
        ("Employees sign it.", []),
        ("The canteen opens.", []),
        ("In Berlin there are two.", ["Berlin"]),
        ("It lies in Berlin and Paris.", ["Berlin", "Paris"]),
        ("- Remote: ask Ann O'Neill.", ["Ann O'Neill"]),
        ("He said “Leave” on Monday in May.", []),
    ],
)
def test_names_are_runs_of_words_with_capitals_but_for_what_opens_a_sentence(sentence, expected):
    assert found(sentence) == expected


@pytest.mark.parametrize(
    ("text", "stated"),
    [
        ("ask jane roe", "It is Jane Roe."),
        ("Ask Roe, Jane", "It is Jane Roe."),
        ("the Australian office", "It is in Australia."),
        ("in Germany", "Ask the Germans."),
        ("Smith's desk", "Ask Mr Smith."),
        ("Khéi Görres", "Ask Khei Gorres."),
        ("Human Resources", "Ask HR."),
        ("Ask HR", "Ask Human Resources."),
        ("the Department of Motor Vehicles", "Ask the DMV."),
    ],
)
def test_a_name_is_found_in_another_form_or_order_or_by_its_initials(text, stated):
    known = offered(text)
    assert list(names(stated))
    assert all(holds(known, name) for name in names(stated))


@pytest.mark.parametrize(
    ("text", "stated"),
    [("Jane Roe", "Ask Jane Doe."), ("Martin", "Ask Martha."), ("John Lennon", "Ask Lenon."), ("Rome", "See Paris.")],
)
def test_another_name_is_another(text, stated):
    assert not any(holds(offered(text), name) for name in names(stated))


def test_german_is_known_by_its_frequent_words():
    assert german(["Die Kantine ist im Erdgeschoss und öffnet um 11 Uhr."])
    assert not german(["The canteen on the ground floor opens at 11."])
