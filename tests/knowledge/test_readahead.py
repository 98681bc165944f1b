"""Readers wait while so much was read ahead that it has to be stored first."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from knowledge import adding
from knowledge.jobs import Job
from knowledge.library import Library
from knowledge.readahead import Prepared, ReadAhead
from knowledge.settings import KnowledgeSettings
from tests.knowledge.doubles import TOKENS, HashingEncoder


def aside(work: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(0.1)
    return thread


def test_nobody_waits_while_there_is_room():
    ahead = ReadAhead(10)
    ahead.take(9)
    assert not aside(ahead.wait).is_alive()


def test_what_goes_beyond_the_bound_waits_until_others_are_stored():
    ahead = ReadAhead(10)
    ahead.take(12)
    waiting = aside(ahead.wait)
    assert waiting.is_alive()

    ahead.give(12)

    waiting.join(5)
    assert not waiting.is_alive()


def test_nobody_waits_for_what_will_not_be_stored():
    ahead = ReadAhead(10)
    ahead.take(12)
    waiting = aside(ahead.wait)

    ahead.close()

    waiting.join(5)
    assert not waiting.is_alive()


@pytest.fixture
def library(tmp_path, monkeypatch):
    monkeypatch.setattr(adding, "CHARACTERS", 1)
    library = Library(KnowledgeSettings(home=tmp_path / "home", passage_tokens=TOKENS), HashingEncoder())
    yield library
    library.close()


@pytest.fixture
def jobs(tmp_path):
    files = [tmp_path / f"{number}.md" for number in range(12)]
    for number, file in enumerate(files):
        file.write_text(f"# Room {number}\n\nIt holds {number} chairs.\n", encoding="utf-8")
    return [Job(file) for file in files]


@pytest.mark.timeout(60)
def test_where_each_file_goes_beyond_the_bound_all_are_added_all_the_same(library, jobs):
    assert sorted(outcome.document.state for outcome in library.add_all(jobs)) == ["ready"] * 12


@pytest.mark.timeout(60)
def test_readers_that_wait_are_let_go_where_nobody_asks_for_more(library, jobs):
    outcomes = library.add_all(jobs)
    next(outcomes)
    outcomes.close()

    assert {document.state for document in library.documents()} == {"ready"}
    assert not library.verify().problems


def test_what_is_prepared_comes_as_it_is_done():
    waits = threading.Event()

    def prepare(job):
        if job == "slow":
            waits.wait(10)
        return job

    with ThreadPoolExecutor(2) as threads:
        prepared = Prepared(threads, prepare, ["slow", "a", "b"])
        first = list(prepared.take(3, wait=True))
        while len(first) < 2:
            first += prepared.take(3, wait=True)
        assert not prepared.ended
        waits.set()
        assert (first, list(prepared.take(3, wait=True))) == (["a", "b"], ["slow"])
        assert prepared.ended


def test_no_more_is_prepared_ahead_than_asked_for():
    jobs = iter(range(10))
    with ThreadPoolExecutor(1) as threads:
        prepared = Prepared(threads, str, jobs)
        list(prepared.take(3, wait=True))
        assert next(jobs) == 3


def test_what_fails_is_raised_where_it_is_taken():
    with ThreadPoolExecutor(1) as threads:
        prepared = Prepared(threads, int, ["one"])
        with pytest.raises(ValueError, match="one"):
            list(prepared.take(2, wait=True))


def test_of_no_jobs_nothing_is_prepared():
    with ThreadPoolExecutor(1) as threads:
        prepared = Prepared(threads, str, [])
        assert (list(prepared.take(3, wait=True)), prepared.ended) == ([], True)
