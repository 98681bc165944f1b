"""What failed several times in a row is left alone for a while."""

import pytest

from assistant.model.breaker import Breaker, CircuitOpen


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def fails():
    raise OSError("away")


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def breaker(clock):
    return Breaker(2, 10.0, counts=lambda error: isinstance(error, OSError), clock=clock)


def trip(breaker):
    for _ in range(2):
        with pytest.raises(OSError, match="away"):
            breaker.call(fails)


def test_after_several_failures_nothing_is_called(breaker):
    trip(breaker)
    assert breaker.open
    with pytest.raises(CircuitOpen) as told:
        breaker.call(lambda: pytest.fail("called"))
    assert told.value.seconds == 10.0


def test_after_the_pause_one_caller_tries_and_the_others_still_wait(breaker, clock):
    trip(breaker)
    clock.now = 10.5

    def slow():
        with pytest.raises(CircuitOpen):
            breaker.call(lambda: pytest.fail("called"))
        return "back"

    assert breaker.call(slow) == "back"
    assert not breaker.open
    assert breaker.call(lambda: "open to all") == "open to all"


def test_who_tries_and_fails_closes_it_for_another_pause(breaker, clock):
    trip(breaker)
    clock.now = 10.5
    with pytest.raises(OSError, match="away"):
        breaker.call(fails)
    clock.now = 20.0
    with pytest.raises(CircuitOpen):
        breaker.call(lambda: None)


def test_failures_with_a_success_between_them_do_not_add_up(breaker):
    for _ in range(5):
        with pytest.raises(OSError, match="away"):
            breaker.call(fails)
        breaker.call(lambda: None)
    assert not breaker.open


def test_what_was_wrong_with_the_call_itself_does_not_count(breaker):
    def bad():
        raise ValueError("yours")

    for _ in range(5):
        with pytest.raises(ValueError, match="yours"):
            breaker.call(bad)
    assert not breaker.open
