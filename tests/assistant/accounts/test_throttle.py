import pytest

from assistant.accounts.throttle import ADDRESS, FORGOTTEN, MOST, NAME, Throttle


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def throttle(clock):
    return Throttle(clock)


def failed(throttle, times, name="anna", address="10.0.0.1"):
    return [throttle.begin(name, address) for _ in range(times)]


def test_the_first_failures_cost_nothing_and_then_each_costs_twice_as_much(throttle, clock):
    assert failed(throttle, NAME.free + 1) == [0.0] * (NAME.free + 1)
    waits = []
    for _ in range(8):
        waits.append(throttle.begin("anna", "10.0.0.1"))
        clock.now += waits[-1]
        assert throttle.begin("anna", "10.0.0.1") == 0.0
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60]


def test_a_name_waits_from_whatever_address_it_is_tried(throttle):
    for number in range(NAME.free + 1):
        throttle.begin("anna", f"10.0.0.{number}")
    assert throttle.begin("anna", "10.9.9.9") > 0
    assert throttle.begin("ben", "10.9.9.9") == 0


def test_an_address_waits_whatever_names_it_tries(throttle):
    for number in range(ADDRESS.free + 1):
        assert throttle.begin(f"name {number}", "10.0.0.1") == 0
    assert throttle.begin("another", "10.0.0.1") > 0
    assert throttle.begin("another", "10.0.0.2") == 0


def test_who_signs_in_begins_anew(throttle):
    failed(throttle, NAME.free)
    throttle.succeeded("anna", "10.0.0.1")
    assert failed(throttle, NAME.free + 1) == [0.0] * (NAME.free + 1)


def test_signing_in_under_an_own_name_does_not_clear_what_an_address_did_to_others(throttle):
    for number in range(ADDRESS.free + 1):
        throttle.begin(f"name {number}", "10.0.0.1")
    throttle.succeeded("name 0", "10.0.0.1")
    throttle.begin("name 1", "10.0.0.1")
    assert throttle.begin("name 2", "10.0.0.1") > 0


def test_failures_are_forgotten_after_an_hour(throttle, clock):
    failed(throttle, NAME.free + 1)
    clock.now += FORGOTTEN + 1
    assert failed(throttle, NAME.free + 1) == [0.0] * (NAME.free + 1)


def test_what_is_remembered_does_not_grow_without_end(throttle):
    for number in range(MOST):
        throttle.begin(f"name {number}", f"address {number}")
    assert len(throttle._known) == MOST
