import threading

import pytest

from assistant.errors import ModelUnavailable
from assistant.ui.streams import Streams


def test_the_answer_of_one_page_is_stopped_and_that_of_another_goes_on():
    streams = Streams()
    with streams.begin("one") as one, streams.begin("two") as two:
        streams.stop("one")
        assert (one.is_set(), two.is_set()) == (True, False)


def test_stopping_where_nothing_is_written_does_nothing():
    streams = Streams()
    streams.stop("one")
    with streams.begin("one") as event:
        assert not event.is_set()


def test_another_question_from_the_same_page_stops_the_answer_before_it_and_waits_for_its_end():
    streams, order = Streams(), []

    def older():
        with streams.begin("one") as event:
            began.set()
            event.wait(10)
            order.append("older ended")

    began = threading.Event()
    thread = threading.Thread(target=older)
    thread.start()
    began.wait(10)
    with streams.begin("one") as newer:
        order.append("newer began")
        assert not newer.is_set()
        streams.stop("one")
        assert newer.is_set()
    thread.join()
    assert order == ["older ended", "newer began"]


def test_a_question_is_sent_back_where_the_answer_before_it_does_not_end():
    streams = Streams(patience=0.01)
    with streams.begin("one") as older:
        with pytest.raises(ModelUnavailable, match="try again"), streams.begin("one"):
            pass
        assert older.is_set()
    with streams.begin("one") as later:
        assert not later.is_set()


def test_an_answer_that_breaks_off_leaves_nothing_behind():
    streams = Streams()
    with pytest.raises(RuntimeError), streams.begin("one") as event:
        raise RuntimeError
    assert event.is_set()
    with streams.begin("one") as later:
        assert not later.is_set()
