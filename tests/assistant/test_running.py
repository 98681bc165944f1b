"""The answers that are on when the assistant is to stop."""

import threading

import pytest

from assistant.errors import Stopping
from assistant.running import Running

LONG = "One two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen."


def test_an_idle_assistant_stops_at_once():
    assert Running().close(60)


def test_no_answer_is_begun_any_more_and_nothing_of_the_question_is_kept(chat):
    one = chat("Fine.")
    one.engine.running.close(0)
    with pytest.raises(Stopping, match="being stopped"):
        one.ask("Hello?")
    assert one.store.turns(one.conversation) == []
    assert one.model.asked == []


def test_an_answer_that_is_on_is_waited_for(chat):
    one = chat(LONG)
    events = one.engine.reply(one.conversation, "Hello?")
    next(events)
    stopped: list[bool] = []
    stopping = threading.Thread(target=lambda: stopped.append(one.engine.running.close(30)))
    stopping.start()
    assert one.engine.running.count == 1
    list(events)
    stopping.join(timeout=30)
    assert stopped == [True]
    [turn] = one.store.turns(one.conversation)
    assert (turn.answer, turn.stopped) == (LONG, False)


def test_an_answer_that_takes_too_long_is_stored_as_interrupted(chat):
    one = chat(LONG)
    events = one.engine.reply(one.conversation, "Hello?")
    next(events)
    stopping = threading.Thread(target=one.engine.running.close, args=(0,))
    stopping.start()
    while not one.engine.running.stopping:
        pass
    stopping.join(timeout=0.2)
    list(events)
    stopping.join(timeout=30)
    [turn] = one.store.turns(one.conversation)
    assert turn.stopped
    assert LONG.startswith(turn.answer)
