import time

import pytest

from assistant.errors import Busy
from assistant.model.line import UNKNOWN, Line
from assistant.model.requests import Request
from assistant.turns import Sampling


def request(person=None, ends=lambda: False, ago=0.0):
    made = Request([1], None, Sampling(), most=1, ends=ends, person=person)
    made.since = time.monotonic() - ago
    return made


def line(*waiting, longest=10, patience=60.0):
    made = Line(longest, patience)
    for one in waiting:
        made.enter(one, places=1)
    return made


def test_whoever_came_first_is_let_in_first():
    first, second = request("a", ago=2), request("b", ago=1)
    assert line(second, first).next([]) is first


def test_whoever_has_fewer_answers_running_goes_before_those_who_came_earlier():
    early, late = request("many", ago=9), request("one", ago=1)
    assert line(early, late).next([request("many")]) is late


def test_nobody_is_let_in_twice():
    only = request()
    waiting = line(only)
    assert waiting.next([]) is only
    assert waiting.next([]) is None


def test_a_full_line_turns_away_and_says_for_how_long():
    waiting = line(request(), longest=1)
    for seconds in (4.0, 6.0):
        waiting.lasted(seconds)
    with pytest.raises(Busy) as told:
        waiting.enter(request(), places=2)
    assert told.value.seconds == 5
    assert len(waiting) == 1


def test_before_the_first_answer_the_wait_is_guessed():
    assert line().seconds(places=1) == UNKNOWN


def test_only_those_leave_who_want_no_more():
    gone, stays = request(ends=lambda: True), request()
    waiting = line(gone, stays)
    assert list(waiting.leave()) == [gone]
    assert waiting.next([]) is stays


def test_only_those_are_lost_who_have_waited_too_long():
    late, fresh = request(ago=61), request(ago=59)
    waiting = line(late, fresh)
    assert list(waiting.lost()) == [late]
    assert waiting.next([]) is fresh
