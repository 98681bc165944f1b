import pytest

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


def test_another_question_from_the_same_page_stops_the_answer_before_it():
    streams = Streams()
    with streams.begin("one") as first:
        with streams.begin("one") as second:
            assert (first.is_set(), second.is_set()) == (True, False)
        assert second.is_set()


def test_an_older_answer_that_ends_leaves_the_newer_one_stoppable():
    streams = Streams()
    older = streams.begin("one")
    older.__enter__()
    with streams.begin("one") as newer:
        older.__exit__(None, None, None)
        assert not newer.is_set()
        streams.stop("one")
        assert newer.is_set()


def test_an_answer_that_breaks_off_leaves_nothing_behind():
    streams = Streams()
    with pytest.raises(RuntimeError), streams.begin("one") as event:
        raise RuntimeError
    assert event.is_set()
    with streams.begin("one") as later:
        assert not later.is_set()
