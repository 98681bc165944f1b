import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from assistant.errors import BadInput, StoreUnavailable
from assistant.store.rows import to_row, to_turn
from assistant.store.store import NEW, TITLE, Store
from assistant.store.tables import VERSION
from assistant.turns import Citation, Message, Rating, Refusal, Sampling, Source, Support, Timings, Turn

FULL = Turn(
    id="t1",
    conversation_id="",
    position=0,
    question="How long is the leave?",
    answer="25 days [1].",
    prompt=(Message(role="system", content="Be brief."), Message(role="user", content="How long? 🌍")),
    sources=(Source(1, "p1", "d1", "Leave", {"heading": "Annual", "page": 2}, "25 days.", 10, 18, 0.03, 0.7),),
    citations=(Citation(1, "d1", "Leave", {"page": 2}, "25 days.", 10, 18),),
    support=(Support("25 days [1].", 0, 12, 1, 0.9), Support("So.", 13, 16, None, 0.0)),
    refusal=None,
    verdicts=({"rail": "grounding", "rule": "unsupported", "action": "flag", "score": 0.4},),
    abstained=True,
    stopped=True,
    notice="Left out.",
    model="embedded",
    adapter="kto-1",
    sampling=Sampling(temperature=0.5, seed=3, stop=("END", "\n\n")),
    timings=Timings(1.0, 2.0, 3.0, 4),
)


@pytest.fixture
def conversation(store):
    return store.add_conversation().id


def turn(conversation, number=0, position=0, **other):
    return Turn(id=f"t{number}", conversation_id=conversation, position=position, question=f"q{number}", **other)


# Conversations


def test_conversations_are_listed_with_the_one_last_spoken_in_first(store):
    first, second = store.add_conversation("first"), store.add_conversation("second")
    assert [c.title for c in store.conversations()] == ["second", "first"]
    store.add_turn(turn(first.id))
    assert [c.title for c in store.conversations()] == ["first", "second"]
    assert second in store.conversations()


def test_the_first_question_names_a_new_conversation_and_later_ones_do_not(store, conversation):
    store.add_turn(replace(turn(conversation, 0), question="  What\n about   leave? "))
    store.add_turn(replace(turn(conversation, 1, position=1), question="And pay?"))
    assert store.conversations()[0].title == "What about leave?"


def test_a_long_question_names_a_conversation_by_its_first_words(store, conversation):
    store.add_turn(replace(turn(conversation), question="word " * 40))
    title = store.conversations()[0].title
    assert len(title) <= TITLE
    assert title.endswith("word…")


def test_a_conversation_that_was_given_a_title_keeps_it(store, conversation):
    store.rename(conversation, " Pay \n")
    store.add_turn(turn(conversation))
    assert store.conversations()[0].title == "Pay"


@pytest.mark.parametrize(("title", "known"), [(" \n", True), ("Pay", False)])
def test_a_title_must_not_be_empty_and_its_conversation_must_be_there(store, conversation, title, known):
    with pytest.raises(BadInput):
        store.rename(conversation if known else "gone", title)
    assert [c.title for c in store.conversations()] == [NEW]


def test_a_deleted_conversation_takes_its_turns_and_ratings_along(store, conversation):
    other = store.add_conversation().id
    store.add_turn(turn(other, 9))
    store.add_turn(turn(conversation))
    store.rate("t0", Rating("up"))
    store.delete(conversation)
    assert [c.id for c in store.conversations()] == [other]
    assert (store.rated(), store.counts()["up"]) == ([], 0)
    with pytest.raises(BadInput, match="no longer there"):
        store.turn("t0")
    assert store.turn("t9").id == "t9"


def test_what_was_deleted_is_no_longer_in_the_file(store, conversation, tmp_path):
    store.add_turn(replace(turn(conversation), answer="a rare word: xylograph"))
    store.delete(conversation)
    store.close()
    assert b"xylograph" not in (tmp_path / "home" / "assistant.db").read_bytes()


# Turns


def test_a_turn_comes_back_as_it_was_kept(store, conversation):
    kept = store.add_turn(replace(FULL, conversation_id=conversation))
    assert kept == replace(FULL, conversation_id=conversation, created_at=kept.created_at)
    assert kept.created_at.endswith("+00:00")


def test_a_turn_with_a_refusal_comes_back_as_it_was_kept(store, conversation):
    refusal = Refusal("harm", "weapons", "Not that.", "output")
    assert store.add_turn(turn(conversation, refusal=refusal)).refusal == refusal


def test_a_row_and_its_turn_are_the_same_thing():
    row = to_row(FULL) | {"thumb": "up", "reasons": ["clear"], "comment": "good", "correction": None}
    assert to_turn(row) == replace(FULL, rating=Rating("up", ("clear",), "good"))


def test_a_turn_of_a_conversation_that_is_not_there_is_refused(store):
    with pytest.raises(BadInput, match="deleted"):
        store.add_turn(turn("gone"))


def test_turns_stay_when_the_database_is_opened_again(store, conversation, tmp_path):
    store.add_turn(turn(conversation))
    store.close()
    assert Store(tmp_path / "home" / "assistant.db").turn("t0").question == "q0"


def test_positions_count_questions_and_not_answers(store, conversation):
    assert store.next_position(conversation) == 0
    store.add_turn(turn(conversation, 0))
    store.add_turn(turn(conversation, 1))
    assert store.next_position(conversation) == 1


def test_siblings_are_kept_the_latest_is_shown_and_each_can_be(store, conversation):
    for number in range(3):
        store.add_turn(turn(conversation, number))
    store.add_turn(turn(conversation, 9, position=1))
    (shown, ids), (after, alone) = store.siblings(conversation)
    assert (shown.id, ids) == ("t2", ["t0", "t1", "t2"])
    assert (after.id, alone) == ("t9", ["t9"])
    store.show("t0")
    assert [shown.id for shown, _ in store.siblings(conversation)] == ["t0", "t9"]


# Ratings


def test_a_rating_can_be_changed_and_taken_back(store, conversation):
    store.add_turn(turn(conversation))
    assert store.rate("t0", Rating("up", ("clear",), "good")).rating == Rating("up", ("clear",), "good")
    changed = Rating("down", ("wrong", "too long"), None, "Better so.")
    assert store.rate("t0", changed).rating == changed
    assert store.counts() == {"up": 0, "down": 1, "corrections": 1}
    assert store.rate("t0", None).rating is None
    assert (store.rated(), store.counts()) == ([], {"up": 0, "down": 0, "corrections": 0})


def test_ratings_are_counted_by_kind(store, conversation):
    for number, rating in enumerate([Rating("up"), Rating("up", correction="x"), Rating("down"), None]):
        store.add_turn(turn(conversation, number, position=number))
        store.rate(f"t{number}", rating)
    assert store.counts() == {"up": 2, "down": 1, "corrections": 1}
    assert [rated.id for rated in store.rated()] == ["t0", "t1", "t2"]


def test_a_rating_of_an_answer_that_is_not_there_is_refused(store):
    with pytest.raises(BadInput, match="no longer there"):
        store.rate("gone", Rating("up"))


# The file


def test_many_threads_with_two_stores_may_write_to_one_file_at_once(tmp_path):
    file = tmp_path / "assistant.db"
    stores = [Store(file), Store(file)]

    def write(worker):
        for number in range(15):
            conversation = stores[worker % 2].add_conversation().id
            kept = stores[worker % 2].add_turn(replace(FULL, id=f"{worker}-{number}", conversation_id=conversation))
            stores[(worker + 1) % 2].rate(kept.id, Rating("up"))

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(write, range(4)))  # raises what was raised in them
    assert stores[0].counts()["up"] == 60
    assert len(stores[1].conversations()) == 60


def test_a_new_database_may_be_opened_by_several_at_once(tmp_path):
    file, ready = tmp_path / "assistant.db", threading.Barrier(6)

    def begin(_):
        ready.wait()
        Store(file).add_conversation()

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(begin, range(6)))  # raises what was raised in them
    assert len(Store(file).conversations()) == 6


def test_a_file_that_is_no_database_is_told_in_one_line_and_left_alone(tmp_path):
    file = tmp_path / "assistant.db"
    file.write_bytes(b"a letter to my aunt, and no database " * 200)
    with pytest.raises(StoreUnavailable, match="not a database") as told:
        Store(file)
    assert "\n" not in str(told.value)
    assert str(file) in str(told.value)
    assert file.read_bytes().startswith(b"a letter")


def test_a_database_that_cannot_be_made_is_told_in_one_line(tmp_path):
    (tmp_path / "taken").write_text("")
    (tmp_path / "folder.db").mkdir()
    for file in (tmp_path / "taken" / "assistant.db", tmp_path / "folder.db"):
        with pytest.raises(StoreUnavailable) as told:
            Store(file)
        assert "\n" not in str(told.value)


def test_a_database_that_is_damaged_later_is_told_in_one_line(store, conversation, tmp_path):
    store.add_turn(turn(conversation))
    store.close()
    for extra in ("-wal", "-shm"):
        (tmp_path / "home" / f"assistant.db{extra}").unlink(missing_ok=True)
    file = tmp_path / "home" / "assistant.db"
    file.write_bytes(file.read_bytes()[:4096] + b"\x07" * 60_000)
    with pytest.raises(StoreUnavailable) as told:
        store.siblings(conversation)
    assert "\n" not in str(told.value)


def test_a_database_of_a_later_version_is_refused_and_left_as_it_is(store, tmp_path):
    store.close()
    file = tmp_path / "home" / "assistant.db"
    with sqlite3.connect(file) as connection:
        connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    with pytest.raises(StoreUnavailable, match="later version"):
        Store(file)
    with sqlite3.connect(file) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (VERSION + 1,)


def test_an_error_of_the_database_does_not_show_what_was_written(store):
    import sqlalchemy

    with pytest.raises(sqlalchemy.exc.StatementError) as told, store._engine.begin() as connection:
        connection.execute(sqlalchemy.text("INSERT INTO nowhere VALUES (:text)"), {"text": "my salary"})
    assert "salary" not in str(told.value)
