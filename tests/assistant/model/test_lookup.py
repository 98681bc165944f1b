from assistant.model.lookup import FIRST, MOST, REST, Lookup


def test_what_followed_the_last_tokens_before_is_guessed():
    assert Lookup([1, 2, 3, 4, 5, 9, 1, 2, 3]).guess(2) == [4, 5]


def test_the_last_time_counts_where_there_were_several():
    assert Lookup([1, 2, 3, 4, 0, 1, 2, 3, 5, 0, 1, 2, 3]).guess(1) == [5]


def test_nothing_is_guessed_after_tokens_that_are_new():
    assert Lookup([1, 2, 3, 4, 5]).guess(4) == []


def test_tokens_that_were_written_are_known_as_well():
    lookup = Lookup([9])
    for token in (1, 2, 3, 4, 1, 2, 3):
        lookup.add(token)
    assert lookup.guess(1) == [4]


def test_a_guess_is_never_longer_than_it_may_be():
    assert len(Lookup([*range(50), 0, 1, 2]).guess(100)) == FIRST
    assert Lookup([*range(50), 0, 1, 2]).guess(0) == []


def test_guesses_that_are_right_grow_to_a_limit():
    lookup = Lookup([*range(50), 0, 1, 2])
    for _ in range(9):
        lookup.learn(FIRST, FIRST)
    assert len(lookup.guess(100)) == MOST


def test_after_a_guess_that_was_all_wrong_some_tokens_go_by_without_one():
    lookup = Lookup([*range(50), 0, 1, 2])
    lookup.learn(FIRST, 0)
    guesses = []
    for token in range(3, 3 + REST):
        guesses.append(lookup.guess(1))
        lookup.add(token)
    assert guesses == [[]] * REST
    assert lookup.guess(1) == [3 + REST]
