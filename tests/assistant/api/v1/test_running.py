"""Answers in threads, and those who leave."""

import asyncio
import threading
from contextlib import aclosing
from functools import partial
from itertools import islice

import pytest

from assistant.api.v1.running import Alone, Left, Running, together, unless_gone
from assistant.errors import Busy


async def heard(running, write, stop=None, pulse=5.0):
    async with aclosing(running.events(write, stop or threading.Event(), pulse)) as events:
        return [one async for one in events]


def test_what_a_thread_writes_is_heard_in_order():
    assert asyncio.run(heard(Running(), lambda: iter([1, 2, 3]))) == [1, 2, 3]


def test_an_error_of_the_thread_is_raised_where_it_is_heard():
    def write():
        yield 1
        raise KeyError("lost")

    with pytest.raises(KeyError, match="lost"):
        asyncio.run(heard(Running(), write))


def test_silence_gives_signs_of_life():
    let = threading.Event()

    def write():
        let.wait(5)
        yield 1

    async def listen():
        found = []
        async with aclosing(Running().events(write, threading.Event(), 0.01)) as events:
            async for one in events:
                found.append(one)
                let.set()
        return found

    found = asyncio.run(listen())
    assert found[0] is None
    assert found[-1] == 1


def test_whoever_stops_listening_stops_the_answer():
    stop = threading.Event()

    def write():
        yield 1
        stop.wait(5)

    async def leave():
        async with aclosing(Running().events(write, stop)) as events:
            async for _ in events:
                return

    asyncio.run(leave())
    assert stop.is_set()


def test_one_more_than_may_be_written_is_told_that_it_is_busy_and_there_is_room_again_afterwards():
    running, let = Running(most=1), threading.Event()

    def write():
        yield 1
        let.wait(5)

    async def crowd():
        async with aclosing(running.events(write, threading.Event())) as events:
            await anext(events)
            with pytest.raises(Busy, match="about 5 s"):
                await heard(running, lambda: iter([2]))
            let.set()
            async for _ in events:
                pass
        return await heard(running, lambda: iter([3]))

    assert asyncio.run(crowd()) == [3]


class Leaving:
    """A request of somebody who goes away after a while."""

    def __init__(self, after):
        self._after = after

    async def receive(self):
        await asyncio.sleep(self._after)
        return {"type": "http.disconnect"}


def test_work_for_somebody_who_left_is_cancelled():
    cancelled = []

    async def work():
        try:
            await asyncio.sleep(5)
        finally:
            cancelled.append(True)

    async def leave():
        await unless_gone(Leaving(0.01), work())

    with pytest.raises(Left):
        asyncio.run(leave())
    assert cancelled


def test_work_for_somebody_who_stays_is_done():
    async def stay():
        return await unless_gone(Leaving(5), asyncio.sleep(0, "done"))

    assert asyncio.run(stay()) == "done"


def test_several_threads_write_at_once():
    met = threading.Barrier(3)

    def write(number):
        met.wait(5)  # breaks unless all three are there
        yield number

    assert sorted(together([partial(write, number) for number in range(3)])) == [0, 1, 2]


def test_an_error_of_one_of_several_is_raised_when_all_have_ended():
    def write(number):
        yield number
        if number == 1:
            raise KeyError("lost")

    heard = together([partial(write, number) for number in range(3)])
    assert sorted(islice(heard, 3)) == [0, 1, 2]
    with pytest.raises(KeyError, match="lost"):
        next(heard)


def test_who_waits_for_a_conversation_may_leave():
    alone, stop = Alone(), threading.Event()
    stop.set()
    with alone.answering("one", threading.Event()):
        with alone.answering("other", threading.Event()):
            pass
        with pytest.raises(Left), alone.answering("one", stop):
            pass
    with alone.answering("one", stop):
        pass
