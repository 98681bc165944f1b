import threading
import time
from dataclasses import dataclass, field

import pytest

from assistant.guardrails.rails import Context, Lenient, Verdict, check
from assistant.guardrails.watch import MOST, Watch

SHORT = Context("input", seconds=0.3)
LONG = Context("input", seconds=30)


@dataclass
class Allows:
    """A rail that allows, and keeps which threads asked it."""

    name: str = "allows"
    whole: bool = False
    threads: list[int] = field(default_factory=list)

    def __call__(self, text, context):
        self.threads.append(threading.get_ident())
        return Verdict("allow", text, self.name)


@dataclass
class Sleeps:
    """A rail that hangs until it is woken."""

    woken: threading.Event
    name: str
    whole: bool = False
    asked: int = 0

    def __call__(self, text, context):
        self.asked += 1
        self.woken.wait(60)
        return Verdict("allow", text, self.name)


@dataclass
class Spins(Sleeps):
    """A rail that computes until it is woken."""

    def __call__(self, text, context):
        while not self.woken.is_set():
            sum(range(1000))
        return Verdict("allow", text, self.name)


@dataclass
class Naps:
    """A rail that takes its time."""

    seconds: float
    name: str = "naps"
    whole: bool = False

    def __call__(self, text, context):
        time.sleep(self.seconds)
        return Verdict("allow", text, self.name)


@pytest.fixture
def woken():
    event = threading.Event()
    yield event
    event.set()


@pytest.mark.parametrize("hanging", [Sleeps, Spins])
def test_a_rail_that_hangs_refuses_once_its_time_is_over(woken, hanging):
    began = time.monotonic()
    checked = check([hanging(woken, f"hangs by {hanging.__name__}")], "a text", SHORT)
    assert 0.3 <= time.monotonic() - began < 20
    assert (checked.stopped, checked.rule, checked.text) == (True, "too slow", "")
    assert "took longer than 0.3 s" in checked.reason
    assert checked.ms == pytest.approx(300)


def test_a_rail_that_hangs_flags_where_the_policy_says_so_and_the_text_goes_on(woken):
    checked = check([Lenient(Sleeps(woken, "hangs leniently"))], "a text", SHORT)
    assert (checked.action, checked.rule, checked.text) == ("flag", "too slow", "a text")


def test_the_rails_before_and_after_one_that_hangs_are_asked_all_the_same(woken):
    before, after = Allows("before"), Allows("after")
    checked = check([before, Lenient(Sleeps(woken, "hangs between")), after], "a text", SHORT)
    assert [verdict.rail for verdict in checked.verdicts] == ["before", "hangs between", "after"]
    assert (len(before.threads), len(after.threads), checked.text) == (1, 1, "a text")


def test_a_rail_that_hangs_is_reported_by_its_name_and_its_time_alone(woken, caplog):
    check([Sleeps(woken, "hangs loudly")], "my secret words", SHORT)
    said = [record.message for record in caplog.records if "hangs loudly" in record.message]
    assert said == ["The rail hangs loudly took over 0.3 s and was left"]
    assert "secret" not in caplog.text


def test_each_rail_has_the_time_to_itself():
    checked = check([Naps(0.4)] * 4, "a text", Context("input", seconds=1.2))
    assert (checked.action, len(checked.verdicts)) == ("allow", 4)


def test_a_rail_may_take_its_time_where_no_limit_is_set():
    assert check([Naps(0.1)], "a text", Context("input")).action == "allow"


def test_the_threads_are_used_again():
    rail = Allows()
    for _ in range(50):
        check([rail, rail], "a text", LONG)
    assert len(set(rail.threads)) < 8  # those that hung in other tests may come back meanwhile
    assert rail.threads[0] != threading.get_ident()


def test_a_rail_that_hangs_again_and_again_is_not_asked_until_it_comes_back(woken):
    rail, other = Sleeps(woken, "hangs always"), Allows()
    for _ in range(MOST):
        check([rail], "a text", Context("input", seconds=0.05))
    began = time.monotonic()
    checked = check([Lenient(rail), other], "a text", LONG)
    assert time.monotonic() - began < 20
    assert (rail.asked, len(other.threads), checked.rule) == (MOST, 1, "too slow")
    assert "was not asked" in checked.reason

    woken.set()
    for _ in range(200):
        if check([rail], "a text", LONG).action == "allow":
            break
        time.sleep(0.05)
    assert rail.asked > MOST


def test_what_breaks_in_another_thread_is_raised_where_it_is_waited_for():
    def items():
        yield 1
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Watch().collect(items(), ["one", "two"], 30)


def test_many_threads_may_be_watched_at_once():
    rail, actions = Allows(), []

    def ask():
        actions.extend(check([rail, rail], "a text", LONG).action for _ in range(50))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert actions == ["allow"] * 400
    assert len(set(rail.threads)) < 16
